"""The calibration error leaves out what chance adds, and is exact where all is known."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats import chance
from reviewer.stats.calibrated import Everyone, Reviewed
from reviewer.stats.calibration_error import calibration_error
from reviewer.stats.chance import ChanceOfRight
from reviewer.stats.design import plan
from reviewer.stats.estimates import Estimate, NotEnough


def window(slope: float, size: int = 5000, seed: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    odds = np.abs(rng.normal(0, 3, size))
    right = rng.random(size) < chance.expit(slope * odds)
    return right.astype(float), chance.expit(odds)


def counted(right: np.ndarray, sure: np.ndarray) -> float:
    parts = np.array_split(np.argsort(sure), 10)
    return float(sum(abs((right - sure)[part].sum()) for part in parts) / sure.size)


def estimates(right: np.ndarray, sure: np.ndarray, rounds: int) -> list[Estimate]:
    rng, everyone = np.random.default_rng(11), Everyone(sure)
    pi = plan(sure, 1000, ChanceOfRight()).inclusion(sure)
    found = []
    for _ in range(rounds):
        drawn = rng.random(pi.size) < pi
        reviewed = Reviewed(right[drawn], pi[drawn], sure[drawn])
        one = calibration_error(reviewed, everyone, target="window")
        assert isinstance(one, Estimate)
        found.append(one)
    return found


def test_a_window_reviewed_whole_has_the_error_that_is_counted() -> None:
    right, sure = window(0.6)

    found = calibration_error(
        Reviewed(right, np.ones(sure.size), sure), Everyone(sure), target="window"
    )

    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(counted(right, sure), abs=5e-4)
    assert found.low == pytest.approx(found.high, abs=1e-6)


@pytest.mark.parametrize("slope", [0.4, 0.7])
def test_it_is_about_unbiased_and_its_interval_holds(slope: float) -> None:
    right, sure = window(slope)
    truth = counted(right, sure)

    found = estimates(right, sure, rounds=100)

    assert abs(np.mean([e.value for e in found]) - truth) <= 0.005
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.88


def test_a_calibrated_model_has_an_interval_that_reaches_down_to_nearly_nothing() -> (
    None
):
    right, sure = window(1.0)

    found = estimates(right, sure, rounds=60)

    # by chance alone the gaps of ten bins add up to about 0.02
    assert np.mean([e.low for e in found]) < 0.004


def test_a_bin_with_few_answers_leaves_no_figure() -> None:
    right, sure = window(1.0, 2000)
    doubtful = sure < np.quantile(sure, 0.5)
    part = Reviewed(right[doubtful], np.ones(doubtful.sum()), sure[doubtful])

    found = calibration_error(part, Everyone(sure))

    assert found == NotEnough("10 more answers in a bin", 1000)
