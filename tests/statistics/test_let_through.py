"""Errors let through: unbiased from any draw, with intervals that hold, few errors or many."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats import let_through
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.let_through import Known

SIZE, RUNS = 4_000, 300


def population(rng: np.random.Generator, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, and whether each is wrong: most are where it is low."""
    confidence = rng.beta(4, 1, SIZE)
    chance = np.clip(2 * wrong * (1 - confidence) / (1 - confidence).mean() / 2, 0, 1)
    return confidence, (rng.random(SIZE) < chance).astype(float)


def drawn_by(confidence: np.ndarray, limit: float, audit: float) -> np.ndarray:
    return np.where(confidence < limit, 1.0, audit)


def known(
    rng: np.random.Generator, e: np.ndarray, pi: np.ndarray, b: float
) -> tuple[Known, np.ndarray]:
    inclusion = np.where(pi == 1, b, pi)
    seen = rng.random(SIZE) < inclusion
    return Known(e[seen], inclusion[seen], float(inclusion.min()), SIZE), seen


@pytest.mark.parametrize("wrong", [0.01, 0.1])
def test_shares_and_their_difference_are_covered(wrong: float) -> None:
    rng = np.random.default_rng(7)
    held, held_both, errors, n = 0, 0, 0.0, 0
    for _ in range(RUNS):
        confidence, e = population(rng, wrong)
        actual = drawn_by(confidence, 0.7, 0.1)
        old, new = (
            1 - drawn_by(confidence, 0.6, 0.05),
            1 - drawn_by(confidence, 0.8, 0.02),
        )
        answers, seen = known(rng, e, actual, 0.2)
        inclusion = np.where(actual == 1, 0.2, actual)
        truth = float((new * e).mean())
        step = float(((new - old) * e).mean())
        weights = (new - old) / inclusion

        found = let_through.share(answers, new[seen], float((new / inclusion).max()))
        apart = let_through.difference(
            answers, old[seen], new[seen], (float(weights.max()), float(-weights.min()))
        )

        assert isinstance(found, Estimate)
        assert isinstance(apart, Estimate)
        held += found.low <= truth <= found.high
        held_both += apart.low <= step <= apart.high
        errors += found.value - truth
        n += 1
    assert held / n >= 0.93
    assert held_both / n >= 0.93
    assert abs(errors / n) < 0.1 * wrong


def test_counting_those_the_same_draw_would_leave_would_see_no_error_at_all() -> None:
    """Why 1 - pi counts, not whether u is below pi: what is known was drawn by that u."""
    rng = np.random.default_rng(3)
    confidence, e = population(rng, 0.1)
    pi = drawn_by(confidence, 0.7, 0.05)
    u = rng.random(SIZE)
    seen = u < pi

    left = (e[seen] * (u[seen] >= pi[seen])).sum()
    answers = Known(e[seen], pi[seen], 0.05, SIZE)
    found = let_through.share(answers, 1 - pi[seen], float(((1 - pi) / pi).max()))

    assert left == 0
    assert isinstance(found, Estimate)
    assert found.low <= float(((1 - pi) * e).mean()) <= found.high


def test_a_policy_that_leaves_nothing_unseen_lets_nothing_through() -> None:
    answers = Known([1.0, 0.0] * 20, [0.5] * 40, 0.5, 80)

    found = let_through.share(answers, [0.0] * 40, 0.0)

    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_no_error_seen_is_not_no_error() -> None:
    answers = Known([0.0] * 100, [0.1] * 100, 0.1, 1_000)

    found = let_through.share(answers, [0.9] * 100, 9.0)

    assert isinstance(found, Estimate)
    assert found.value == found.low == 0
    # the rule of three, of 100 answers (Clopper-Pearson says .036)
    assert 0.025 < found.high < 0.045


def test_two_policies_that_do_the_same_do_not_differ() -> None:
    answers = Known([1.0, 0.0] * 20, [0.5] * 40, 0.5, 80)

    found = let_through.difference(answers, [0.9] * 40, [0.9] * 40, (0.0, 0.0))

    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_what_nobody_answered_makes_the_ends_worst_cases() -> None:
    wrong = [0.0] * 90 + [np.nan] * 10
    q = np.array([0.5] * 100)
    answers = Known(wrong, [0.5] * 100, 0.5, 200)

    found = let_through.share(answers, q, 1.0)
    apart = let_through.difference(answers, q, 1 - q * 0, (1.0, 0.0))

    assert isinstance(found, Estimate)
    assert found.value == 0
    assert found.high > 0.05
    assert "worst case for 10.0%" in found.method
    assert isinstance(apart, Estimate)
    assert apart.high > 0.05
    assert apart.low <= 0


@pytest.mark.parametrize(
    ("answered", "size", "said"),
    [(3, 6, "7 more answers"), (20, 5_000, "answers that stand for the other 99%")],
)
def test_too_few_answers_give_no_number(answered: int, size: int, said: str) -> None:
    answers = Known([0.0] * answered, [0.5] * answered, 0.5, size)

    found = let_through.share(answers, [0.5] * answered, 1.0)

    assert isinstance(found, NotEnough)
    assert found.missing == said


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        let_through.share(Known([1.0], [0.5], 0.5, 1), [0.5, 0.5], 1.0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        let_through.share(Known([1.0], [0.5], 0.5, 1), [1.5], 1.0)
    with pytest.raises(ValueError, match="probabilities are in"):
        let_through.share(Known([1.0], [0.0], 0.5, 1), [0.5], 1.0)
