"""Tests from counts say what those of single labels say."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.drift import Drift, label_drift
from reviewer.stats.drift_counts import confidence_counts_drift, label_counts_drift
from reviewer.stats.estimates import NotEnough


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([300, 200, 100], [90, 80, 60]),
        ([900, 60, 3, 2], [300, 30, 1, 0]),
        ([40, 0, 10], [30, 5, 5]),
    ],
)
def test_labels_are_tested_as_one_by_one(old: list[int], new: list[int]) -> None:
    labels = np.arange(len(old))

    found = label_counts_drift(old, new)
    single = label_drift(np.repeat(labels, old), np.repeat(labels, new))

    assert isinstance(found, Drift)
    assert isinstance(single, Drift)
    for name in ("p_value", "psi", "psi_limit", "n", "m"):
        assert getattr(found, name) == pytest.approx(getattr(single, name)), name


def test_the_same_confidences_seldom_alarm_and_moved_ones_do() -> None:
    rng, edges = np.random.default_rng(4), np.linspace(0, 1, 129)
    old = np.histogram(rng.beta(8, 1, 20_000), edges)[0]

    def p(a: float, b: float, n: int) -> float:
        found = confidence_counts_drift(old, np.histogram(rng.beta(a, b, n), edges)[0])
        assert isinstance(found, Drift)
        return found.p_value

    same = np.array([p(8, 1, 500) for _ in range(1000)])
    assert np.mean(same <= 0.01) <= 0.02
    assert np.mean(same <= 0.2) == pytest.approx(0.2, abs=0.06)
    assert p(5, 2, 100) < 0.001


def test_too_little_says_what_is_missing() -> None:
    assert label_counts_drift([100, 50], [10, 5]) == NotEnough("5 more labels", 15)
    assert confidence_counts_drift([100, 50], [10, 5]) == NotEnough(
        "5 more predictions", 15
    )
    assert isinstance(label_counts_drift([100, 0], [50, 0]), NotEnough)


def test_lists_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="two lists"):
        label_counts_drift([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="two lists"):
        label_counts_drift([1, -2], [1, 2])
