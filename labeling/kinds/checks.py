"""Checks of what several kinds have among their own keys: switches, numbers, short texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

from labeling.kinds.base import Problem
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from labeling.kinds.base import Json

_LONGEST_WORDS = 200


def is_whole(value: Json) -> TypeGuard[int]:
    """Whether this is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether this is a finite number; true and false are none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return is_whole(value)


def unknown_keys(given: Mapping[str, Json], allowed: Collection[str]) -> list[Problem]:
    """Keys that are not among these."""
    known = ", ".join(sorted(allowed)) or "nothing"
    return [
        Problem(str(key)[:64], f"is not known; use: {known}")
        for key in given
        if key not in allowed
    ]


def check_switch(question: Mapping[str, Json], key: str) -> list[Problem]:
    if isinstance(question.get(key, False), bool):
        return []
    return [Problem(key, "must be true or false")]


def check_words(question: Mapping[str, Json], key: str) -> list[Problem]:
    """A short text that may be left out."""
    if key not in question:
        return []
    wrong = wrong_with_text(question[key], longest=_LONGEST_WORDS)
    return [Problem(key, wrong)] if wrong else []
