"""A line of a Data Capture file: what went in, what came out, and under which id."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from reviewer.adapting.bodies import Body, Unread

CAPTURED = "captureData"
BASE64 = "BASE64"


class Captured(msgspec.Struct, frozen=True):
    """One call of an endpoint, as SageMaker kept it."""

    id: str
    at: datetime | None
    sent: Body
    answered: Body


class _Side(msgspec.Struct, frozen=True):
    data: str
    encoding: str = "CSV"
    observedContentType: str = ""  # noqa: N815 (as SageMaker writes it)


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    endpoint_input: _Side | None = None
    endpoint_output: _Side | None = None
    batch_transform_input: _Side | None = None
    batch_transform_output: _Side | None = None


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    event_id: str
    inference_id: str | None = None
    inference_time: datetime | None = None


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    capture_data: _Data
    event_metadata: _Meta


_decoder = msgspec.json.Decoder(_Record)


def read(line: bytes | str) -> Captured:
    """The record of a line; Unread says why it is none."""
    try:
        found = _decoder.decode(line)
    except msgspec.ValidationError as error:
        raise Unread("record", f"is no record of Data Capture: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unread("record", f"is not JSON: {error}") from error
    data, meta = found.capture_data, found.event_metadata
    return Captured(
        id=meta.inference_id or meta.event_id,
        at=_with_zone(meta.inference_time),
        sent=_body(data.endpoint_input or data.batch_transform_input, "input"),
        answered=_body(data.endpoint_output or data.batch_transform_output, "output"),
    )


def _body(side: _Side | None, name: str) -> Body:
    if side is None:
        text = "was not captured; capture both, CaptureOptions Input and Output"
        raise Unread(name, text)
    if side.encoding != BASE64:
        return Body(side.data, side.observedContentType)
    try:
        data = base64.b64decode(side.data, validate=True)
    except binascii.Error as error:
        raise Unread(name, f"is not base64: {error}") from error
    return Body(data, side.observedContentType)


def _with_zone(at: datetime | None) -> datetime | None:
    """SageMaker writes UTC; older records leave the Z out."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def written(name: str, sent: Body, answered: Body) -> str:
    """The line that Data Capture would have kept of a call, to try adapters on."""
    sides = {"endpointInput": _side(sent), "endpointOutput": _side(answered)}
    record = {CAPTURED: sides, "eventMetadata": {"eventId": name}}
    return msgspec.json.encode(record).decode()


def _side(body: Body) -> dict[str, str]:
    try:
        text = body.as_text("")
    except Unread:
        data = base64.b64encode(body.as_bytes()).decode()
        return {"data": data, "encoding": BASE64, "observedContentType": body.type}
    return {"data": text, "encoding": "CSV", "observedContentType": body.type}
