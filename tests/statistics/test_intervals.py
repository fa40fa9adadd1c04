"""Intervals of a proportion against published values, and their promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from reviewer.stats.intervals import clopper_pearson, wilson, wilson_effective


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_values_newcombe_published_in_1998(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_exact_interval_gives_the_values_newcombe_published_in_1998(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert clopper_pearson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("p", [0.001, 0.02, 0.1, 0.37, 0.5, 0.9, 0.995])
def test_the_exact_interval_holds_for_every_proportion(p: float) -> None:
    n = 60
    holds = [
        low <= p <= high for low, high in (clopper_pearson(k, n) for k in range(n + 1))
    ]

    covered = sum(binom.pmf(k, n, p) for k in range(n + 1) if holds[k])

    assert covered >= 0.95


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_an_interval_holds_its_value_and_stays_within_zero_and_one(
    trials: int, share: float, level: float
) -> None:
    successes = round(trials * share)

    for interval in (wilson, clopper_pearson):
        low, high = interval(successes, trials, level)
        assert 0 <= low <= successes / trials <= high <= 1


def test_without_trials_anything_is_possible() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)


def test_an_effective_count_may_be_a_fraction_and_more_of_it_is_narrower() -> None:
    few, many = wilson_effective(0.9, 30.5), wilson_effective(0.9, 305)

    assert few[0] < many[0] < 0.9 < many[1] < few[1]


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (float("nan"), 3)])
def test_impossible_counts_are_refused(successes: float, trials: float) -> None:
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="cannot be"):
            interval(successes, trials)


def test_an_impossible_level_is_refused() -> None:
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="level"):
            interval(1, 3, 95)
