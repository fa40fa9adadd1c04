"""Checks values against AWS's own description of a service, more strictly than boto3.

boto3 checks what is required, types and minima, and leaves the rest to the service:
maxima, patterns and lists of allowed values. Those are checked here.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.validate import ParamValidator

# Java's names of characters, as far as a class of the service models needs them
ASCII = {"ASCII": r"\x00-\x7F", "Alnum": "A-Za-z0-9", "Print": " -~", "Graph": "!-~"}
SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"
CLASS_OR_NAME = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\p\{(\w+)\}")
REST_OF_UNICODE = r"\U00010000-\U0010FFFF"


def problems(shape: Any, value: Any) -> list[str]:
    """Return everything about a request (or an answer) that AWS would not take."""
    report = ParamValidator().validate(value, shape)
    # after a wrong type there is nothing further to look at
    return (
        [report.generate_report()] if report.has_errors() else list(walk(shape, value))
    )


def walk(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Yield what breaks a maximum, a pattern or a list of allowed values."""
    if value is None:
        return
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        for name in value:
            if name in shape.members:
                yield from walk(shape.members[name], value[name], _below(path, name))
    elif kind == "map" and isinstance(value, Mapping):
        yield from _at_most(shape, len(value), value, path)
        for key, each in value.items():
            yield from walk(shape.key, key, path)
            yield from walk(shape.value, each, _below(path, str(key)))
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _at_most(shape, len(value), value, path)
        for index, each in enumerate(value, 1):
            yield from walk(shape.member, each, f"{path}.{index}.member")
    elif kind == "string" and isinstance(value, str):
        yield from _text(shape, value, path)
    elif kind == "blob" and isinstance(value, bytes | bytearray):
        yield from _at_most(shape, len(value), f"{len(value)} bytes", path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _at_most(shape, value, value, path)


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _at_most(shape, len(value), value, path)
    if shape.enum and value not in shape.enum:
        yield _broken(value, path, f"Member must satisfy enum value set: {shape.enum}")
    pattern = shape.metadata.get("pattern")
    if pattern and not python_pattern(pattern).fullmatch(value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield _broken(value, path, rule)


def _at_most(shape: Any, size: float, value: object, path: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is None or size <= most:
        return
    word = "value" if isinstance(value, int | float) else "length"
    yield _broken(value, path, f"Member must have {word} less than or equal to {most}")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _broken(value: object, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"


@cache
def python_pattern(pattern: str) -> re.Pattern[str]:
    """Read a pattern written for Java."""
    text = pattern.replace(SURROGATES, REST_OF_UNICODE)
    text = text.replace(r"\u10000-\u10FFFF", REST_OF_UNICODE).replace(r"\z", r"\Z")
    # an end of text is an end of text, however often it is asked for
    text = re.sub(r"\$\{\d+,\d+\}", "$", text)
    return re.compile(re.sub(CLASS_OR_NAME, _python, text))


def _python(found: re.Match[str]) -> str:
    """Rewrite a class, or a named one that stands alone."""
    if found[1]:
        return f"[{_named(found[1])}]"
    inner = re.sub(r"\\p\{(\w+)\}", lambda name: _named(name[1]), found[0])
    # a hyphen after a class is a hyphen
    return inner.replace(r"\w-", r"\w\-")


def _named(name: str) -> str:
    return ASCII[name] if name in ASCII else _categories()[name]


@cache
def _categories() -> dict[str, str]:
    """Return all characters of Unicode's categories (L, Zs, …) as ranges of a class."""
    ranges: dict[str, list[list[int]]] = {}
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        for name in (category, category[0]):
            found = ranges.setdefault(name, [])
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return {
        name: "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in found)
        for name, found in ranges.items()
    }
