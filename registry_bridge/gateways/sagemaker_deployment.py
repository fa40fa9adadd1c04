"""Serves on Amazon SageMaker: every change is a new configuration, rolled out by SageMaker.

What was asked for stands in tags of the endpoint, so that nothing is known on this
machine alone: an endpoint that has another configuration than was asked for was rolled
back, or changed by somebody else.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from registry_bridge.gateways import aws, sagemaker_models
from registry_bridge.gateways import sagemaker_hosting as hosting
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import (
    KEY_TAG,
    EndpointState,
    EndpointStatus,
    Invocation,
    ModelSource,
    Rejected,
    Unreachable,
)
from registry_bridge.gateways.sagemaker_requests import tags
from registry_bridge.gateways.training_specs import NAME

Told = dict[str, Any]
# Of the endpoint: the configuration asked for, its version, and what served before.
ASKED, BEFORE, VERSION = "overread.asked", "overread.before", hosting.VERSION
BROKEN: Final = {"Failed", "UpdateRollbackFailed", "OutOfService"}
CLIENT_ERRORS: Final = range(400, 500)
NO_TRIAL: Final = (
    "On SageMaker no version is tried beside another by Overread: calls that it cannot"
    " answer would reach the callers. SageMaker's own canary does it (hosting.rollout)."
)


class SageMakerDeployment:
    """`machine`: the model's hosting settings, with `percent` and `minutes` of a canary."""

    poll_seconds = 15.0

    def __init__(
        self, connection: ConnectionSettings, machine: Mapping[str, Any]
    ) -> None:
        self.connection, self.machine = connection, machine

    @property
    def longest_seconds(self) -> float:
        return hosting.longest_seconds(self.machine)

    def deploy(self, endpoint: str, source: ModelSource) -> None:
        told = self._found(endpoint)
        with aws.plain_errors(_called(endpoint)):
            wanted = self._prepare(endpoint, source)
            if told is None:
                self._create(endpoint, wanted, source.version)
                return
            if hosting.heading_for(told) != wanted:
                _refuse_broken(endpoint, told)
                self._update(endpoint, told, wanted)
            asked = {ASKED: wanted, VERSION: source.version}
            if told["EndpointConfigName"] != wanted:
                asked[BEFORE] = told["EndpointConfigName"]
            # after the update: a tag without one would be waited for in vain
            self._sagemaker.add_tags(ResourceArn=told["EndpointArn"], Tags=tags(asked))

    def describe(self, endpoint: str) -> EndpointState:
        told = self._found(endpoint)
        if told is None or told["EndpointStatus"] == "Deleting":
            return EndpointState(EndpointStatus.ABSENT)
        with aws.plain_errors(_called(endpoint)):
            return self._state(endpoint, told, self._tags(told["EndpointArn"]))

    def can_share(self) -> bool:
        return False

    def try_beside(self, endpoint: str, source: ModelSource, share: float) -> None:
        raise Rejected(NO_TRIAL)

    def end_trial(self, endpoint: str) -> None:
        """Nothing is ever on trial."""

    def invoke(
        self,
        endpoint: str,
        payload: Mapping[str, object],
        version: str | None = None,
    ) -> Invocation:
        serving = self._serving(endpoint, version)
        from botocore.exceptions import ClientError

        with aws.plain_errors(_called(endpoint)):
            try:
                answer = self._runtime.invoke_endpoint(
                    EndpointName=endpoint,
                    Body=json.dumps(payload).encode(),
                    ContentType=sagemaker_models.CONTENT,
                    Accept=sagemaker_models.CONTENT,
                    InferenceId=f"overread-{uuid.uuid4().hex}",
                )
                body = answer["Body"].read()
            except ClientError as error:
                if aws.code_of(error) != "ModelError":
                    raise
                raise _said_no(error) from error
        try:
            return Invocation(json.loads(body), serving)
        except ValueError as error:
            raise Rejected(
                f"The model did not answer in JSON: {body[:100]!r}"
            ) from error

    def delete(self, endpoint: str) -> None:
        told = self._found(endpoint)
        if told is None or told["EndpointStatus"] == "Deleting":
            return
        _wait_for_others(endpoint, told)
        with aws.plain_errors(_called(endpoint)):
            self._sagemaker.delete_endpoint(EndpointName=endpoint)

    def _prepare(self, endpoint: str, source: ModelSource) -> str:
        """Model and configuration, named by what is in them: made once; the latter's name."""
        data = sagemaker_models.put(self.connection, source.directory)
        model = hosting.model_request(endpoint, data, self.connection, self.machine)
        name = model["ModelName"]
        self._make_once("model", {"ModelName": name}, model)
        config = hosting.config_request(
            endpoint, name, source, self.connection, self.machine
        )
        name = str(config["EndpointConfigName"])
        self._make_once("endpoint_config", {"EndpointConfigName": name}, config)
        return name

    def _make_once(
        self, kind: str, known: Mapping[str, str], request: Mapping[str, Any]
    ) -> None:
        from botocore.exceptions import ClientError

        if self._is_there(kind, known):
            return
        try:
            getattr(self._sagemaker, f"create_{kind}")(**request)
        except ClientError:
            # another worker was first, or the answer to our own call was lost
            if not self._is_there(kind, known):
                raise

    def _is_there(self, kind: str, known: Mapping[str, str]) -> bool:
        return self._described(kind, known) is not None

    def _described(self, kind: str, known: Mapping[str, str]) -> Told | None:
        from botocore.exceptions import ClientError

        try:
            return dict(getattr(self._sagemaker, f"describe_{kind}")(**known))
        except ClientError as error:
            if aws.is_absent(error):
                return None
            raise

    def _create(self, endpoint: str, wanted: str, version: str) -> None:
        known = {"EndpointName": endpoint}
        asked = {KEY_TAG: endpoint, ASKED: wanted, VERSION: version}
        request = {**known, "EndpointConfigName": wanted, "Tags": tags(asked)}
        self._make_once("endpoint", known, request)

    def _update(self, endpoint: str, told: Told, wanted: str) -> None:
        from botocore.exceptions import ClientError

        _wait_for_others(endpoint, told)
        request: Told = {"EndpointName": endpoint, "EndpointConfigName": wanted}
        rollout = hosting.rollout(self.machine)
        if rollout:
            request["DeploymentConfig"] = rollout
        try:
            self._sagemaker.update_endpoint(**request)
        except ClientError:
            now = self._described("endpoint", {"EndpointName": endpoint}) or told
            # another worker was first, or our own call whose answer was lost
            if hosting.heading_for(now) != wanted:
                _wait_for_others(endpoint, now)
                raise

    def _found(self, endpoint: str) -> Told | None:
        """The endpoint as SageMaker describes it; Rejected: it is not ours."""
        if not NAME.fullmatch(endpoint):
            raise Rejected(
                f"{endpoint!r} is no name for an endpoint: letters, digits, hyphens."
            )
        with aws.plain_errors(_called(endpoint)):
            told = self._described("endpoint", {"EndpointName": endpoint})
            if told is None or KEY_TAG in self._tags(told["EndpointArn"]):
                return told
        raise Rejected(
            f"There is an endpoint {endpoint} on SageMaker that Overread did not make."
            f" To hand it over, give it the tag {KEY_TAG}; or delete it."
        )

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}

    def _version(self, config: str) -> str | None:
        """The version that a configuration serves; None: somebody else made it."""
        told = self._described("endpoint_config", {"EndpointConfigName": config})
        if told is None:
            return None
        return self._tags(told["EndpointConfigArn"]).get(VERSION)

    def _state(
        self, endpoint: str, told: Told, known: Mapping[str, str]
    ) -> EndpointState:
        status = hosting.status(told, known.get(ASKED), known.get(BEFORE))
        serves = told["EndpointStatus"] not in {"Creating", "Failed"}
        serving = self._version(told["EndpointConfigName"]) if serves else None
        desired = known.get(VERSION)
        if status in {EndpointStatus.CREATING, EndpointStatus.UPDATING}:
            desired = self._version(hosting.heading_for(told))
        elif status == EndpointStatus.IN_SERVICE:
            # asked for or not: this is what it has now
            desired = serving
        failed = status == EndpointStatus.FAILED
        return EndpointState(
            status=status,
            serving_version=serving,
            desired_version=desired,
            url=hosting.url(endpoint, self.connection),
            reason=hosting.why(endpoint, told) if failed else "",
        )

    def _serving(self, endpoint: str, version: str | None) -> str | None:
        """The version that will answer; None while an update shares the calls out."""
        state = self.describe(endpoint)
        if state.status == EndpointStatus.ABSENT:
            raise Rejected(f"There is no endpoint {endpoint}.")
        if state.serving_version is None:
            raise Unreachable(f"No model serves the endpoint {endpoint} yet.")
        if version is not None and state.serving_version != version:
            raise Unreachable(f"Version {version} does not serve {endpoint} now.")
        updating = state.status == EndpointStatus.UPDATING
        return None if updating else state.serving_version

    @cached_property
    def _sagemaker(self) -> Any:
        return aws.client(self.connection, "sagemaker")

    @cached_property
    def _runtime(self) -> Any:
        return aws.client(self.connection, "sagemaker-runtime")


def _called(endpoint: str) -> str:
    return f"the endpoint {endpoint}"


def _refuse_broken(endpoint: str, told: Told) -> None:
    if told["EndpointStatus"] in BROKEN:
        raise Rejected(hosting.why(endpoint, told))


def _wait_for_others(endpoint: str, told: Told) -> None:
    status = told["EndpointStatus"]
    if status not in {"InService", *BROKEN}:
        raise Unreachable(
            f"The endpoint {endpoint} is being changed on SageMaker (it is {status},"
            f" with the configuration {hosting.heading_for(told)}), not by this"
            " promotion. It goes on when that is over."
        )


def _said_no(error: Any) -> Exception:
    """The container answered with an error: its own words, and whether to ask again."""
    status = int(error.response.get("OriginalStatusCode") or 500)
    words = str(error.response.get("OriginalMessage", ""))[:300]
    if status in CLIENT_ERRORS:
        return Rejected(f"The model refused ({status}): {words}")
    return Unreachable(f"The model did not answer ({status}): {words}")
