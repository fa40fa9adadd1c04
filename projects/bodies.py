"""Reads the body of a request whole, up to a limit, unpacked if it came packed."""

from __future__ import annotations

import zlib
from typing import IO

from django.conf import settings

from projects.refused import Malformed, TooLarge, UnknownFormat

CHUNK = 64 * 1024
# zlib reads gzip with its header and checksum
GZIP = zlib.MAX_WBITS | 16


def whole(stream: IO[bytes], encoding: str = "") -> bytes:
    """The bytes, at most MAX_BODY_BYTES of them however small they were packed.

    `encoding` is the request's Content-Encoding: none, or gzip.
    """
    if encoding in ("", "identity"):
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            raise _too_large()
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnknownFormat(
            f"Content-Encoding {encoding[:40]!r} is not understood: send gzip, or none."
        )
    return _unpacked(stream)


def _unpacked(stream: IO[bytes]) -> bytes:
    """Unpack piece by piece: a small body that unpacks to gigabytes stops at the limit."""
    unpack, found, size = zlib.decompressobj(GZIP), [], 0
    try:
        while (piece := stream.read(CHUNK)) and not unpack.eof:
            left = settings.MAX_BODY_BYTES + 1 - size
            found.append(unpack.decompress(piece, left))
            size += len(found[-1])
            if size > settings.MAX_BODY_BYTES or unpack.unconsumed_tail:
                raise _too_large()
    except zlib.error as error:
        raise Malformed(f"The body is not gzip: {error}.") from error
    if not unpack.eof:
        raise Malformed("The gzip body ends too early. Send it again.")
    return b"".join(found)


def _too_large() -> TooLarge:
    limit = settings.MAX_BODY_BYTES // 2**20
    return TooLarge(f"A call takes at most {limit} MB. Send smaller batches.")


def encoding(context: object) -> str:
    """The Content-Encoding of a DRF parser's request."""
    request = context.get("request") if isinstance(context, dict) else None
    given = request.META.get("HTTP_CONTENT_ENCODING", "") if request else ""
    return str(given).strip().lower()
