"""Kind `rating`: a step of a scale. A value is the step, a whole number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds.base import Problem
from labeling.kinds.checks import check_words, is_number, is_whole
from labeling.kinds.kind import Kind
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question

_MOST_STEPS = 11
_FARTHEST = 1000
_LONGEST_NAME = 200


class Rating(Kind):
    """One step of a scale whose ends, or whose every step, may have a name."""

    keys: ClassVar[frozenset[str]] = frozenset({"from", "to", "low", "high", "names"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = [*check_words(question, "low"), *check_words(question, "high")]
        first, last = question.get("from"), question.get("to")
        if not is_whole(first) or abs(first) > _FARTHEST:
            text = "must be a whole number: the lowest step"
            return [*found, Problem("from", text)]
        if not is_whole(last) or not 1 <= last - first < _MOST_STEPS:
            text = f"must be a whole number from {first + 1} to {first + _MOST_STEPS - 1}: the highest step"
            return [*found, Problem("to", text)]
        return found + _check_names(question, last - first + 1)

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        first, last = _ends(question)
        if is_number(value) and value == int(value) and first <= value <= last:
            return []
        return [Problem("", f"must be a whole number from {first} to {last}")]

    def normal(self, question: Question, value: Json) -> Json:
        return int(value) if is_number(value) else value

    def alike(self, question: Question, a: Json, b: Json) -> float:
        first, last = _ends(question)
        apart = abs(a - b) if is_number(a) and is_number(b) else last - first
        return 1 - apart / (last - first)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return _ends(question)[1]


def _ends(question: Question) -> tuple[int, int]:
    first, last = question.settings.get("from"), question.settings.get("to")
    return (first, last) if is_whole(first) and is_whole(last) else (0, 1)


def _check_names(question: Mapping[str, Json], steps: int) -> list[Problem]:
    names = question.get("names")
    if names is None:
        return []
    if not isinstance(names, list) or len(names) != steps:
        return [Problem("names", f"must be a list of {steps} names, one for each step")]
    checked = [wrong_with_text(name, longest=_LONGEST_NAME) for name in names]
    return [Problem(f"names[{at}]", wrong) for at, wrong in enumerate(checked) if wrong]
