"""Intervals that may be looked at after each answer hold, and are not much wider."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom

from reviewer.stats import betting
from reviewer.stats.confidence_sequences import (
    SHARES,
    log_mixture,
    proportion,
    weighted_mean,
)
from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson


def estimate_of(found: Estimate | NotEnough) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


@pytest.mark.parametrize(("k", "n", "p"), [(0, 3, 0.2), (7, 9, 0.5), (40, 50, 0.9)])
def test_the_mixture_is_the_integral_over_jeffreys_prior(
    k: int, n: int, p: float
) -> None:
    def likelihood(q: float) -> float:
        return float(beta.pdf(q, 0.5, 0.5) * q**k * (1 - q) ** (n - k))

    mixed, _ = quad(likelihood, 0, 1, limit=200)

    assert math.exp(float(log_mixture(k, n, p))) == pytest.approx(
        mixed / (p**k * (1 - p) ** (n - k)), rel=1e-3
    )


@pytest.mark.parametrize("p", [0.1, 0.5, 0.97])
def test_at_the_truth_the_mixture_is_one_on_average(p: float) -> None:
    for n in (1, 5, 40):
        k = np.arange(n + 1)
        mean = binom.pmf(k, n, p) @ np.exp(log_mixture(k, n, p))
        assert mean == pytest.approx(1)


@given(st.integers(1, 400), st.data())
def test_the_ends_are_where_the_mixture_meets_the_line(
    n: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, n))
    found = estimate_of(proportion(k, n))

    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            assert float(log_mixture(k, n, end)) == pytest.approx(
                math.log(20), abs=1e-4
            )


def test_it_holds_at_2000_looks_where_wilsons_does_not() -> None:
    rng, looks, truth = np.random.default_rng(7), np.arange(1, 2_001), 0.9
    misses, wilsons = [], []
    for _ in range(300):
        right = np.cumsum(rng.random(2_000) < truth)
        misses.append((log_mixture(right, looks, truth) >= math.log(20)).any())
        ends = [wilson(int(right[n - 1]), n) for n in range(10, 2_001, 40)]
        wilsons.append(any(not low <= truth <= high for low, high in ends))

    assert np.mean(misses) <= 0.05
    assert np.mean(wilsons) > 0.2


@pytest.mark.parametrize("right", [500, 900, 950, 990])
def test_after_1000_answers_it_is_less_than_twice_as_wide_as_wilsons(
    right: int,
) -> None:
    low, high = wilson(right, 1_000)
    beta_ = estimate_of(proportion(right, 1_000))
    bets = estimate_of(
        weighted_mean(Counts.of([1, 0], [1, 1], [right, 1_000 - right]), lowest=1)
    )

    assert beta_.high - beta_.low <= 1.9 * (high - low)
    assert bets.high - bets.low <= 2.2 * (high - low)


def test_the_weighted_one_holds_at_every_look_for_a_crossed_population() -> None:
    # right less often where it is looked at more often
    rng, truth, line = np.random.default_rng(8), 0.3 * 0.7 + 0.7 * 0.98, math.log(40)
    missed, covered = [], []
    for _ in range(300):
        hard = rng.random(2_000) < 0.3
        pi = np.where(hard, 1.0, 0.1)
        y = (rng.random(2_000) < np.where(hard, 0.7, 0.98)).astype(float)
        drawn = rng.random(2_000) < pi
        y, pi = y[drawn], pi[drawn]
        sides = ((y - truth, truth), (truth - y, 1 - truth))
        paths = [betting.path(z, pi, SHARES * 0.1 / top) for z, top in sides]
        missed.append(any((path >= line).any() for path in paths))
        found = estimate_of(weighted_mean(Counts.of(y, pi), lowest=0.1))
        covered.append(found.low <= truth <= found.high)
        assert covered[-1] == all(path[-1] < line for path in paths)

    assert np.mean(missed) <= 0.05


def test_the_weighted_one_gives_a_difference_between_minus_one_and_one() -> None:
    counts = Counts.of([1, -1, 0], [0.5, 0.5, 1], [60, 20, 900])

    found = estimate_of(weighted_mean(counts, lowest=0.5, bounds=(-1, 1)))

    assert found.value == pytest.approx((120 - 40) / (120 + 40 + 900))
    assert 0 < found.low < found.value < found.high < 0.2


def test_what_was_closed_without_an_answer_widens_both_ends() -> None:
    known, closed = (
        Counts.of([1, 0], [0.5, 0.5], [180, 20]),
        Counts.of([0] * 10, [0.5] * 10),
    )

    without = estimate_of(weighted_mean(known, lowest=0.5))
    with_ = estimate_of(weighted_mean(known, lowest=0.5, unanswered=closed))

    assert with_.low < without.low < without.high < with_.high
    assert with_.value == without.value
    assert "10 without an answer" in with_.method


def test_all_right_or_all_wrong_leave_an_interval() -> None:
    for values, end in (([1.0] * 50, 1.0), ([0.0] * 50, 0.0)):
        for found in (
            estimate_of(weighted_mean(Counts.of(values, [0.5] * 50), lowest=0.1)),
            estimate_of(proportion(sum(values), 50)),
        ):
            assert found.value == end
            assert found.high - found.low > 0.05


def test_nothing_yet_is_not_enough_and_nonsense_is_refused() -> None:
    assert isinstance(proportion(0, 0), NotEnough)
    assert isinstance(weighted_mean(Counts.of([], []), lowest=0.1), NotEnough)
    with pytest.raises(ValueError, match="cannot be"):
        proportion(3, 2)
    with pytest.raises(ValueError, match="lowest"):
        weighted_mean(Counts.of([1], [0.05]), lowest=0.1)
    with pytest.raises(ValueError, match="between"):
        weighted_mean(Counts.of([2], [1]), lowest=1)
    with pytest.raises(ValueError, match="inclusion"):
        weighted_mean(Counts.of([1], [1]), lowest=math.nan)
