"""Ratings: which scales can be asked, and that near steps are nearly alike."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.kinds.base import Json
from tests.labeling.kinds.asking import (
    alike,
    ask,
    pre_label,
    refusals,
    settled,
    wrong,
)

STARS = ask("rating", **{"from": 1, "to": 5})


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "from"),
        ({"from": 1.5, "to": 5}, "from"),
        ({"from": True, "to": 5}, "from"),
        ({"from": 10**6, "to": 10**6 + 1}, "from"),
        ({"from": 1}, "to"),
        ({"from": 1, "to": 1}, "to"),
        ({"from": 0, "to": 11}, "to"),
        ({"from": 1, "to": 2, "low": ""}, "low"),
        ({"from": 1, "to": 2, "high": 5}, "high"),
        ({"from": 1, "to": 3, "names": ["Bad", "Good"]}, "names"),
        ({"from": 1, "to": 2, "names": ["Bad", ""]}, "names[1]"),
        ({"from": 1, "to": 2, "labels": []}, "labels"),
    ],
)
def test_a_scale_that_cannot_be_asked_says_where(
    settings: dict[str, Any], field: str
) -> None:
    assert refusals("rating", **settings) == [field]


def test_a_scale_from_zero_to_ten_can_be_asked() -> None:
    assert refusals("rating", **{"from": 0, "to": 10, "low": "Never"}) == []


@pytest.mark.parametrize("value", [0, 6, 2.5, "3", True, None, [3], float("nan")])
def test_what_is_no_step_is_no_answer(value: Json) -> None:
    assert wrong(STARS, value)


def test_a_step_comes_in_as_any_number_and_is_kept_whole() -> None:
    value = pre_label(STARS, {"value": 4.0}).value

    assert (value, type(value)) == (4, int)


def test_steps_are_as_alike_as_they_are_near() -> None:
    assert alike(STARS, 2, 3) == 0.75
    assert alike(STARS, 1, 5) == 0


def test_the_same_step_needs_a_majority() -> None:
    assert settled(STARS, 4, 4, 5) == 4
    assert settled(STARS, 3, 4, 5) is None
