"""An export as pieces of bytes: its head, its chunks, compressed on request."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from django.db import DatabaseError

from reviewer.exports import cursors, parquet, reading
from reviewer.models.export import Format

if TYPE_CHECKING:
    from reviewer.exports.formats import Plan
    from reviewer.exports.reading import Chunk, Span

log = structlog.get_logger()
GZIP_LEVEL: Final = 1
_GZIP_FILE: Final = 31


def streamed(span: Span, plan: Plan) -> Generator[bytes]:
    """The export as an answer: if it breaks off, its last line says so.

    Web servers end a broken answer like a whole one, so silence would lose labels.
    """
    reached = span.after

    def noted() -> Iterator[Chunk]:
        nonlocal reached
        for chunk in reading.chunks(span, plan.shape):
            reached = chunk.end
            yield chunk

    try:
        yield from assembled(noted(), plan)
    except DatabaseError as error:
        log.warning("export broke off", project=span.project_id, error=str(error))
        yield _broken(plan, cursors.word(span.project_id, reached))


def _broken(plan: Plan, cursor: str) -> bytes:
    """A line that no reader takes for a label; a Parquet file just has no end."""
    detail = f"This export broke off here. Go on with since={cursor}"
    if plan.format == Format.PARQUET:
        return b""
    if plan.format == Format.CSV:
        return f'"{detail}"\n'.encode()
    told = {"type": "urn:overread:broke_off", "status": 503, "detail": detail}
    return msgspec.json.encode({**told, "next_cursor": cursor}) + b"\n"


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
