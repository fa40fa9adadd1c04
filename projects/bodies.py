"""Reads the body of a request whole, up to a limit."""

from __future__ import annotations

from typing import IO

from django.conf import settings

from projects.refused import TooLarge


def whole(stream: IO[bytes]) -> bytes:
    """The bytes as they came, at most MAX_BODY_BYTES of them."""
    body = stream.read(settings.MAX_BODY_BYTES + 1)
    if len(body) > settings.MAX_BODY_BYTES:
        limit = settings.MAX_BODY_BYTES // 2**20
        raise TooLarge(f"A call takes at most {limit} MB. Send smaller batches.")
    return body
