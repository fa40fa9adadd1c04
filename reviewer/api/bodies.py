"""Bodies of the intake: read whole up to a limit, parsed once, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, cast

import msgspec
from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from projects.bodies import encoding, whole
from projects.refused import Malformed, Refused, TooLarge
from reviewer.incoming import Batch, Row

NDJSON = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")


class Raw(BaseParser):
    """The bytes as they came, at most MAX_BODY_BYTES of them."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return whole(stream, encoding(parser_context))


_ROW = msgspec.json.Decoder(Row)
_BATCH = msgspec.json.Decoder(Batch)
_NUL = b"\\u0000"


def predictions(request: Request) -> tuple[list[Any], bool]:
    """The predictions of a request, and whether it was a single one.

    A body that is right is decoded once, into Rows. Where something is wrong, its rows
    come as they were sent, to be looked at one by one.
    """
    body = cast(bytes, request.data or b"")
    if _NUL not in body:
        try:
            if _is_ndjson(request):
                return _limited(_ROW.decode_lines(body)), False
            if body[:32].lstrip().startswith(b'{"predictions"'):
                return _limited(_BATCH.decode(body).predictions), False
            return [_ROW.decode(body)], True
        except (msgspec.DecodeError, RecursionError):
            # said in words below, for each row
            pass
    return rows(request, "predictions")


def _is_ndjson(request: Request) -> bool:
    return (request.content_type or "").partition(";")[0].strip() in NDJSON


def rows(request: Request, key: str) -> tuple[list[Any], bool]:
    """The rows of a request, and whether it was a single one.

    A line of NDJSON that is not JSON is a Refused in its place; the others go on.
    """
    # an empty body never reaches the parser
    body = cast(bytes, request.data or b"")
    if _is_ndjson(request):
        return _limited([_line(at, line) for at, line in _lines(body)]), False
    data = _json(body)
    if isinstance(data, dict) and key in data:
        if not isinstance(data[key], list) or len(data) != 1:
            raise Malformed(f'A batch is {{"{key}": […]}} and nothing else.')
        return _limited(data[key]), False
    if not isinstance(data, dict):
        raise Malformed(f'Send one object, {{"{key}": […]}}, or NDJSON lines.')
    return [data], True


def _limited(found: list[Any]) -> list[Any]:
    if len(found) > settings.MAX_ROWS:
        raise TooLarge(
            f"A call takes at most {settings.MAX_ROWS:,} rows, not {len(found):,}."
        )
    return found


def _lines(body: bytes) -> list[tuple[int, bytes]]:
    lines = enumerate(body.splitlines(), start=1)
    return [(number, line) for number, line in lines if line.strip()]


def _line(number: int, line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        return Malformed(f"Line {number} is not JSON: {error}.")


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"The body is not JSON: {error}.") from error


def flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "") in ("1", "true", "yes")


def refusal(index: int, refused: Refused) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": index,
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail,
    }
    if refused.errors:
        told["errors"] = refused.errors
    return told
