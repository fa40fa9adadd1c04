"""The lines of a file, however long: gzip is unpacked, a huge line is passed over."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from msgspec import Struct

from reviewer.adapting.bodies import Unread

MAGIC = b"\x1f\x8b"
# A call of SageMaker carries 25 MB at most, and a third more as base64, twice.
LONGEST = 72 * 1024 * 1024
CHUNK = 1024 * 1024
UNPACKING = (gzip.BadGzipFile, EOFError, zlib.error)


class Line(Struct, frozen=True):
    """One line by its number from 0; `whole` is False where only its beginning is kept."""

    number: int
    data: bytes
    whole: bool = True


class Broken(Exception):
    """The file ends in the middle, or is no gzip though it begins like one."""


def of(file: BinaryIO) -> Iterator[Line]:
    """Every line, empty ones too, without its end."""
    source = unpacked(file)
    try:
        number = 0
        while data := source.readline(LONGEST + 1):
            whole = len(data) <= LONGEST or data.endswith(b"\n")
            if not whole:
                _pass_over(source)
            yield Line(number, data.rstrip(b"\r\n"), whole)
            number += 1
    except UNPACKING as error:
        raise Broken(f"It cannot be unpacked: {error}") from error


def count(file: BinaryIO) -> int:
    """How many lines of() would tell of."""
    source, lines, last = unpacked(file), 0, b"\n"
    try:
        while chunk := source.read(CHUNK):
            lines, last = lines + chunk.count(b"\n"), chunk[-1:]
    except UNPACKING as error:
        raise Broken(f"It cannot be unpacked: {error}") from error
    return lines + (last != b"\n")


def whole(file: BinaryIO) -> bytes:
    """All of it; Unread when it is larger than a call can be."""
    try:
        data = unpacked(file).read(LONGEST + 1)
    except UNPACKING as error:
        raise Broken(f"It cannot be unpacked: {error}") from error
    if len(data) > LONGEST:
        raise Unread("record", f"is larger than {LONGEST:,} bytes")
    return data


def unpacked(file: BinaryIO) -> BinaryIO:
    """The file itself, or what a gzip holds."""
    peeking = cast(io.BufferedReader, file)
    if not peeking.peek(2).startswith(MAGIC):
        return file
    return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file), CHUNK))


def _pass_over(source: BinaryIO) -> None:
    while (rest := source.readline(CHUNK)) and not rest.endswith(b"\n"):
        pass
