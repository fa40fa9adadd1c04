"""Writes rows of a snapshot as Parquet; nested values become JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

_TEXT: Final = ("payload", "group", "side", "source", "left_out", "label")
_JSON: Final = ("input", "answer")
_NUMBERS: Final = ("weight", "drawn", "pi")
_CHUNK: Final = 10_000


def write(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    # pyarrow takes a third of a second to import: only where a file is written
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("gold", pa.int64()),
            *((name, pa.string()) for name in (*_TEXT, *_JSON)),
            *((name, pa.float64()) for name in _NUMBERS),
        ]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for chunk in _chunks(rows):
            columns = [_flat(row) for row in chunk]
            writer.write_table(pa.Table.from_pylist(columns, schema=schema))


def _chunks(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: row[name] for name in ("gold", *_TEXT, *_NUMBERS)}
    label = row["label"]
    plain["label"] = label if isinstance(label, str) else _json(label)
    return {**plain, **{name: _json(row[name]) for name in _JSON}}


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
