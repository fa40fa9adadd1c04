"""Reads the body of a request whole, up to a limit, unpacked if it came packed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings

from projects.refused import Malformed, TooLarge, UnknownFormat

if TYPE_CHECKING:
    from rest_framework.request import Request


def of_parser(stream: IO[bytes], context: Mapping[str, Any] | None) -> bytes:
    """whole(), of the request that a DRF parser is called for."""
    request: Request | None = (context or {}).get("request")
    if request is None:
        return whole(stream)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    promised = request.META.get("CONTENT_LENGTH") or "0"
    return whole(stream, encoding, int(promised) if promised.isdecimal() else 0)


def whole(stream: IO[bytes], encoding: str = "", promised: int = 0) -> bytes:
    """The bytes, at most MAX_BODY_BYTES of them however small they were packed.

    `encoding` is the request's Content-Encoding (none, or gzip), `promised` its
    Content-Length: a body that is shorter was cut on its way.
    """
    if encoding in ("gzip", "x-gzip"):
        return _unpacked(stream)
    if encoding not in ("", "identity"):
        raise UnknownFormat(
            f"Content-Encoding {encoding[:40]!r} is not understood: send gzip, or none."
        )
    body = _limited(stream.read(settings.MAX_BODY_BYTES + 1))
    if len(body) < promised:
        raise Malformed("The body ends too early. Send it again.")
    return body


def _unpacked(stream: IO[bytes]) -> bytes:
    """A small body that unpacks to gigabytes is unpacked up to the limit only."""
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            body = _limited(packed.read(settings.MAX_BODY_BYTES + 1))
    except EOFError as error:
        raise Malformed("The gzip body ends too early. Send it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Malformed(f"The body is not gzip: {error}.") from error
    if not body:
        raise Malformed("The gzip body is empty.")
    return body


def _limited(body: bytes) -> bytes:
    if len(body) > settings.MAX_BODY_BYTES:
        limit = settings.MAX_BODY_BYTES // 2**20
        raise TooLarge(f"A call takes at most {limit} MB. Send smaller batches.")
    return body
