"""Sorts lines that are told with their hour into one heap for each hour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reviewer.exports.rows import DELIMITER

if TYPE_CHECKING:
    from reviewer.exports.reading import Chunk


def sorted_out(chunks: Iterable[Chunk]) -> dict[str, list[bytes]]:
    """Hour, as its folder is called, to the lines of that hour in their order."""
    found: dict[str, list[bytes]] = {}
    for chunk in chunks:
        for line in chunk.data.splitlines(keepends=True):
            hour, _, rest = line.partition(DELIMITER)
            found.setdefault(hour.decode(), []).append(rest)
    return found
