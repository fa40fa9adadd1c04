"""Values of a record: what is wrong with one, and its normal form."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from labeling.kinds.base import Problem
from labeling.kinds.record import formats, schemas, words
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labeling.kinds.base import Json

LONGEST_TEXT: Final = 20_000
_MOST_LEAVES: Final = 10_000
_DEEPEST: Final = 40
# Digits beyond these are noise of binary fractions: 0.1 + 0.2 is 0.3.
_DIGITS: Final = 12
# Browsers count whole numbers exactly up to here.
_LARGEST: Final = 2**53 - 1


def normal(schema: Json, value: Json) -> Json:
    """Without what is optional and empty; whole numbers as such, others without noise."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        return _normal_object(schema, value)
    if isinstance(value, list) and schemas.type_of(schema) == "array":
        return [normal(schema["items"], each) for each in value]
    return _normal_number(value) if isinstance(value, float) else value


def _normal_object(schema: dict[str, Json], value: dict[str, Json]) -> Json:
    if schemas.type_of(schema) != "object":
        return value
    known, required = schemas.properties_of(schema), schemas.required_of(schema)
    tidy = {key: normal(known.get(key), each) for key, each in value.items()}
    return {
        key: each
        for key, each in tidy.items()
        if key in required or key not in known or each not in ("", [], {})
    }


def _normal_number(value: float) -> Json:
    if not math.isfinite(value):
        return value
    rounded = float(f"{value:.{_DIGITS}g}")
    whole = rounded.is_integer() and abs(rounded) <= _LARGEST
    return int(rounded) if whole else rounded


def check(schema: Json, value: Json) -> list[Problem]:
    """What is wrong with a value, each with the path of its leaf (`lines[2].amount`)."""
    if not isinstance(value, dict):
        return [Problem("", "must be an object: name to value")]
    if wrong := list(_unkeepable("", value, deep=0)):
        return wrong
    judge = _judge(msgspec.json.encode(schema))
    errors = judge.iter_errors(normal(schema, value))
    found = sorted(errors, key=lambda error: [str(p) for p in error.absolute_path])
    return [words.problem(error) for error in found]


def _unkeepable(path: str, value: Json, *, deep: int) -> Iterator[Problem]:
    """What could not be stored, or not be shown exactly."""
    if deep > _DEEPEST:
        yield Problem(path, "is nested too deeply")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if wrong := wrong_with_text(key, longest=64):
                yield Problem(path, f"has a name that {wrong}")
            at = f"{path}.{key[:64]}" if path else key[:64]
            yield from _unkeepable(at, inner, deep=deep + 1)
    elif isinstance(value, list):
        if len(value) > _MOST_LEAVES:
            yield Problem(path, f"must have at most {_MOST_LEAVES} items")
            return
        for place, inner in enumerate(value):
            yield from _unkeepable(f"{path}[{place}]", inner, deep=deep + 1)
    elif wrong_leaf := _wrong_leaf(value):
        yield Problem(path, wrong_leaf)


def _wrong_leaf(value: Json) -> str | None:
    if isinstance(value, str):
        return wrong_with_text(value, longest=LONGEST_TEXT) if value.strip() else None
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    if not math.isfinite(value):
        return "must be a number, not infinity or NaN"
    if abs(value) > _LARGEST:
        return "is too large to be kept exactly"
    return None


def _multiple(
    _judge: Any, step: float, value: object, _schema: Any
) -> Iterator[ValidationError]:
    """In decimals: 19.99 is a multiple of 0.01, whatever binary fractions make of it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    try:
        rest = Decimal(repr(value)) % Decimal(repr(step))
    except InvalidOperation:
        # more steps than a decimal has digits: nobody can tell
        return
    if rest:
        yield ValidationError("")


def _required(
    _judge: Any, names: list[str], value: object, _schema: Any
) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        yield from (ValidationError(name) for name in names if name not in value)


def _nothing_else(
    _judge: Any, _no: object, value: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        unknown = [key for key in value if key not in schema["properties"]]
        yield from (ValidationError(key) for key in unknown)


_Judge: Final = extend(
    Draft202012Validator,
    {
        "multipleOf": _multiple,
        "required": _required,
        "additionalProperties": _nothing_else,
    },
)


@lru_cache(maxsize=256)
def _judge(schema: bytes) -> Any:
    return _Judge(_closed(msgspec.json.decode(schema)), format_checker=formats.CHECKER)


def _closed(schema: Any) -> Any:
    """The schema, in which no object may have other properties than those it lists."""
    if not isinstance(schema, dict):
        return schema
    inner = {**schema}
    if "items" in schema:
        inner["items"] = _closed(schema["items"])
    if "properties" in schema:
        parts = schema["properties"].items()
        inner["properties"] = {name: _closed(each) for name, each in parts}
        inner["additionalProperties"] = False
    return inner
