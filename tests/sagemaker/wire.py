"""SageMaker's two languages: JSON 1.1 for its control plane, rest-json for invocations."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from tests.sagemaker.errors import Refusal

TARGET = "X-Amz-Target"
ERROR_TYPE = "x-amzn-ErrorType"


@dataclass
class Request:
    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def service(self) -> str | None:
        """Whom it is for: None is another service than SageMaker."""
        if self.headers.get(TARGET, "").startswith("SageMaker."):
            return "sagemaker"
        return "sagemaker-runtime" if self.path.startswith("/endpoints/") else None


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_of(request: Request) -> OperationModel | None:
    if request.service == "sagemaker":
        name = request.headers[TARGET].partition(".")[2]
        model = service_model("sagemaker")
        return model.operation_model(name) if name in model.operation_names else None
    model = service_model("sagemaker-runtime")
    found = [model.operation_model(name) for name in model.operation_names]
    fits = (
        each
        for each in found
        if _route(each.http["requestUri"]).fullmatch(request.path)
    )
    return next(fits, None)


def read(operation: OperationModel, request: Request) -> dict[str, Any]:
    """Return the parameters as the caller gave them to boto3."""
    if request.service == "sagemaker":
        return dict(json.loads(request.body or b"{}"))
    shape = operation.input_shape
    match = _route(operation.http["requestUri"]).fullmatch(request.path)
    params: dict[str, Any] = {}
    for name, member in shape.members.items():
        place = member.serialization
        key = place.get("name", "")
        if place.get("location") == "uri" and match:
            params[name] = unquote(match[key])
        elif place.get("location") == "header" and key in request.headers:
            value = request.headers[key]
            params[name] = int(value) if member.type_name == "integer" else value
    if request.body:
        params[shape.serialization["payload"]] = request.body
    return params


def write(operation: OperationModel, output: Mapping[str, Any]) -> Answer:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    shape = operation.output_shape
    if operation.service_model.service_name == "sagemaker":
        headers["Content-Type"] = "application/x-amz-json-1.1"
        return Answer(200, _json(output) if shape else b"", headers)
    payload = shape.serialization.get("payload")
    rest = {}
    for name, value in output.items():
        place = shape.members[name].serialization
        if place.get("location") == "header":
            headers[place["name"]] = str(value)
        elif name != payload:
            rest[name] = value
    body = output[payload] if payload else _json(rest)
    return Answer(operation.http.get("responseCode", 200), body, headers)


def write_error(refusal: Refusal, *, rest: bool) -> Answer:
    body = {**refusal.members, "message": refusal.message, "Message": refusal.message}
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    if rest:
        headers[ERROR_TYPE] = refusal.code
        headers["Content-Type"] = "application/json"
    else:
        body = {"__type": refusal.code, **body}
        headers["Content-Type"] = "application/x-amz-json-1.1"
    return Answer(refusal.status, _json(body), headers)


def _json(output: Mapping[str, Any]) -> bytes:
    return json.dumps(output, default=_plain).encode()


def _plain(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} cannot be sent as JSON.")


@cache
def _route(uri: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", uri))
