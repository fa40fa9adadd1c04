"""The chance of being right is fitted as an independent optimiser fits it, and never runs away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from reviewer.stats import chance, folds
from reviewer.stats.chance import ChanceOfRight


def sample(rng: np.random.Generator, size: int = 400) -> tuple[np.ndarray, np.ndarray]:
    confidence = 1 - 0.5 * rng.beta(0.5, 2, size)
    right = rng.random(size) < chance.expit(0.3 + 0.6 * chance.logit(confidence))
    return right.astype(float), confidence


def test_the_fit_is_where_a_general_optimiser_finds_the_penalised_likelihood_greatest() -> (
    None
):
    right, confidence = sample(np.random.default_rng(1))
    weights = np.random.default_rng(2).uniform(1, 50, right.size)
    scaled = weights * right.size / weights.sum()
    odds = np.log(confidence / (1 - confidence))

    def loss(at: np.ndarray) -> float:
        x = at[0] + at[1] * odds
        penalty = (0.05 * at[0] ** 2 + 0.25 * (at[1] - 1) ** 2) / 2
        return float(scaled @ (np.logaddexp(0, x) - right * x) + penalty)

    found = chance.fit(right, confidence, weights)

    best = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-7})
    assert (found.intercept, found.slope) == pytest.approx(tuple(best.x), abs=1e-4)


def test_without_answers_the_confidence_is_the_chance() -> None:
    assert chance.fit([], []) == ChanceOfRight(0.0, 1.0)
    assert ChanceOfRight().of([0.2, 0.9]) == pytest.approx([0.2, 0.9])


@given(
    right=st.booleans(),
    confidences=st.lists(st.floats(0, 1), min_size=1, max_size=60),
)
def test_answers_that_are_all_alike_leave_a_finite_map(
    right: bool, confidences: list[float]
) -> None:
    found = chance.fit([float(right)] * len(confidences), confidences)

    values = found.of([0.0, 0.5, 1.0])
    assert np.isfinite([found.intercept, found.slope]).all()
    assert np.all((values > 0) & (values < 1))


def test_confidences_that_mislead_are_turned_round() -> None:
    confidence = np.linspace(0.5, 0.99, 2000)
    right = np.random.default_rng(4).random(2000) < 1.3 - confidence

    assert chance.fit(right.astype(float), confidence).slope < 0


def test_bins_keep_the_number_of_predictions_and_their_mean_confidence() -> None:
    confidence = 1 - 0.5 * np.random.default_rng(5).beta(0.5, 3, 50_000)

    held, many = chance.binned(confidence)

    assert many.sum() == confidence.size
    assert held @ many / many.sum() == pytest.approx(confidence.mean(), rel=1e-12)
    assert np.all(np.diff(held) > 0)
    assert held.size <= chance.BINS


@pytest.mark.parametrize("confidence", [[float("nan")], [1.2], [-0.1]])
def test_confidences_that_cannot_be_are_refused(confidence: list[float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        chance.logit(confidence)


def test_outcomes_and_weights_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        chance.fit([0.5], [0.5])
    with pytest.raises(ValueError, match="positive"):
        chance.fit([1.0], [0.5], [0.0])
    with pytest.raises(ValueError, match="differ in length"):
        chance.fit([1.0, 0.0], [0.5])


@given(st.lists(st.integers(1, 23), min_size=1, max_size=30))
def test_folds_hold_every_answer_once_and_each_row_evenly(counts: list[int]) -> None:
    dealt = folds.deal(np.array(counts, dtype=float))

    assert np.bincount(dealt.row, dealt.n).tolist() == counts
    table = np.zeros((len(counts), folds.FOLDS))
    table[dealt.row, dealt.fold] = dealt.n
    assert np.ptp(table, axis=1).max() <= 1
