"""Calls whose answers come later: into S3, and told of through SNS."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.endpoints import Endpoint
from tests.sagemaker.errors import Refusal
from tests.sagemaker.invocation import Invocations, refused
from tests.sagemaker.names import REGION
from tests.sagemaker.store import NothingThere

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

STEP = 5.0


class AsynchronousInvocations:
    def __init__(self, standin: Standin, invocations: Invocations) -> None:
        self._standin, self._invocations = standin, invocations

    def invoke_endpoint_async(self, params: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._invocations.serving(params["EndpointName"])
        config = endpoint.fleet.config.get("AsyncInferenceConfig")
        if config is None:
            raise refused("This endpoint takes InvokeEndpoint only.")
        if ("InputLocation" in params) == ("Body" in params):
            raise refused("Exactly one of InputLocation and Body must be given.")
        output, name = config["OutputConfig"], uuid.uuid4()
        found = {
            "InferenceId": params.get("InferenceId", str(uuid.uuid4())),
            "OutputLocation": _below(output["S3OutputPath"], params, f"{name}.out"),
        }
        if "S3FailurePath" in output:
            name_of_failure = f"{name}-error.out"
            found["FailureLocation"] = _below(
                output["S3FailurePath"], params, name_of_failure
            )
        self._standin.go(self._answer, endpoint, params, found)
        return found

    def _answer(
        self, endpoint: Endpoint, params: Mapping[str, Any], found: Mapping[str, str]
    ) -> None:
        received = self._standin.clock.now().isoformat()
        self._standin.clock.sleep(STEP)
        fleet, store = endpoint.serving(), self._standin.store
        message = self._message(params, found, received)
        notes = fleet.config["AsyncInferenceConfig"]["OutputConfig"]
        notes = notes.get("NotificationConfig", {})
        try:
            body = params.get("Body") or store.get(params["InputLocation"])
            answer, headers = self._invocations.ask(
                endpoint, fleet.pick(), {**params, "Body": body}
            )
        except (Refusal, NothingThere) as error:
            if "FailureLocation" in found:
                store.put(found["FailureLocation"], str(error).encode())
            message |= {"invocationStatus": "Failed", "failureReason": str(error)}
            self._tell(notes.get("ErrorTopic"), message)
            return
        content_type = headers.get("Content-Type", "")
        store.put(found["OutputLocation"], answer, content_type)
        message["responseParameters"] = {
            "contentType": content_type,
            "outputLocation": found["OutputLocation"],
        }
        self._tell(notes.get("SuccessTopic"), message)

    def _message(
        self, params: Mapping[str, Any], found: Mapping[str, str], received: str
    ) -> dict[str, Any]:
        return {
            "awsRegion": REGION,
            "eventTime": self._standin.clock.now().isoformat(),
            "receivedTime": received,
            "invocationStatus": "Completed",
            "requestParameters": {
                "contentType": params.get("ContentType", ""),
                "endpointName": params["EndpointName"],
                "inputLocation": params.get("InputLocation", ""),
            },
            "inferenceId": found["InferenceId"],
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }

    def _tell(self, topic: str | None, message: Mapping[str, Any]) -> None:
        if topic:
            sns = self._standin.client("sns")
            sns.publish(TopicArn=topic, Message=json.dumps(message))


def _below(top: str, params: Mapping[str, Any], name: str) -> str:
    extension = params.get("S3OutputPathExtension", "").strip("/")
    parts = [top.rstrip("/"), extension, params.get("Filename", name)]
    return "/".join(part for part in parts if part)
