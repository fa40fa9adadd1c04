"""Writes a span as Parquet while it is read: one row group for each chunk."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reviewer.exports.reading import Chunk
    from reviewer.exports.rows import Column

TYPES: Final = {
    "text": "string",
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
}


class Sink(io.RawIOBase):
    """A file that is only written to; what came in is taken away again and again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def written(chunks: Iterable[Chunk], columns: Sequence[Column]) -> Generator[bytes]:
    """The file in pieces; without a chunk, a valid file without rows."""
    # pyarrow takes a third of a second and tens of megabytes: only where it is asked for
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, sink = _schema(columns), Sink()
    with (
        pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as out,
        ThreadPoolExecutor(1) as helper,
    ):
        # one chunk is written while the database puts the next one together
        under_way: Future[None] | None = None
        for chunk in chunks:
            if under_way:
                under_way.result()
                yield sink.take()
            under_way = helper.submit(_add, out, chunk.data, schema)
        if under_way:
            under_way.result()
    yield sink.take()


def _add(out: Any, data: bytes, schema: Any) -> None:
    if data:
        out.write_table(_table(data, schema))


def _schema(columns: Sequence[Column]) -> Any:
    import pyarrow as pa

    moment = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            (each.name, moment if each.type == "time" else TYPES[each.type])
            for each in columns
        ]
    )


def _table(data: bytes, schema: Any) -> Any:
    """Cells as COPY writes them: an empty one is NULL, a quoted empty one is text."""
    from pyarrow import csv, py_buffer

    return csv.read_csv(
        py_buffer(data),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=len(data)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
