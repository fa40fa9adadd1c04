"""Type `table`: rows under named columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 200
_SHAPE: Final = (
    'must be a list of rows such as [{"item": "Lamp", "price": 12.5}], '
    'or {"columns": ["item", "price"], "rows": [["Lamp", 12.5]]}'
)
_CELL: Final = "must be text, a number, true, false or null"


class Table(FieldType):
    """A list of objects, or columns and rows of cells."""

    sample: ClassVar[Json] = [
        {"item": "Lamp", "price": 12.5},
        {"item": "Shade", "price": 4},
    ]

    def wrong(self, field: Field, value: Json) -> str | None:
        if isinstance(value, list):
            return _wrong_objects(value)
        if isinstance(value, dict) and set(value) == {"columns", "rows"}:
            return _wrong_columns(value["columns"]) or _wrong_rows(value)
        return _SHAPE


def _wrong_objects(rows: list[Json]) -> str | None:
    if not rows or len(rows) > MOST_ROWS:
        return f"must have 1 to {MOST_ROWS} rows, it has {len(rows)}"
    columns: set[str] = set()
    for at, row in enumerate(rows):
        if not isinstance(row, dict) or not row:
            return f"[{at}] must be an object: column to cell"
        for column, cell in row.items():
            if isinstance(cell, list | dict):
                return f"[{at}].{column[:64]} {_CELL}"
        columns.update(row)
    if len(columns) > MOST_COLUMNS:
        return f"must have at most {MOST_COLUMNS} columns, it has {len(columns)}"
    return None


def _wrong_columns(columns: Json) -> str | None:
    if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_COLUMNS:
        return f"columns must be a list of 1 to {MOST_COLUMNS} names"
    for at, column in enumerate(columns):
        if not isinstance(column, str) or not column.strip():
            return f"columns[{at}] must be text that is not empty"
        if columns.index(column) != at:
            return f"columns[{at}] “{column[:64]}” is already columns[{columns.index(column)}]"
    return None


def _wrong_rows(table: dict[str, Json]) -> str | None:
    columns, rows = table["columns"], table["rows"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        return f"rows must be a list of 1 to {MOST_ROWS} rows"
    wide = len(columns) if isinstance(columns, list) else 0
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != wide:
            return f"rows[{at}] must be a list of {wide} cells, one for each column"
        for place, cell in enumerate(row):
            if isinstance(cell, list | dict):
                return f"rows[{at}][{place}] {_CELL}"
    return None
