"""Checks the JSON Schema that a form is made from: a subset of draft 2020-12.

What is not in it is refused with its path, not ignored: a rule that is written and not held
would be worse than none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jsonschema import Draft202012Validator

from labeling.kinds.base import Problem
from labeling.kinds.wording import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labeling.kinds.base import Json

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
FORMATS: Final = ("date", "date-time", "email", "uri")
_SCALARS: Final = ("string", "number", "integer", "boolean", "null")
_TYPES: Final = ("object", "array", *_SCALARS)
_COMMON: Final = frozenset({"type", "title", "description", "default"})
_CHOSEN: Final = frozenset({"enum", "const"})
_NUMBERS: Final = frozenset({"minimum", "maximum", "multipleOf"})
# additionalProperties may be false, as nothing else is ever taken.
_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset(
        {"properties", "required", "additionalProperties", "propertyOrder"}
    ),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": _CHOSEN | {"minLength", "maxLength", "pattern", "format"},
    "number": _CHOSEN | _NUMBERS,
    "integer": _CHOSEN | _NUMBERS,
    "boolean": _CHOSEN,
    "null": _CHOSEN,
}
_EVER: Final = _COMMON.union(*_OF_TYPE.values())
_DEEPEST: Final = 8
_MOST_PROPERTIES: Final = 200
_MOST_CHOICES: Final = 500
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 2_000
_LONGEST_PATTERN: Final = 500


def check(schema: Json) -> list[Problem]:
    """What is wrong with the schema of a record; paths as in `properties.lines.items`."""
    if not isinstance(schema, dict):
        text = 'must be a JSON Schema such as {"type": "object", "properties": {…}}'
        return [Problem("", text)]
    plain = {key: value for key, value in schema.items() if key != "$schema"}
    if schema.get("$schema", DRAFT) != DRAFT:
        return [Problem("$schema", f"must be {DRAFT}, or left out")]
    if plain.get("type") != "object" or not plain.get("properties"):
        text = (
            "must have type “object” and at least one of properties: a form has inputs"
        )
        return [Problem("", text)]
    return list(_check(plain, deep=0)) or list(_broken(plain)) or _too_many(plain)


def type_of(schema: Mapping[str, Json]) -> str:
    """The one type beside null that values have; "null" if there is none beside it."""
    given = schema["type"]
    names = [str(name) for name in given] if isinstance(given, list) else [str(given)]
    return next((name for name in names if name != "null"), "null")


def properties_of(schema: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    found = schema.get("properties")
    return _schemas(found) if isinstance(found, dict) else {}


def ordered(schema: Mapping[str, Json]) -> dict[str, Json]:
    """The schema with the order of its properties written out, at every depth.

    The database keeps the keys of an object in an order of its own.
    """
    plain = dict(schema)
    known = properties_of(schema)
    if known:
        given = schema.get("propertyOrder")
        first = [str(name) for name in given] if isinstance(given, list) else []
        order = dict.fromkeys(name for name in (*first, *known) if name in known)
        plain["properties"] = {name: ordered(known[name]) for name in order}
        plain["propertyOrder"] = [*order]
    if isinstance(schema.get("items"), dict):
        plain["items"] = ordered(items_of(schema))
    return plain


def required_of(schema: Mapping[str, Json]) -> frozenset[str]:
    found = schema.get("required")
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def items_of(schema: Mapping[str, Json]) -> dict[str, Json]:
    found = schema["items"]
    return found if isinstance(found, dict) else {}


def _schemas(found: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def _check(schema: Json, *, deep: int) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        yield Problem("", 'must be an object such as {"type": "string"}')
    elif deep > _DEEPEST:
        yield Problem("", f"stands more than {_DEEPEST} deep; a form can show no more")
    elif wrong := _wrong_type(schema.get("type")):
        yield from _check_known(schema, _EVER)
        yield Problem("type", wrong)
    else:
        yield from _check_keys(schema)
        yield from _check_words(schema)
        yield from _check_choices(schema)
        yield from _check_inside(schema, deep=deep)


def _wrong_type(given: Json) -> str | None:
    if given is None:
        return f"is missing; use one of: {', '.join(_TYPES)}"
    names = given if isinstance(given, list) else [given]
    if not all(name in _TYPES for name in names):
        return f"must be one of: {', '.join(_TYPES)}"
    if len(names) == 1:
        return None
    beside = [name for name in names if name != "null"]
    if len(names) != 2 or len(beside) != 1:
        return "must be one type, or one beside “null”: a form has one input for it"
    if beside[0] in ("object", "array"):
        return (
            "must be one type: a list or an object that may be missing is not required"
        )
    return None


def _check_keys(schema: Mapping[str, Json]) -> Iterator[Problem]:
    yield from _check_known(schema, _COMMON | _OF_TYPE[type_of(schema)])
    if schema.get("additionalProperties", False) is not False:
        text = "must be false, or left out: only the properties listed are asked"
        yield Problem("additionalProperties", text)
    form = schema.get("format")
    if form is not None and form not in FORMATS:
        yield Problem("format", f"must be one of: {', '.join(FORMATS)}")
    pattern = schema.get("pattern")
    if pattern is not None and (wrong := _wrong_pattern(pattern)):
        yield Problem("pattern", wrong)


def _check_known(
    schema: Mapping[str, Json], allowed: frozenset[str]
) -> Iterator[Problem]:
    known = ", ".join(sorted(allowed))
    for key in schema:
        if key not in allowed:
            yield Problem(key[:64], f"is not supported here; use: {known}")


def _wrong_pattern(pattern: Json) -> str | None:
    if wrong := wrong_with_text(pattern, longest=_LONGEST_PATTERN):
        return wrong
    try:
        re.compile(str(pattern))
    except re.error as error:
        return f"is no regular expression: {error}"
    return None


def _check_words(schema: Mapping[str, Json]) -> Iterator[Problem]:
    longest = {"title": _LONGEST_TITLE, "description": _LONGEST_TEXT}
    for key, most in longest.items():
        if key in schema and (wrong := wrong_with_text(schema[key], longest=most)):
            yield Problem(key, wrong)


def _check_choices(schema: Mapping[str, Json]) -> Iterator[Problem]:
    offered = schema.get("enum", [])
    if not isinstance(offered, list) or len(offered) > _MOST_CHOICES:
        yield Problem("enum", f"must be a list of at most {_MOST_CHOICES} values")
        return
    if "enum" in schema and not offered:
        yield Problem("enum", "must have at least one value")
    plain = Draft202012Validator({"type": schema["type"]})
    for at, each in enumerate(offered):
        if not plain.is_valid(each):
            yield Problem(f"enum[{at}]", f"must be of type {type_of(schema)}")
        elif offered.index(each) != at:
            yield Problem(f"enum[{at}]", f"is already enum[{offered.index(each)}]")
    if "const" in schema and not plain.is_valid(schema["const"]):
        yield Problem("const", f"must be of type {type_of(schema)}")


def _check_inside(schema: Mapping[str, Json], *, deep: int) -> Iterator[Problem]:
    kind = type_of(schema)
    if kind == "array":
        if "items" not in schema:
            yield Problem("items", 'is missing; say of what, {"type": "string"}')
        else:
            yield from _under("items", _check(schema["items"], deep=deep + 1))
    if kind == "object":
        yield from _check_properties(schema, deep=deep)


def _check_properties(schema: Mapping[str, Json], *, deep: int) -> Iterator[Problem]:
    given, required = schema.get("properties"), schema.get("required", [])
    order = schema.get("propertyOrder", [])
    if not (isinstance(order, list) and all(isinstance(each, str) for each in order)):
        yield Problem("propertyOrder", "must be a list of names of properties")
    if not isinstance(given, dict) or not given:
        yield Problem("properties", "must be an object: name to schema, at least one")
        return
    for name, inner in given.items():
        path = f"properties.{name[:64]}"
        if wrong := wrong_with_id(name) or _wrong_in_path(name):
            yield Problem(path, f"the name {wrong}")
        yield from _under(path, _check(inner, deep=deep + 1))
    if not isinstance(required, list):
        yield Problem("required", "must be a list of names of properties")
        return
    for at, each in enumerate(required):
        if each not in given:
            yield Problem(f"required[{at}]", f"“{str(each)[:64]}” is no property")


def _wrong_in_path(name: str) -> str | None:
    taken = set(name) & set(".[]")
    return (
        "must not have . [ or ] in it: paths are written with them" if taken else None
    )


def _under(path: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    return (problem.under(path) for problem in problems)


def _broken(schema: Json) -> Iterator[Problem]:
    """What the draft itself says of the values of keys, such as a length below 0."""
    judge = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    for error in judge.iter_errors(schema):
        path = ".".join(str(part) for part in error.absolute_path)
        yield Problem(path, f"is not valid in a JSON Schema: {error.message[:200]}")


def _too_many(schema: Mapping[str, Json]) -> list[Problem]:
    count = _count(schema)
    if count <= _MOST_PROPERTIES:
        return []
    return [
        Problem("", f"must have at most {_MOST_PROPERTIES} properties, it has {count}")
    ]


def _count(schema: Mapping[str, Json]) -> int:
    if type_of(schema) == "array":
        return _count(items_of(schema))
    inner = properties_of(schema).values()
    return len(inner) + sum(_count(each) for each in inner)
