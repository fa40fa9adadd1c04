"""Bodies of the intake: read whole up to a limit, parsed once, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, cast

import msgspec
from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from projects.bodies import whole
from projects.refused import Malformed, Refused, TooLarge

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
        return whole(stream)


def rows(request: Request, key: str = "predictions") -> tuple[list[Any], bool]:
    """The rows of a request, and whether it was a single one.

    A line of NDJSON that is not JSON is a Refused in its place; the others go on.
    """
    # an empty body never reaches the parser
    body = cast(bytes, request.data or b"")
    if (request.content_type or "").partition(";")[0].strip() in NDJSON:
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
