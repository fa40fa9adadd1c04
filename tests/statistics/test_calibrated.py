"""Accuracy with the confidences' help is unbiased, holds its level, and is narrower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from reviewer.stats import chance
from reviewer.stats.calibrated import Everyone, Reviewed, accuracy
from reviewer.stats.chance import ChanceOfRight
from reviewer.stats.design import plan
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import weighted_mean


@dataclass(frozen=True)
class Window:
    right: np.ndarray
    confidence: np.ndarray


def honest(rng: np.random.Generator, size: int = 6000) -> Window:
    """Confidences mean something, but are not the chance of being right."""
    odds = np.abs(rng.normal(0, 4, size))
    return Window(
        (rng.random(size) < chance.expit(0.7 * odds)).astype(float),
        chance.expit(odds),
    )


def telling_nothing(rng: np.random.Generator, size: int = 6000) -> Window:
    confidence = chance.expit(rng.normal(3, 2, size))
    return Window((rng.random(size) < 0.95).astype(float), confidence)


def sure_and_wrong(rng: np.random.Generator, size: int = 6000) -> Window:
    """One in two hundred is wrong however sure the model is."""
    odds = np.abs(rng.normal(0, 6, size))
    right = (rng.random(size) < chance.expit(odds)) & (rng.random(size) > 0.005)
    return Window(right.astype(float), chance.expit(odds))


def hardly_wrong(rng: np.random.Generator, size: int = 6000) -> Window:
    odds = rng.normal(9, 3, size)
    right = rng.random(size) < chance.expit(1.3 * odds - 1)
    return Window(right.astype(float), chance.expit(odds))


WINDOWS = (honest, telling_nothing, sure_and_wrong, hardly_wrong)


def runs(window: Window, budget: int, rounds: int) -> np.ndarray:
    """Rounds×5: error, held?, width, and whether and how widely weighted_mean() holds."""
    rng, rows = np.random.default_rng(17), []
    right, sure = window.right, window.confidence
    truth, everyone = right.mean(), Everyone(sure)
    for _ in range(rounds):
        earlier = rng.choice(right.size, 400, replace=False)
        fitted = chance.fit(right[earlier], sure[earlier])
        pi = plan(sure, budget, fitted).inclusion(sure)
        drawn = rng.random(pi.size) < pi
        reviewed = Reviewed(right[drawn], pi[drawn], sure[drawn])
        lowest = float(pi.min())
        found = accuracy(reviewed, everyone, lowest=lowest, target="window")
        plain = weighted_mean(right[drawn], pi[drawn], lowest=lowest, target="window")
        assert isinstance(found, Estimate)
        assert isinstance(plain, Estimate)
        held = found.low <= truth <= found.high
        row = (found.value - truth, held, found.high - found.low)
        rows.append((*row, plain.high - plain.low))
    return np.array(rows, dtype=float)


@pytest.mark.parametrize("maker", WINDOWS)
def test_it_is_unbiased_and_its_interval_holds_under_the_active_design(maker) -> None:  # type: ignore[no-untyped-def]
    window = maker(np.random.default_rng(3))

    found = runs(window, budget=600, rounds=150)

    errors = found[:, 0]
    assert found[:, 1].mean() >= 0.91
    assert abs(errors.mean()) <= 3.5 * errors.std() / np.sqrt(errors.size) + 0.0005


def test_confidences_that_mean_something_make_it_narrower() -> None:
    window = honest(np.random.default_rng(3))

    found = runs(window, budget=600, rounds=40)

    assert found[:, 2].mean() < 0.9 * found[:, 3].mean()


@pytest.mark.slow
@pytest.mark.parametrize("maker", WINDOWS)
@pytest.mark.parametrize("budget", [200, 1000])
def test_the_interval_holds_with_small_and_large_budgets(maker, budget: int) -> None:  # type: ignore[no-untyped-def]
    window = maker(np.random.default_rng(5))

    found = runs(window, budget, rounds=1000)

    assert found[:, 1].mean() >= 0.93


def test_the_interval_of_the_model_behind_the_windows_holds() -> None:
    rng, held = np.random.default_rng(23), []
    truth = honest(np.random.default_rng(1), 2_000_000).right.mean()
    for _ in range(150):
        window = honest(rng, 3000)
        pi = plan(window.confidence, 500, ChanceOfRight()).inclusion(window.confidence)
        drawn = rng.random(pi.size) < pi
        reviewed = Reviewed(window.right[drawn], pi[drawn], window.confidence[drawn])
        found = accuracy(reviewed, Everyone(window.confidence))
        assert isinstance(found, Estimate)
        held.append(found.low <= truth <= found.high)

    assert np.mean(held) >= 0.91


def small(seed: int = 7) -> tuple[Window, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    window = honest(rng, 2000)
    pi = plan(window.confidence, 400, ChanceOfRight()).inclusion(window.confidence)
    return window, pi, rng.random(pi.size) < pi


def test_rows_that_are_alike_may_be_counted_together() -> None:
    window, pi, drawn = small()
    sure = np.round(window.confidence, 1)
    columns = np.stack([window.right, pi, sure], axis=1)[drawn]
    rows, counts = np.unique(columns, axis=0, return_counts=True)

    one_by_one = accuracy(Reviewed(*columns.T), Everyone(sure))
    grouped = accuracy(
        Reviewed(rows[:, 0], rows[:, 1], rows[:, 2], counts),
        Everyone(*np.unique(sure, return_counts=True)),
    )

    assert isinstance(one_by_one, Estimate)
    assert isinstance(grouped, Estimate)
    # folds are dealt otherwise, so the last digits differ
    assert grouped.value == pytest.approx(one_by_one.value, abs=1e-3)
    assert grouped.low == pytest.approx(one_by_one.low, abs=1e-3)
    assert grouped.n == one_by_one.n


def test_many_rows_give_what_few_groups_of_them_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, pi, drawn = small()
    reviewed = Reviewed(window.right[drawn], pi[drawn], window.confidence[drawn])
    everyone = Everyone(window.confidence)

    row_by_row = accuracy(reviewed, everyone)
    monkeypatch.setattr("reviewer.stats.calibrated.MANY_ROWS", 0)
    together = accuracy(reviewed, everyone)

    assert isinstance(row_by_row, Estimate)
    assert isinstance(together, Estimate)
    assert together.value == pytest.approx(row_by_row.value, abs=1e-3)
    assert together.high - together.low == pytest.approx(
        row_by_row.high - row_by_row.low, rel=0.03
    )


def test_a_window_reviewed_whole_is_known_exactly() -> None:
    window, _, _ = small()
    ones = np.ones(window.right.size)

    found = accuracy(
        Reviewed(window.right, ones, window.confidence),
        Everyone(window.confidence),
        target="window",
    )

    assert isinstance(found, Estimate)
    assert found.low == found.high == pytest.approx(window.right.mean())


def test_where_all_answers_are_alike_nothing_looks_sure() -> None:
    sure = np.linspace(0.9, 0.999, 2000)
    ones, pi = np.ones(200), np.full(200, 0.1)

    found = accuracy(Reviewed(ones, pi, sure[::10]), Everyone(sure))

    assert found == weighted_mean(ones, pi)
    assert isinstance(found, Estimate)
    assert found.low < 0.985


def test_many_without_an_answer_widen_it_to_the_worst_cases() -> None:
    window, pi, drawn = small()
    right = window.right[drawn]
    right[::10] = np.nan
    known = ~np.isnan(right)
    sure, everyone = window.confidence[drawn], Everyone(window.confidence)

    found = accuracy(Reviewed(right, pi[drawn], sure), everyone)
    wrong = accuracy(Reviewed(np.where(known, right, 0), pi[drawn], sure), everyone)
    all_right = accuracy(Reviewed(np.where(known, right, 1), pi[drawn], sure), everyone)

    assert isinstance(found, Estimate)
    assert isinstance(wrong, Estimate)
    assert isinstance(all_right, Estimate)
    assert (found.low, found.high) == (wrong.low, all_right.high)
    assert "without an answer" in found.method


def test_too_few_answers_are_not_enough() -> None:
    found = accuracy(Reviewed([1.0] * 9, [0.5] * 9, [0.9] * 9), Everyone([0.9] * 20))

    assert found == NotEnough("1 more answer", 9)


@pytest.mark.parametrize(
    ("reviewed", "says"),
    [
        (Reviewed([1, 0], [0.5, 0.0], [0.9, 0.9]), "in \\(0, 1\\]"),
        (Reviewed([1, 0], [0.5, np.nan], [0.9, 0.9]), "in \\(0, 1\\]"),
        (Reviewed([1, 2], [0.5, 0.5], [0.9, 0.9]), "0, 1 or NaN"),
        (Reviewed([1, 0], [0.5, 0.5], [0.9, np.nan]), "from 0 to 1"),
        (Reviewed([1, 0], [0.5, 0.5], [0.9]), "differ in length"),
        (Reviewed([1], [0.5], [0.9], counts=[1.5]), "whole number"),
        (Reviewed([1] * 3, [1] * 3, [0.9] * 3), "more predictions reviewed"),
    ],
)
def test_numbers_that_cannot_be_are_refused(reviewed: Reviewed, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        accuracy(reviewed, Everyone([0.9, 0.8]))
