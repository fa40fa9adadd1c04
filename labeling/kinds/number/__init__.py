"""Kind `number`: a number that people type. A value is that number, whole ones as integers."""

from __future__ import annotations

from statistics import median, median_low
from typing import TYPE_CHECKING, ClassVar

from labeling.kinds import numbers
from labeling.kinds.base import Problem
from labeling.kinds.checks import check_switch, check_words, is_number
from labeling.kinds.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question

# up to here a page's numbers are exact
_LARGEST = 10**15
_DIGITS = 15
_ROUNDING = 1e-6


class Number(Kind):
    """A number within its limits, on its steps, with a unit."""

    keys: ClassVar[frozenset[str]] = frozenset(
        {"min", "max", "step", "unit", "integer", "tolerance"}
    )

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = [*check_words(question, "unit"), *check_switch(question, "integer")]
        for key in ("min", "max", "step", "tolerance"):
            given = question.get(key, 0)
            if not is_number(given) or abs(given) > _LARGEST:
                found.append(Problem(key, "must be a number"))
        return found or _check_together(question)

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if not is_number(value) or abs(value) > _LARGEST:
            return [Problem("", "must be a number, at most 10¹⁵")]
        wrong = _out_of_limits(question, plain(value)) or _off_steps(question, value)
        return [Problem("", wrong)] if wrong else []

    def normal(self, question: Question, value: Json) -> Json:
        return plain(value) if is_number(value) else value

    def alike(self, question: Question, a: Json, b: Json) -> float:
        if not is_number(a) or not is_number(b):
            return 0.0
        low, high = _setting(question, "min"), _setting(question, "max")
        if a == b:
            return 1.0
        scale = max(abs(a), abs(b))
        if low is not None and high is not None:
            scale = high - low
        return max(0.0, 1 - abs(a - b) / scale)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        low, high = _setting(question, "min"), _setting(question, "max")
        step = _setting(question, "step")
        tries = numbers.tries(low, high, step, start=low or 0)
        return next((n for n in tries if not self.check_value(question, n)), None)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        """The median, when more than half of `among` are within `tolerance` of it."""
        said = [each for each in values if is_number(each)]
        if not said:
            return None
        middle = plain(median(said))
        if self.check_value(question, middle):
            # between two answers, and none itself
            middle = plain(median_low(said))
        near = (_setting(question, "tolerance") or 0) * (1 + _ROUNDING)
        close = sum(abs(each - middle) <= near for each in said)
        return middle if close * 2 > among else None


def plain(value: float) -> int | float:
    """The number in fifteen digits; an integer where it is whole."""
    if isinstance(value, int):
        return value
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _setting(question: Question, key: str) -> int | float | None:
    given = question.settings.get(key)
    return plain(given) if is_number(given) else None


def _out_of_limits(question: Question, value: float) -> str | None:
    low, high = _setting(question, "min"), _setting(question, "max")
    if low is not None and value < low:
        return f"must be at least {low}, it is {value}"
    if high is not None and value > high:
        return f"must be at most {high}, it is {value}"
    return None


def _off_steps(question: Question, value: float) -> str | None:
    if question.settings.get("integer") and plain(value) != int(value):
        return "must be a whole number"
    step, start = _setting(question, "step"), _setting(question, "min") or 0
    if step is None:
        return None
    steps = (value - start) / step
    if abs(steps - round(steps)) <= _ROUNDING:
        return None
    return f"must be {start} and any number of steps of {step}"


def _check_together(question: Mapping[str, Json]) -> list[Problem]:
    low, high, step = (question.get(key) for key in ("min", "max", "step"))
    if is_number(low) and is_number(high) and low >= high:
        return [Problem("max", "must be more than min")]
    if is_number(step) and step <= 0:
        return [Problem("step", "must be more than 0")]
    tolerance = question.get("tolerance")
    if is_number(tolerance) and tolerance < 0:
        return [Problem("tolerance", "must not be less than 0")]
    return []
