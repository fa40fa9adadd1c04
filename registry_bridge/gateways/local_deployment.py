"""Asks the hosting on this machine to serve a version, and reads what it says of it."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry_bridge.gateways import serving
from registry_bridge.gateways.model_server import ANSWER_SECONDS
from registry_bridge.gateways.ports import (
    EndpointState,
    EndpointStatus,
    Invocation,
    ModelSource,
    Rejected,
    Trial,
    Unreachable,
)
from registry_bridge.gateways.processes import write_json
from registry_bridge.gateways.tallies import Tally

NOT_RUNNING = "The hosting of models is not running: start it with `manage.py up`."


class LocalDeployment:
    poll_seconds = 1.0
    longest_seconds = 1800.0

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = Path(directory)
        self.base_url = url.rstrip("/")

    def deploy(self, endpoint: str, source: ModelSource) -> None:
        place, order = self._place(endpoint), _order(source)
        if not order.same_model(place.desired()) or _has_failed(place):
            place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            asked = {**order.as_model(), "asked": uuid.uuid4().hex}
            write_json(place.desired_file, asked)
        # after it: the server of the trial is taken over
        place.trial_file.unlink(missing_ok=True)

    def can_share(self) -> bool:
        return True

    def try_beside(self, endpoint: str, source: ModelSource, share: float) -> None:
        place, order = self._place(endpoint), _order(source)
        if place.desired() is None:
            raise Rejected(f"Nothing serves {endpoint} that it could be tried beside.")
        tried = place.trial()
        same = tried is not None and order.same_model(tried.order)
        same = same and not _trial_failed(place)
        asked = tried.order.asked if tried and same else uuid.uuid4().hex
        told = {**order.as_model(), "asked": asked, "share": share}
        write_json(place.trial_file, told)

    def end_trial(self, endpoint: str) -> None:
        self._place(endpoint).trial_file.unlink(missing_ok=True)

    def describe(self, endpoint: str) -> EndpointState:
        place = self._place(endpoint)
        desired = place.desired()
        if desired is None:
            return EndpointState(EndpointStatus.ABSENT)
        if not serving.is_running(self.directory):
            raise Unreachable(NOT_RUNNING)
        state = place.state()
        serves = serving.Order.read(state.get("serving"))
        return EndpointState(
            status=_status(state, desired, serves),
            serving_version=serves.version if serves else None,
            desired_version=desired.version,
            url=self._url(endpoint),
            reason=state.get("reason", "") if _is_seen(state, desired) else "",
            trial=_trial(place.trial(), state.get("trial") or {}),
        )

    def invoke(
        self,
        endpoint: str,
        payload: Mapping[str, object],
        version: str | None = None,
    ) -> Invocation:
        self._place(endpoint)
        headers = {"Content-Type": "application/json"}
        if version is not None:
            headers[serving.VERSION_HEADER] = version
        parts = urlsplit(self._url(endpoint))
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
        try:
            connection.request(
                "POST",
                parts.path,
                body=json.dumps(payload).encode(),
                headers=headers,
            )
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The hosting does not answer: {error}") from error
        finally:
            connection.close()
        return _read(response, body)

    def delete(self, endpoint: str) -> None:
        place = self._place(endpoint)
        place.trial_file.unlink(missing_ok=True)
        place.desired_file.unlink(missing_ok=True)

    def _place(self, endpoint: str) -> serving.Place:
        if not serving.ENDPOINT.fullmatch(endpoint):
            raise Rejected(
                f"{endpoint!r} is no name for an endpoint: letters, digits, hyphens."
            )
        return serving.Place(self.directory / endpoint)

    def _url(self, endpoint: str) -> str:
        return f"{self.base_url}/endpoints/{endpoint}/invocations"


def _order(source: ModelSource) -> serving.Order:
    folder = source.directory.absolute()
    if not (folder / "MLmodel").is_file():
        raise Rejected(f"There is no MLflow model in {folder}.")
    return serving.Order(source.model_name, source.version, str(folder))


def _trial(asked: serving.TrialOrder | None, state: Mapping[str, Any]) -> Trial | None:
    if asked is None:
        return None
    version, share = asked.order.version, asked.share
    if state.get("asked") != asked.order.asked:
        # asked for, but not looked at yet
        return Trial(version, share, EndpointStatus.CREATING)
    return Trial(
        version,
        share,
        EndpointStatus(state["status"]),
        reason=state["reason"],
        tried=Tally.from_json(state["tried"]),
        others=Tally.from_json(state["others"]),
    )


def _is_seen(state: Mapping[str, Any], desired: serving.Order) -> bool:
    return bool(state.get("asked") == desired.asked)


def _has_failed(place: serving.Place) -> bool:
    desired, state = place.desired(), place.state()
    return bool(desired and _is_seen(state, desired) and state["status"] == "failed")


def _trial_failed(place: serving.Place) -> bool:
    seen = _trial(place.trial(), place.state().get("trial") or {})
    return seen is not None and seen.status == EndpointStatus.FAILED


def _status(
    state: Mapping[str, Any], desired: serving.Order, serves: serving.Order | None
) -> EndpointStatus:
    if _is_seen(state, desired):
        return EndpointStatus(state["status"])
    # asked for, but not looked at yet
    return EndpointStatus.UPDATING if serves else EndpointStatus.CREATING


def _read(response: http.client.HTTPResponse, body: bytes) -> Invocation:
    words = body.decode(errors="replace")
    if response.status >= http.client.INTERNAL_SERVER_ERROR:
        raise Unreachable(
            f"The model did not answer ({response.status}): {words[:300]}"
        )
    if response.status != http.client.OK:
        raise Rejected(f"The model refused ({response.status}): {words[:300]}")
    try:
        content = json.loads(words)
    except ValueError as error:
        raise Rejected(f"The model did not answer in JSON: {words[:100]}") from error
    return Invocation(content, response.headers.get(serving.VERSION_HEADER))
