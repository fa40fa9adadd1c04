"""An alarm on an endless stream: seldom false, soon right, the same after a restart."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from reviewer.stats.detectors import Detector, of_fall, of_harm, watch


def run(detector: Detector, values: np.ndarray, pi: np.ndarray) -> int | None:
    return watch(detector, values, pi).alarm


def test_it_is_the_recursion_of_shiryaev_and_roberts() -> None:
    detector = of_fall(0.9, lowest=0.5, run_length=100)
    values, pi = [1, 0, 0, 1, 0], [0.5, 1, 0.5, 0.5, 1]
    sums = np.zeros(len(detector.bets))
    for value, chance in zip(values, pi, strict=True):
        sums = (sums + 1) * (1 + np.array(detector.bets) * (0.9 - value) / chance)

    found = watch(detector, values, pi).detector

    assert found.log_e == pytest.approx(math.log(sums.mean()))
    assert found.n == 5


def test_items_in_parts_and_stored_between_are_the_same_as_at_once() -> None:
    rng, detector = np.random.default_rng(3), of_fall(0.9, lowest=0.2, run_length=500)
    values, pi = (rng.random(60) < 0.8).astype(float), rng.choice([0.2, 1.0], 60)

    part = detector
    for at in range(0, 60, 7):
        part = Detector.from_json(json.loads(json.dumps(part.as_json())))
        part = watch(part, values[at : at + 7], pi[at : at + 7]).detector

    whole = watch(detector, values, pi).detector
    assert part.n == whole.n == 60
    assert part.log_e == pytest.approx(whole.log_e)
    assert 0 < whole.level <= 1


def test_what_comes_after_an_alarm_says_nothing_of_it() -> None:
    detector = of_fall(0.9, lowest=1.0, run_length=2_000)
    values = np.array([0.0] * 12 + [1.0] * 400)

    found = watch(detector, values, np.ones(412))

    assert found.alarm is not None
    assert found.detector.n == found.alarm + 1 < 12
    assert found.detector.level == 1
    at_once = watch(detector, values[: found.alarm + 1], np.ones(found.alarm + 1))
    assert at_once == found


@pytest.mark.parametrize("weighted", [False, True])
def test_at_the_line_false_alarms_are_no_more_frequent_than_asked(
    weighted: bool,
) -> None:
    rng, length = np.random.default_rng(4), 200
    detector = of_fall(0.9, lowest=0.2 if weighted else 1.0, run_length=length)
    runs = []
    for _ in range(150):
        hard = rng.random(4_000) < 0.3
        # right in .9 of all: less often where it is looked at always
        right = (rng.random(4_000) < np.where(hard, 0.76, 0.96)).astype(float)
        pi = np.where(hard, 1.0, 0.2) if weighted else np.ones(4_000)
        drawn = rng.random(4_000) < pi
        alarm = run(detector, right[drawn], pi[drawn])
        runs.append(drawn.sum() if alarm is None else alarm + 1)

    assert np.mean(runs) >= length


def test_a_fall_after_a_long_good_time_is_found_soon() -> None:
    rng, delays = np.random.default_rng(5), []
    for _ in range(50):
        right = np.concatenate([rng.random(3_000) < 0.99, rng.random(1_000) < 0.8])
        alarm = run(of_fall(0.95, lowest=1, run_length=10_000), right, np.ones(4_000))
        assert alarm is not None
        delays.append(alarm - 3_000)

    assert min(delays) > 0
    assert np.median(delays) < 80


def test_a_harmful_model_is_called_back_and_an_equal_one_is_not() -> None:
    rng, found = np.random.default_rng(6), {"equal": 0, "harmful": 0}
    for _ in range(50):
        for name, gain in (("equal", 0.0), ("harmful", -0.05)):
            chance = rng.random(1_500)
            d = (chance < 0.05 + gain / 2).astype(float) - (chance > 0.95 + gain / 2)
            detector = of_harm(lowest=1, run_length=50_000)
            found[name] += run(detector, d, np.ones(d.size)) is not None

    assert found["equal"] <= 5
    assert found["harmful"] >= 45


def test_nothing_new_changes_nothing() -> None:
    detector = of_harm(lowest=0.1, run_length=100)

    assert watch(detector, [], []).detector == detector
    assert detector.level == 0


@pytest.mark.parametrize(
    ("values", "pi", "said"),
    [
        ([math.nan], [1], "known"),
        ([1], [0], "inclusion"),
        ([1], [0.1], "below"),
        ([5], [0.5], "further"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    values: list[float], pi: list[float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        watch(of_fall(0.9, lowest=0.5, run_length=100), values, pi)


def test_a_detector_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="line"):
        of_fall(1.0, lowest=1, run_length=10)
    with pytest.raises(ValueError, match="longer"):
        of_fall(0.9, lowest=1, run_length=1)
    with pytest.raises(ValueError, match="inclusion"):
        of_harm(lowest=0, run_length=10)
    with pytest.raises(ValueError, match="margin"):
        of_harm(lowest=1, run_length=10, margin=1)
