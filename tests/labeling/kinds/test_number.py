"""Numbers: their limits and steps, one form for equal ones, and the median that settles."""

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

FREE = ask("number")
SHARE = ask("number", min=0, max=10, step=0.1)
NEAR = ask("number", tolerance=0.5)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"min": "0"}, "min"),
        ({"max": True}, "max"),
        ({"max": 1e16}, "max"),
        ({"min": float("nan")}, "min"),
        ({"min": 5, "max": 5}, "max"),
        ({"step": 0}, "step"),
        ({"tolerance": -1}, "tolerance"),
        ({"unit": ""}, "unit"),
        ({"integer": 1}, "integer"),
        ({"digits": 2}, "digits"),
    ],
)
def test_limits_that_make_no_sense_are_refused(
    settings: dict[str, Any], field: str
) -> None:
    assert refusals("number", **settings) == [field]


@pytest.mark.parametrize(
    "value", ["3", True, None, [3], 1e16, float("inf"), float("nan")]
)
def test_what_is_no_number_is_no_answer(value: Json) -> None:
    assert wrong(FREE, value)


@pytest.mark.parametrize(
    ("value", "says"),
    [(-0.1, "at least 0"), (10.1, "at most 10"), (0.25, "steps of 0.1")],
)
def test_a_number_keeps_to_its_limits_and_steps(value: float, says: str) -> None:
    assert says in wrong(SHARE, value)[0].problem


def test_every_step_is_on_the_steps_however_binary_fractions_fall() -> None:
    assert [at for at in range(101) if wrong(SHARE, at * 0.1)] == []


def test_a_whole_number_may_come_in_as_a_fraction_of_nothing() -> None:
    whole = ask("number", integer=True)

    assert wrong(whole, 3.0) == []
    assert "whole" in wrong(whole, 3.5)[0].problem


@pytest.mark.parametrize(
    ("value", "kept"),
    [(3.0, "3"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (2, "2"), (1e15, str(10**15))],
)
def test_equal_numbers_are_kept_alike(value: float, kept: str) -> None:
    assert repr(pre_label(FREE, {"value": value}).value) == kept


def test_numbers_are_alike_within_their_limits_or_by_their_size() -> None:
    assert alike(SHARE, 2, 3) == pytest.approx(0.9)
    assert alike(FREE, 90, 100) == pytest.approx(0.9)
    assert alike(FREE, -1, 1) == 0


def test_the_same_number_needs_a_majority() -> None:
    assert settled(FREE, 4, 4, 5) == 4
    assert settled(FREE, 3, 4, 5) is None


def test_the_median_is_settled_when_most_are_near_it() -> None:
    assert settled(NEAR, 4, 4.3, 9) == 4.3
    assert settled(NEAR, 4, 4.6, 9) is None
    assert settled(NEAR, 4, 4.3, among=4) is None


def test_a_median_between_two_answers_is_one_of_them_if_it_must_be_whole() -> None:
    whole = ask("number", integer=True, tolerance=1)

    assert settled(ask("number", tolerance=1), 4, 5) == 4.5
    assert settled(whole, 4, 5) == 4
