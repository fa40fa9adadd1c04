"""Says in words where and why a value does not fit its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from labeling.kinds.base import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema import ValidationError

    from labeling.kinds.base import Json

_SHOWN: Final = 12


def path_of(parts: Iterable[str | int]) -> str:
    """`lines[2].amount`"""
    path = ""
    for part in parts:
        joint = "." if path else ""
        path += f"[{part}]" if isinstance(part, int) else f"{joint}{part[:64]}"
    return path


def problem(error: ValidationError) -> Problem:
    path = list(error.absolute_path)
    if error.validator == "required":
        return Problem(path_of([*path, error.message]), "is missing")
    if error.validator == "additionalProperties":
        known = ", ".join(list(error.schema["properties"])[:_SHOWN])
        text = f"is not known; there are: {known}"
        return Problem(path_of([*path, error.message]), text)
    return Problem(path_of(path), _words(str(error.validator), error.validator_value))


_TYPES: Final = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
}
_FORMATS: Final = {
    "date": "a date such as 2026-03-31",
    "date-time": "a date and time such as 2026-03-31T12:00:00Z",
    "email": "an e-mail address",
    "uri": "an address such as https://example.org/",
}


def _words(rule: str, wanted: Any) -> str:
    if rule == "type":
        names = wanted if isinstance(wanted, list) else [wanted]
        return f"must be {' or '.join(_TYPES[name] for name in names)}"
    if rule == "enum":
        more = " …" if len(wanted) > _SHOWN else ""
        return f"must be one of: {', '.join(map(_plain, wanted[:_SHOWN]))}{more}"
    if rule == "format":
        return f"must be {_FORMATS[wanted]}"
    said = wanted if rule == "pattern" else _plain(wanted)
    return _RULES[rule].format(said)


_RULES: Final = {
    "const": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "pattern": "must have the form {}",
}


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
