"""Sends what was opened so that a browser shows it and never runs it; parts where asked."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from django.http import HttpResponse, StreamingHttpResponse

if TYPE_CHECKING:
    from django.http.request import HttpHeaders
    from django.http.response import HttpResponseBase

    from labeling.media.opening import Opened

CHUNK: Final = 64 * 1024
# A browser asks no more for so long: what was fetched ahead is shown without a network.
MAX_AGE: Final = 3_600
ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "application/json": "json",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def answer(opened: Opened, method: str, headers: HttpHeaders) -> HttpResponseBase:
    """200, 206 for one range, 304 for what the browser holds, 416 for what is not there."""
    tag = f'"{opened.digest}"'
    file = io.BytesIO(opened.file) if isinstance(opened.file, bytes) else opened.file
    part = _part(headers, tag, opened.size)
    response: HttpResponseBase
    if tag in headers.get("If-None-Match", ""):
        response = _without_body(file, 304)
    elif part is None:
        response = _without_body(file, 416)
        response["Content-Range"] = f"bytes */{opened.size}"
    elif method == "HEAD":
        response = _without_body(file, 200)
        response["Content-Length"] = str(opened.size)
    else:
        response = _whole_or_part(file, part, opened.size)
    return _guarded(response, opened, tag)


def _without_body(file: IO[bytes], status: int) -> HttpResponse:
    file.close()
    return HttpResponse(status=status)


def _whole_or_part(file: IO[bytes], part: range, size: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_Part(file, part))
    response["Content-Length"] = str(len(part))
    if len(part) < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _guarded(response: HttpResponseBase, opened: Opened, tag: str) -> HttpResponseBase:
    name = f"reference.{ENDINGS.get(opened.type, 'txt')}"
    for header, value in {
        "Content-Type": opened.type,
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, max-age={MAX_AGE}",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }.items():
        response[header] = value
    return response


def _part(headers: HttpHeaders, tag: str, size: int) -> range | None:
    """The bytes that are asked for; None when there are none of them."""
    found = _RANGE.fullmatch(headers.get("Range", ""))
    if not found or headers.get("If-Range", tag) != tag or found.groups() == ("", ""):
        return range(size)
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) else None
    stop = min(size, int(last) + 1) if last else size
    return range(int(first), stop) if int(first) < stop else None


class _Part:
    """A part of a file, closed with the response even where nobody read it."""

    def __init__(self, file: IO[bytes], part: range) -> None:
        self._file, self._part, self.close = file, part, file.close

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._part.start)
        left = len(self._part)
        while left and (chunk := self._file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
