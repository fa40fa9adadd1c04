"""Reads a map that people wrote by hand and notes every problem, not only the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from projects.refused import DoesNotFit, FieldProblem

SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")


# What is wrong with a value, "" where nothing is.
Wrong = Callable[[object], str]


def one_of(names: Sequence[str]) -> Wrong:
    return lambda value: "" if value in names else f"must be one of: {', '.join(names)}"


def whole(low: int, high: int) -> Wrong:
    def wrong(value: object) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool)
        fits = fits and low <= int(str(value)) <= high
        return "" if fits else f"must be a whole number from {low} to {high:,}"

    return wrong


class Problems(list[FieldProblem]):
    """What is wrong, each with the path of its key."""

    def say(self, field: str, problem: str) -> None:
        self.append(FieldProblem(field=field, problem=problem))


def under(path: str, problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """The same problems seen from one level higher."""
    return [{**each, "field": _join(path, each["field"])} for each in problems]


def _join(path: str, field: str) -> str:
    if not path or not field:
        return path or field
    return f"{path}{field}" if field.startswith("[") else f"{path}.{field}"


def refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise DoesNotFit("It cannot be set up like this.", errors=problems)


def in_list(given: object, path: str) -> tuple[list[object], list[FieldProblem]]:
    if isinstance(given, list):
        return given, []
    return [], [{"field": path, "problem": "must be a list"}]


def repeated(names: Sequence[str], key: str = "name") -> list[FieldProblem]:
    """Names of a list that were given before; empty ones are told elsewhere."""
    return [
        {
            "field": f"[{at}].{key}",
            "problem": f"“{name}” is already [{names.index(name)}]",
        }
        for at, name in enumerate(names)
        if name and names.index(name) != at
    ]


class Shape:
    """One map; each reader returns the value, or a default when it had to complain."""

    def __init__(self, given: object, known: Sequence[str]) -> None:
        self.problems: list[FieldProblem] = []
        self._given: dict[str, Any] = given if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.blame("", f"must be a map with the keys {', '.join(known)}")
        for key in self._given:
            if key not in known:
                self.blame(str(key)[:64], f"is not known; use: {', '.join(known)}")

    def blame(self, key: str, problem: str) -> None:
        self.problems.append({"field": key, "problem": problem})

    def has(self, key: str) -> bool:
        return key in self._given

    def get(self, key: str) -> Any:
        return self._given.get(key)

    def slug(self, key: str, *, longest: int, default: str | None = None) -> str:
        value = self._value(key, default)
        if isinstance(value, str) and SLUG.fullmatch(value) and len(value) <= longest:
            return value
        if value is not None:
            problem = f"must be letters, digits, - and _, at most {longest} of them"
            self.blame(key, problem)
        return default or ""

    def text(self, key: str, *, longest: int, default: str | None = None) -> str:
        value = self._value(key, default)
        if isinstance(value, str) and "\0" not in value:
            if len(value) <= longest and (value.strip() or default == ""):
                return value.strip()
            problem = "must not be empty"
            if value.strip():
                problem = f"must have at most {longest} characters"
            self.blame(key, problem)
        elif value is not None:
            self.blame(key, "must be text; put it into quotes")
        return default or ""

    def whole(self, key: str, *, low: int, high: int, default: int) -> int:
        value = self._given.get(key, default)
        if isinstance(value, int) and value is not True and low <= value <= high:
            return int(value)
        self.blame(key, f"must be {low} to {high}")
        return default

    def whole_or_none(self, key: str, *, low: int, high: int) -> int | None:
        """A whole number, or None where it is left out or null."""
        if self._given.get(key) is None:
            return None
        return self.whole(key, low=low, high=high, default=low)

    def share(self, key: str, default: float) -> float:
        value = self._given.get(key, default)
        if isinstance(value, int | float) and value is not True and 0 <= value <= 1:
            return float(value)
        self.blame(key, "must be a number from 0 to 1")
        return default

    def one_of(self, key: str, known: Sequence[str], default: str | None = None) -> str:
        value = self._value(key, default)
        if value in known:
            return str(value)
        if value is not None:
            self.blame(key, f"must be one of: {', '.join(known)}")
        return default or ""

    def _value(self, key: str, default: str | None) -> object:
        if self._given.get(key) is not None:
            return self._given[key]
        if default is None and not any(not each["field"] for each in self.problems):
            self.blame(key, "is missing")
        return default
