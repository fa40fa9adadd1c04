"""An export as pieces of bytes: its head, its chunks, compressed on request."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Final

from reviewer.exports import parquet, reading
from reviewer.models.export import Format

if TYPE_CHECKING:
    from reviewer.exports.formats import Plan
    from reviewer.exports.reading import Chunk, Span

GZIP_LEVEL: Final = 1
_GZIP_FILE: Final = 31


def pieces(span: Span, plan: Plan) -> Generator[bytes]:
    """The export, a chunk at a time; while one is sent no transaction is open."""
    return assembled(reading.chunks(span, plan.shape), plan)


def assembled(chunks: Iterable[Chunk], plan: Plan) -> Generator[bytes]:
    if plan.format == Format.PARQUET:
        return parquet.written(chunks, plan.columns)
    return _lines(chunks, plan.head)


def _lines(chunks: Iterable[Chunk], head: bytes) -> Generator[bytes]:
    if head:
        yield head
    for chunk in chunks:
        yield chunk.data


def gzipped(parts: Iterable[bytes]) -> Generator[bytes]:
    """Each piece is complete when it is sent: whoever was cut off reads what came."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_FILE)
    for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
