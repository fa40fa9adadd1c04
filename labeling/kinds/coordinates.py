"""Checks what marks on a picture are made of: numbers, points, keys, labels, how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from labeling.kinds.base import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question
    from labeling.kinds.geometry import Point

Mark: TypeAlias = "dict[str, Json]"

_MOST_MARKS: Final = 2_000
_FARTHEST: Final = 1_000_000


def check_bounds(question: Mapping[str, Json]) -> list[Problem]:
    """What is wrong with how many marks a question wants at least and at most."""
    fewest, most = question.get("fewest", 0), question.get("most", _MOST_MARKS)
    text = f"must be a whole number from 0 to {_MOST_MARKS}"
    found = [
        Problem(key, text)
        for key, number in (("fewest", fewest), ("most", most))
        if type(number) is not int or not 0 <= number <= _MOST_MARKS
    ]
    if not found and cast("int", most) < max(1, cast("int", fewest)):
        found.append(Problem("most", "must be at least 1, and no less than fewest"))
    return found


def check_number(question: Question, given: int, thing: str) -> list[Problem]:
    fewest = cast("int", question.settings.get("fewest", 0))
    most = cast("int", question.settings.get("most", _MOST_MARKS))
    if given < fewest:
        return [Problem("", f"must have at least {fewest}: each one {thing}")]
    if given > most:
        return [Problem("", f"must have at most {most}, it has {given}")]
    return []


def check_label(question: Question, mark: Mark) -> list[Problem]:
    label = mark.get("label")
    if isinstance(label, str) and label in question.label_ids:
        return []
    known = ", ".join(sorted(question.label_ids)[:8])
    return [Problem("label", f"must be the id of a label: {known}")]


def check_keys(mark: Mark, known: Sequence[str], thing: str) -> list[Problem]:
    return [
        Problem(str(key)[:64], f"is not known; a {thing} has {', '.join(known)}")
        for key in mark
        if key not in known
    ]


def number(value: Json) -> float | None:
    """A coordinate that can be kept; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_FARTHEST <= value <= _FARTHEST else None


def point(value: Json) -> Point | None:
    """[x, y] as a place; None for anything else."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    x, y = number(value[0]), number(value[1])
    return None if x is None or y is None else (x, y)
