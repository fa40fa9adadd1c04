"""The reliability curve is unbiased though doubtful predictions are reviewed more; its intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.calibrated import Everyone, Reviewed
from reviewer.stats.estimates import NotEnough
from reviewer.stats.reliability import Point, reliability


def curve_of(reviewed: Reviewed, everyone: Everyone) -> tuple[Point, ...]:
    found = reliability(reviewed, everyone)
    assert not isinstance(found, NotEnough)
    return found


def window(size: int = 4000, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    sure = rng.beta(5, 2, size)
    return (rng.random(size) < 0.5 + sure / 3).astype(float), sure


def test_a_window_reviewed_whole_has_the_shares_that_are_counted() -> None:
    right, sure = window()

    found = curve_of(Reviewed(right, np.ones(sure.size), sure), Everyone(sure))

    parts = np.array_split(np.argsort(sure), 10)
    assert len(found) == 10
    for point, part in zip(found, parts, strict=True):
        assert point.accuracy.value == pytest.approx(right[part].mean(), abs=0.01)
        assert point.confidence == pytest.approx(sure[part].mean(), abs=0.005)
    assert sum(point.share for point in found) == pytest.approx(1.0)


def test_unequal_chances_of_review_do_not_bend_it_and_its_intervals_hold() -> None:
    right, sure = window()
    parts = np.array_split(np.argsort(sure), 10)
    truth = np.array([right[part].mean() for part in parts])
    # within a bin too, what is wrong is looked at more often: only weights put it right
    pi = np.where(right == 1, 0.2, 0.6)
    rng, inside, values = np.random.default_rng(8), [], []
    for _ in range(200):
        drawn = rng.random(pi.size) < pi
        found = curve_of(Reviewed(right[drawn], pi[drawn], sure[drawn]), Everyone(sure))
        values.append([p.accuracy.value for p in found])
        inside.append(
            [
                p.accuracy.low <= t <= p.accuracy.high
                for p, t in zip(found, truth, strict=True)
            ]
        )

    assert np.abs(np.mean(values, axis=0) - truth).max() < 0.015
    assert np.mean(inside) >= 0.94


def test_few_answers_make_wide_bins_and_too_few_none() -> None:
    sure = np.linspace(0.5, 1, 1000)

    some = curve_of(
        Reviewed(np.ones(25), np.full(25, 0.5), np.linspace(0.5, 1, 25)), Everyone(sure)
    )
    none = reliability(Reviewed([1.0] * 4, [0.5] * 4, [0.9] * 4), Everyone(sure))

    assert len(some) == 2
    assert sum(point.accuracy.n for point in some) == 25
    assert none == NotEnough("6 more answers", 4)


def test_counts_stand_for_rows() -> None:
    right, sure = np.array([1.0, 0.0]), np.array([0.9, 0.6])
    together = Reviewed(right, [0.5, 0.25], sure, [30, 20])
    apart = Reviewed(
        np.repeat(right, [30, 20]),
        np.repeat([0.5, 0.25], [30, 20]),
        np.repeat(sure, [30, 20]),
    )
    everyone = Everyone([0.6, 0.9], [500, 500])

    assert curve_of(together, everyone) == curve_of(apart, everyone)
