"""The calibration error leaves out what chance adds, and is exact where all is known."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats import chance
from reviewer.stats.calibrated import Everyone, Reviewed
from reviewer.stats.calibration_error import calibration_error, increase, of_sample
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


def sampled(
    slope: float, rng: np.random.Generator, size: int = 1600
) -> Estimate | NotEnough:
    """A version that answered the reviewed ones only, the sure of them one in five."""
    odds = np.abs(rng.normal(0, 3, size))
    right, sure = rng.random(size) < chance.expit(slope * odds), chance.expit(odds)
    pi = np.where(sure < 0.9, 1.0, 0.2)
    drawn = rng.random(size) < pi
    return of_sample(Reviewed(right[drawn].astype(float), pi[drawn], sure[drawn]))


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.3])
def test_of_a_sample_alone_neither_end_is_passed_too_often(slope: float) -> None:
    rng = np.random.default_rng(23)
    odds = np.abs(rng.normal(0, 3, 400_000))
    truth = counted(chance.expit(slope * odds), chance.expit(odds))

    found = [sampled(slope, rng) for _ in range(200)]

    known = [each for each in found if isinstance(each, Estimate)]
    assert len(known) == 200
    # a gate that asks for at most `truth` opens by mistake, or is shut by mistake
    assert np.mean([each.high < truth for each in known]) <= 0.06
    assert np.mean([each.low > truth for each in known]) <= 0.06


def test_of_two_equal_models_neither_is_said_to_be_worse() -> None:
    rng = np.random.default_rng(29)
    passed = []
    for _ in range(120):
        old, new = sampled(0.7, rng, 800), sampled(0.7, rng, 800)
        assert isinstance(old, Estimate)
        assert isinstance(new, Estimate)
        passed.append(increase(new, old))

    assert np.mean([not each.low <= 0 <= each.high for each in passed]) <= 0.02
    assert passed[0].level == pytest.approx(0.9)


def test_what_was_drawn_is_in_the_interval_of_a_sample() -> None:
    """The sure half is right, the other never: how many of which were drawn is chance."""
    rng, size, runs = np.random.default_rng(7), 800, 200
    # 0.05 too unsure, or 0.55 too sure
    truth, missed = (0.05 + 0.55) / 2, 0
    for _ in range(runs):
        is_sure = rng.random(size) < 0.5
        sure = np.where(is_sure, rng.uniform(0.9, 1, size), rng.uniform(0.5, 0.6, size))
        found = of_sample(Reviewed(is_sure.astype(float), np.ones(size), sure))
        assert isinstance(found, Estimate)
        missed += not found.low <= truth <= found.high

    assert missed <= 0.1 * runs
