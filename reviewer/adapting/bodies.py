"""A request's or an answer's body, and its parts: one for each prediction in it."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

# A cell may be as long as a whole document.
csv.field_size_limit(2**26)
_LINES = ("jsonlines", "ndjson")
_NUL = ("\0", "\\u0000")


class Unread(Exception):
    """A body is not as the adapter says; `where` is the adapter's key that tells of it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where, self.problem = where, problem


class Body(msgspec.Struct, frozen=True):
    """As it went over the wire; text where whoever kept it knew that it is text."""

    data: bytes | str
    type: str = ""

    def as_bytes(self) -> bytes:
        return self.data.encode() if isinstance(self.data, str) else self.data

    def as_text(self, where: str) -> str:
        """PostgreSQL cannot keep the character U+0000, so it is refused here."""
        try:
            text = self.data if isinstance(self.data, str) else self.data.decode()
        except UnicodeDecodeError as error:
            raise Unread(where, f"is no text in UTF-8 (byte {error.start})") from error
        if any(nul in text for nul in _NUL):
            raise Unread(where, "holds the character U+0000; take it out")
        return text


class Part(msgspec.Struct, frozen=True):
    """What belongs to one prediction; `names` tells columns of a header by name."""

    body: Body
    json: Any = None
    cells: list[str] | None = None
    names: dict[str, int] | None = None


def whole(body: Body) -> list[Part]:
    return [Part(body)]


def json_parts(body: Body, where: str) -> list[Part]:
    """The document; of JSON lines, each of them."""
    text = body.as_text(where)
    if not any(word in body.type for word in _LINES):
        return [Part(body, _decoded(text, where))]
    lines = [line for line in text.split("\n") if line.strip()]
    return [Part(body, _decoded(line, where)) for line in lines]


def _decoded(text: str, where: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unread(where, f"is not JSON: {error}") from error


def csv_parts(body: Body, where: str, *, header: bool) -> list[Part]:
    """Each line that is not empty, without the header."""
    rows = _rows(body.as_text(where), where)
    if not header:
        return [Part(body, cells=cells) for cells in rows]
    if not rows:
        raise Unread(where, "is empty; a header was to come first")
    names = {name.strip(): at for at, name in enumerate(rows[0])}
    return [Part(body, cells=cells, names=names) for cells in rows[1:]]


def _rows(text: str, where: str) -> list[list[str]]:
    if '"' not in text:
        lines = (line.rstrip("\r") for line in text.split("\n"))
        return [line.split(",") for line in lines if line]
    try:
        found = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [cells for cells in found if cells]
    except csv.Error as error:
        raise Unread(where, f"is not CSV: {error}") from error
