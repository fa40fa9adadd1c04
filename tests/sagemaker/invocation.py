"""Calls to endpoints, as sagemaker-runtime takes them."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.sagemaker.capture import Capture, Content
from tests.sagemaker.endpoints import Endpoint, Endpoints
from tests.sagemaker.errors import Refusal
from tests.sagemaker.fleet import Fleet, Variant
from tests.sagemaker.names import ACCOUNT, REGION
from tests.sagemaker.store import NoArchive, NothingThere

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

LARGEST = 6_291_456
SERVING = {"InService", "Updating", "RollingBack", "SystemUpdating"}


def refused(message: str) -> Refusal:
    return Refusal("ValidationError", message)


class Invocations:
    def __init__(self, standin: Standin, endpoints: Endpoints) -> None:
        self._standin, self._endpoints = standin, endpoints
        self.capture = Capture(standin)

    def invoke_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        endpoint = self.serving(params["EndpointName"])
        fleet = endpoint.serving()
        if "AsyncInferenceConfig" in fleet.config:
            raise refused("This endpoint takes InvokeEndpointAsync only.")
        if len(params.get("Body", b"")) > LARGEST:
            raise refused(f"The body is larger than {LARGEST} bytes.")
        variant = self._variant(endpoint, fleet, params)
        body, headers = self.ask(endpoint, variant, params)
        self._keep(endpoint, fleet, variant, params, body, headers)
        for shadow in fleet.shadows.values():
            if fleet.is_sampled(f"shadow {shadow.name}", _share(fleet, shadow)):
                self._standin.go(self._mirror, endpoint, fleet, shadow, params)
        found = {
            "Body": body,
            "ContentType": headers.get("Content-Type", ""),
            "InvokedProductionVariant": variant.name,
        }
        attributes = headers.get("X-Amzn-SageMaker-Custom-Attributes")
        return {**found, **({"CustomAttributes": attributes} if attributes else {})}

    def ask(
        self, endpoint: Endpoint, variant: Variant, params: Mapping[str, Any]
    ) -> tuple[bytes, Message]:
        """Ask the container; anything but a good answer is a ModelError."""
        given = {
            "Content-Type": params.get("ContentType", "application/octet-stream"),
            "Accept": params.get("Accept", "*/*"),
            "X-Amzn-SageMaker-Custom-Attributes": params.get("CustomAttributes"),
            "X-Amzn-SageMaker-Inference-Id": params.get("InferenceId"),
            "X-Amzn-SageMaker-Target-Model": params.get("TargetModel"),
        }
        headers = {name: value for name, value in given.items() if value}
        try:
            path = self._path(variant, params.get("TargetModel"))
            status, body, answered = variant.ask(params.get("Body", b""), headers, path)
        except TimeoutError:
            raise _model_error(
                endpoint, variant, 0, b"no answer within 60 seconds"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise _model_error(endpoint, variant, 500, str(error).encode()) from error
        if status >= http.client.BAD_REQUEST:
            raise _model_error(endpoint, variant, status, body)
        return body, answered

    def _mirror(
        self,
        endpoint: Endpoint,
        fleet: Fleet,
        shadow: Variant,
        params: Mapping[str, Any],
    ) -> None:
        """Ask a shadow the same; nobody hears its answer, but it is captured."""
        with suppress(Refusal):
            body, headers = self.ask(endpoint, shadow, params)
            self._keep(endpoint, fleet, shadow, params, body, headers)

    def _keep(
        self,
        endpoint: Endpoint,
        fleet: Fleet,
        variant: Variant,
        params: Mapping[str, Any],
        body: bytes,
        headers: Message,
    ) -> None:
        given = params.get("ContentType", "application/octet-stream")
        sent = Content(params.get("Body", b""), given)
        answered = Content(body, headers.get("Content-Type", ""))
        name = endpoint.name
        self.capture.keep(name, fleet, variant.name, params, sent, answered)

    def serving(self, name: str) -> Endpoint:
        with self._standin.lock:
            endpoint = self._endpoints.endpoints.get(name)
            if endpoint is None or endpoint.status not in SERVING:
                raise refused(f"Endpoint {name} of account {ACCOUNT} not found.")
            return endpoint

    def _variant(
        self, endpoint: Endpoint, fleet: Fleet, params: Mapping[str, Any]
    ) -> Variant:
        wanted = params.get("TargetVariant")
        with self._standin.lock:
            if wanted is None:
                return fleet.pick()
            if wanted in fleet.variants:
                return fleet.variants[wanted]
        raise refused(f"Variant {wanted} was not found for endpoint {endpoint.name}.")

    def _path(self, variant: Variant, target: str | None) -> str:
        """Return what to call; a multi-model container loads the model before."""
        if variant.is_multi_model != (target is not None):
            raise refused("TargetModel is for multi-model endpoints, which need it.")
        if target is None:
            return "/invocations"
        name = target.replace("/", "-")
        with self._standin.lock:
            self._fetch(variant, target, variant.folder / "models" / name)
            variant.load(name, variant.folder / "models" / name)
        return f"/models/{name}/invoke"

    def _fetch(self, variant: Variant, target: str, folder: Path) -> None:
        if folder.exists():
            return
        folder.mkdir(parents=True)
        try:
            uri = variant.container["ModelDataUrl"] + target.lstrip("/")
            self._standin.store.unpack(uri, folder)
        except (NothingThere, NoArchive) as error:
            folder.rmdir()
            raise refused(f"Failed to download model data: {error}") from error


def _share(fleet: Fleet, shadow: Variant) -> float:
    """Return the percentage of calls that a shadow gets: its weight by production's."""
    weight = sum(each.weight for each in fleet.variants.values()) or 1.0
    return min(100.0, 100 * shadow.weight / weight)


def _model_error(
    endpoint: Endpoint, variant: Variant, status: int, body: bytes
) -> Refusal:
    said = body.decode(errors="replace")
    kind = "client" if 400 <= status < 500 else "server"
    logs = f"/aws/sagemaker/Endpoints/{endpoint.name}"
    return Refusal(
        "ModelError",
        f'Received {kind} error ({status}) from {variant.name} with message "{said}". See'
        f" https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
        f"#logEventViewer:group={logs} in account {ACCOUNT} for more information.",
        424,
        OriginalStatusCode=status,
        OriginalMessage=said,
        LogStreamArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{logs}",
    )
