"""Bodies of requests: packed ones are unpacked up to the same limit as plain ones."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from django.conf import settings

from projects.bodies import whole
from projects.refused import Malformed, TooLarge, UnknownFormat


def read(data: bytes, encoding: str = "gzip") -> bytes:
    return whole(io.BytesIO(data), encoding)


def test_a_packed_body_is_unpacked() -> None:
    assert read(gzip.compress(b'{"a": 1}')) == b'{"a": 1}'


def test_a_body_just_at_the_limit_is_read_packed_or_not() -> None:
    body = b"x" * settings.MAX_BODY_BYTES

    assert read(gzip.compress(body)) == body
    assert read(body, "") == body


@pytest.mark.parametrize("more", [1, 512 * 1024 * 1024])
def test_a_small_body_that_unpacks_to_too_much_is_refused(more: int) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(bytes(settings.MAX_BODY_BYTES))
    for _ in range(more // 2**20):
        bomb += packer.compress(bytes(2**20))
    bomb += packer.compress(b"x") + packer.flush()

    with pytest.raises(TooLarge):
        read(bomb)


def test_a_packed_body_that_ends_too_early_is_refused() -> None:
    with pytest.raises(Malformed, match="ends too early"):
        read(gzip.compress(b"x" * 10_000)[:-20])


def test_what_is_not_gzip_is_refused() -> None:
    with pytest.raises(Malformed, match="not gzip"):
        read(b'{"a": 1}')


def test_another_encoding_is_named() -> None:
    with pytest.raises(UnknownFormat, match="'br'"):
        read(b"x", "br")
