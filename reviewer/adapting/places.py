"""Where in a part something stands: `{json: predictions[0].score}`, `{csv: 2}` and so on."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from reviewer.adapting.bodies import Part, Unread

JSON, CSV, BODY, BASE64 = "json", "csv", "body", "base64"
ALL: Final = "*"
IMAGES: Final = ("image/png", "image/jpeg", "image/webp")
_STEP: Final = re.compile(
    r'\.?(?P<key>[A-Za-z_][\w-]*)|\[(?P<index>-?\d{1,6})\]|\["(?P<quoted>[^"]*)"\]'
)
_FORM: Final = (
    "must be a place: {json: path}, {csv: column}, {body: text} or {base64: image/png}"
)
_SHOWN: Final = 60
Column = int | str
Read = Callable[[Part], Any]


class Place(msgspec.Struct, frozen=True):
    """What kind of place it is, and how it is read; `Unread` names the adapter's key."""

    kind: str
    read: Read


def wrong(given: object, kinds: tuple[str, ...]) -> str | None:
    """Why this is no place; None when it is one."""
    if not isinstance(given, dict) or len(given) != 1:
        return _FORM
    ((kind, value),) = given.items()
    if kind not in kinds:
        return f"must be one of: {', '.join(kinds)}"
    if kind == JSON:
        return _wrong_path(value)
    if kind == CSV:
        return _wrong_columns(value)
    if kind == BODY:
        return None if value == "text" else "must be {body: text}"
    return None if value in IMAGES else f"must be one of: {', '.join(IMAGES)}"


def compiled(given: dict[str, Any], where: str) -> Place:
    """For a place that is not wrong."""
    ((kind, value),) = given.items()
    makers = {JSON: _json, CSV: _csv, BODY: _body, BASE64: _base64}
    return Place(kind, makers[kind](value, where))


def path_of(text: str) -> tuple[Column, ...]:
    """`a.b[0]["c d"]` as keys and indexes; ValueError says where it cannot be read."""
    steps: list[Column] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or (at == 0 and text.startswith(".")):
            raise ValueError(f"cannot be read from “{text[at : at + 20]}” on")
        key, index, quoted = found.group("key", "index", "quoted")
        steps.append(int(index) if index else key or quoted or "")
        at = found.end()
    return tuple(steps)


def follow(value: Any, path: tuple[Column, ...], where: str) -> Any:
    """What stands at the path."""
    for at, step in enumerate(path):
        # a text has an index, too
        if value.__class__ is str:
            raise Unread(where, _absent(path, at, value))
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError) as error:
            raise Unread(where, _absent(path, at, value)) from error
    return value


def _absent(path: tuple[Column, ...], at: int, value: Any) -> str:
    step, above = path[at], told(path[:at])
    if isinstance(value, dict):
        keys = ", ".join(map(str, list(value)[:8])) or "nothing"
        return f"there is no “{step}” {above}; there are: {keys}"
    if isinstance(value, list):
        return f"there is no [{step}] {above}: it is a list of {len(value)}"
    return f"there is no “{step}” {above}: it is {shown(value)}"


def told(path: tuple[Column, ...]) -> str:
    """A path in words, to stand in a sentence."""
    text = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path)
    return f"in {text.lstrip('.')}" if path else "at the top"


def shown(value: Any) -> str:
    """A value, short enough for a sentence."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _wrong_path(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be a path such as predictions[0].label"
    try:
        path_of(value)
    except ValueError as error:
        return f"must be a path such as predictions[0].label; it {error}"
    return None


def _wrong_columns(value: object) -> str | None:
    columns = value if isinstance(value, list) else [value]
    good = all(isinstance(c, int | str) and c is not True for c in columns)
    if columns and good and "" not in columns:
        return None
    return "must be a column's number from 0, its name, a list of them, or *"


def _json(path: str, where: str) -> Read:
    steps = path_of(path)
    return lambda part: follow(part.json, steps, where)


def _csv(value: Any, where: str) -> Read:
    if value == ALL:
        return lambda part: part.cells
    if isinstance(value, list):
        return lambda part: [_cell(part, column, where) for column in value]
    return lambda part: _cell(part, value, where)


def _cell(part: Part, column: Column, where: str) -> str:
    cells, names = part.cells or [], part.names or {}
    if isinstance(column, str):
        if column not in names:
            known = ", ".join(list(names)[:8]) or "none, since header is not set"
            raise Unread(where, f"there is no column “{column}”; there are: {known}")
        column = names[column]
    try:
        return cells[column]
    except IndexError as error:
        text = f"there is no column {column}: the line has {len(cells)}"
        raise Unread(where, text) from error


def _body(_value: Any, where: str) -> Read:
    return lambda part: part.body.as_text(where)


def _base64(value: str, where: str) -> Read:
    def read(part: Part) -> str:
        data = part.body.as_bytes()
        if not data:
            raise Unread(where, "is empty; there is no picture")
        return f"data:{value};base64,{base64.b64encode(data).decode()}"

    return read
