"""Lists, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def page(
    rows: Iterable[Row], params: Mapping[str, Any], key: str, name: str = ""
) -> dict[str, Any]:
    """Return one page under `key`: sorted as asked, the newest first unless told.

    `name` is the field that SortBy=Name means; the token is where a page begins.
    """
    by: dict[str, Callable[[Row], Any]] = {"Name": lambda row: row[name]}
    newest = by.get(params.get("SortBy", ""), lambda row: row["CreationTime"])
    order = params.get("SortOrder", params.get("OrderKey", "Descending"))
    found = sorted(rows, key=newest, reverse=order == "Descending")
    begin = int(params.get("NextToken", "0"))
    end = begin + params.get("MaxResults", 10)
    rest = {"NextToken": str(end)} if end < len(found) else {}
    return {key: found[begin:end], **rest}


def is_wanted(row: Row, params: Mapping[str, Any], name: str, status: str = "") -> bool:
    """Tell whether a row fits the filters that all lists have."""
    at = row["CreationTime"].timestamp()
    return (
        params.get("NameContains", "") in row[name]
        and params.get("StatusEquals", row.get(status)) == row.get(status)
        and at > params.get("CreationTimeAfter", 0)
        and at < params.get("CreationTimeBefore", float("inf"))
    )


def only(row: Row, *fields: str) -> dict[str, Any]:
    return {field: row[field] for field in fields if field in row}
