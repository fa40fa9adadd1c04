"""Values that fit a schema of a record: of each property one, of each list as few as may be."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from labeling.kinds import numbers
from labeling.kinds.checks import is_number, is_whole
from labeling.kinds.record import patterns, schemas, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labeling.kinds.base import Json

_TEXT: Final = "Text"
# Bytes; a list that must have more is shown to nobody as a sample.
_LARGEST: Final = 100_000
_OF_FORMAT: Final[Mapping[str, str]] = {
    "date": "2026-03-31",
    "date-time": "2026-03-31T12:00:00Z",
    "email": "ada@example.org",
    "uri": "https://example.org/",
}


def fitting(schema: Json) -> Iterator[Json]:
    """Values that fit, the likeliest first; none where none is found."""
    if not isinstance(schema, dict):
        return
    for each in _tries(schema):
        if _fits(schema, each):
            yield each


def _fits(schema: Mapping[str, Json], value: Json) -> bool:
    # only objects are checked: it stands in one
    around: Json = {"type": "object", "properties": {"it": {**schema}}}
    return not values.check(around, {"it": value})


def _tries(schema: Mapping[str, Json]) -> Iterator[Json]:
    offered = schema.get("enum")
    yield from (schema[key] for key in ("default", "const") if key in schema)
    yield from offered if isinstance(offered, list) else ()
    yield from _OF_TYPE[schemas.type_of(schema)](schema)
    yield None


def _objects(schema: Mapping[str, Json]) -> Iterator[Json]:
    required = schemas.required_of(schema)
    found = {
        name: next(fitting(each), None)
        for name, each in schemas.properties_of(schema).items()
    }
    yield {
        name: each
        for name, each in found.items()
        if each is not None or name in required
    }


def _lists(schema: Mapping[str, Json]) -> Iterator[Json]:
    fewest = schema.get("minItems", 0)
    count = max(int(fewest) if is_number(fewest) else 0, 1)
    for item in islice(fitting(schema["items"]), 1):
        if len(msgspec.json.encode(item)) * count <= _LARGEST:
            yield [item] * count
    yield []


def _texts(schema: Mapping[str, Json]) -> Iterator[Json]:
    named = schema.get("title")
    likely = [_OF_FORMAT.get(str(schema.get("format")), named or _TEXT), _TEXT]
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        likely = [*patterns.matching(pattern), *likely]
    fewest, most = schema.get("minLength", 0), schema.get("maxLength")
    for each in map(str, likely):
        yield each
        if is_whole(fewest):
            yield each.ljust(min(fewest, values.LONGEST_TEXT), "x")
        if is_whole(most):
            yield each[:most]


def _numbers(schema: Mapping[str, Json]) -> Iterator[Json]:
    limits = (schema.get(key) for key in ("minimum", "maximum", "multipleOf"))
    low, high, step = (each if is_number(each) else None for each in limits)
    return numbers.tries(low, high, step)


_OF_TYPE: Final[Mapping[str, Any]] = {
    "object": _objects,
    "array": _lists,
    "string": _texts,
    "number": _numbers,
    "integer": _numbers,
    "boolean": lambda _schema: iter([True, False]),
    "null": lambda _schema: iter([None]),
}
