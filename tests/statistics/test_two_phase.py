"""Experts' answers to a random part take shared mistakes out of a figure."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.two_phase import TwoPhases, corrected_mean


def drawn(rng: np.random.Generator, right: np.ndarray, pi: np.ndarray) -> TwoPhases:
    """One mistake in ten, and most of them say what the model says."""
    seen = rng.random(pi.size) < pi
    mistaken = rng.random(pi.size) < 0.1
    agrees = (right == 0) & (rng.random(pi.size) < 0.8)
    word = np.where(mistaken, agrees, right).astype(float)[seen]
    second = np.where(word == 1, 0.15, 0.5)
    experts = np.where(rng.random(second.size) < second, right[seen], np.nan)
    return TwoPhases(word, experts, pi[seen], second)


def test_the_corrected_figure_is_unbiased_where_that_of_reviewers_is_not() -> None:
    rng = np.random.default_rng(3)
    pi = np.where(np.arange(5000) < 1500, 0.5, 0.1)
    right = (rng.random(5000) < np.where(pi == 0.5, 0.7, 0.97)).astype(float)
    truth, found, by_reviewers = right.mean(), [], []
    for _ in range(400):
        phases = drawn(rng, right, pi)
        one = corrected_mean(phases, target="window")
        assert isinstance(one, Estimate)
        found.append(one)
        word, weights = np.asarray(phases.reviewers), 1 / np.asarray(phases.inclusion)
        by_reviewers.append(weights @ word / weights.sum())

    errors = np.array([e.value for e in found]) - truth
    assert abs(np.mean(by_reviewers) - truth) > 0.05
    assert abs(errors.mean()) <= 3.5 * errors.std() / 20 + 0.002
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.93
    # the stated width is about that of the errors
    wide = np.mean([e.high - e.low for e in found])
    assert 0.9 <= wide / (2 * 1.96 * errors.std()) <= 1.4


def test_the_interval_holds_where_experts_hardly_see_what_people_share() -> None:
    rng = np.random.default_rng(11)
    pi = np.where(np.arange(6000) < 1500, 0.4, 0.06)
    right = (rng.random(6000) < np.where(pi == 0.4, 0.75, 0.98)).astype(float)
    found = []
    for _ in range(300):
        seen = rng.random(6000) < pi
        shared = (right[seen] == 0) & (rng.random(int(seen.sum())) < 0.15)
        word = np.where(shared, 1.0, right[seen])
        # who differs from the model is always checked, who agrees hardly ever
        second = np.where(word == 1, 0.05, 1.0)
        asked = rng.random(word.size) < second
        phases = TwoPhases(word, np.where(asked, right[seen], np.nan), pi[seen], second)
        one = corrected_mean(phases, target="window")
        assert isinstance(one, Estimate)
        found.append(one)

    assert np.mean([e.low <= right.mean() <= e.high for e in found]) >= 0.94


def test_where_experts_answered_everything_reviewers_change_nothing() -> None:
    truth = np.array([1.0] * 80 + [0.0] * 20)
    pi, all_ = np.full(100, 0.2), np.ones(100)

    one = corrected_mean(TwoPhases(truth, truth, pi, all_))
    other = corrected_mean(TwoPhases(1 - truth, truth, pi, all_))

    assert one == other
    assert isinstance(one, Estimate)
    assert one.value == pytest.approx(0.8)


def test_a_worked_case() -> None:
    # four equal weights; one of two drawn at a half is corrected: 1/.5 off
    phases = TwoPhases(
        [1.0] * 40,
        [1.0] * 9 + [0.0] + [np.nan] * 30,
        [0.5] * 40,
        [0.25] * 40,
    )

    found = corrected_mean(phases)

    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1 - 4 / 40)
    assert found.n == 10


def test_no_correction_seen_does_not_look_sure() -> None:
    word = np.ones(200)
    experts = np.where(np.arange(200) < 20, 1.0, np.nan)

    found = corrected_mean(TwoPhases(word, experts, np.ones(200), np.full(200, 0.1)))

    assert isinstance(found, Estimate)
    assert found.value == 1
    assert found.low < 0.95


def test_fewer_than_ten_experts_answers_are_not_enough() -> None:
    phases = TwoPhases([1.0] * 9, [1.0] * 9, [0.5] * 9, [1.0] * 9)

    assert corrected_mean(phases) == NotEnough("1 more experts' answer", 9)


@pytest.mark.parametrize(
    ("phases", "says"),
    [
        (TwoPhases([1.0], [1.0], [0.0], [1.0]), "in \\(0, 1\\]"),
        (TwoPhases([1.0], [1.0], [0.5], [np.nan]), "in \\(0, 1\\]"),
        (TwoPhases([np.nan], [1.0], [0.5], [0.5]), "from 0 to 1"),
        (TwoPhases([1.0], [2.0], [0.5], [0.5]), "0, 1 or NaN"),
        (TwoPhases([1.0], [np.nan], [0.5], [1.0]), "for certain"),
        (TwoPhases([1.0], [1.0, 1.0], [0.5], [1.0]), "differ in length"),
    ],
)
def test_numbers_that_cannot_be_are_refused(phases: TwoPhases, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        corrected_mean(phases)
