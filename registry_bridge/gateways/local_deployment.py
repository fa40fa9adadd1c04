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
    Unreachable,
)
from registry_bridge.gateways.processes import write_json

NOT_RUNNING = "The hosting of models is not running: start it with `manage.py up`."


class LocalDeployment:
    def __init__(self, directory: Path, url: str) -> None:
        self.directory = Path(directory)
        self.base_url = url.rstrip("/")

    def deploy(self, endpoint: str, source: ModelSource) -> None:
        place = self._place(endpoint)
        folder = source.directory.absolute()
        if not (folder / "MLmodel").is_file():
            raise Rejected(f"There is no MLflow model in {folder}.")
        order = serving.Order(source.model_name, source.version, str(folder))
        if order.same_model(place.desired()) and not _has_failed(place):
            return
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        asked = {**order.as_model(), "asked": uuid.uuid4().hex}
        write_json(place.desired_file, asked)

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
        )

    def invoke(self, endpoint: str, payload: Mapping[str, object]) -> Invocation:
        self._place(endpoint)
        parts = urlsplit(self._url(endpoint))
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
        try:
            connection.request(
                "POST",
                parts.path,
                body=json.dumps(payload).encode(),
                headers={"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The hosting does not answer: {error}") from error
        finally:
            connection.close()
        return _read(response, body)

    def delete(self, endpoint: str) -> None:
        self._place(endpoint).desired_file.unlink(missing_ok=True)

    def _place(self, endpoint: str) -> serving.Place:
        if not serving.ENDPOINT.fullmatch(endpoint):
            raise Rejected(
                f"{endpoint!r} is no name for an endpoint: letters, digits, hyphens."
            )
        return serving.Place(self.directory / endpoint)

    def _url(self, endpoint: str) -> str:
        return f"{self.base_url}/endpoints/{endpoint}/invocations"


def _is_seen(state: Mapping[str, Any], desired: serving.Order) -> bool:
    return bool(state.get("asked") == desired.asked)


def _has_failed(place: serving.Place) -> bool:
    desired, state = place.desired(), place.state()
    return bool(desired and _is_seen(state, desired) and state["status"] == "failed")


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
