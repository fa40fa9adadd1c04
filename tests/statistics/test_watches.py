"""How often a watch sounds: seldom for a version as good as before, soon for a bad one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from registry_bridge import sounding
from reviewer.stats.intervals import wilson

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
RUNS = 60
# About 2,600 of them are drawn blind.
PREDICTIONS = 20_000
MARGIN = 0.02
HARD, EASY_RIGHT, HARD_RIGHT = 0.3, 0.97, 0.80
BEFORE = (1 - HARD) * EASY_RIGHT + HARD * HARD_RIGHT
LOWEST = 0.1


def answers(rng: np.random.Generator, worse_by: float) -> tuple[Floats, Floats]:
    """Hard ones are reviewed, one in five blind; of the others one in ten is audited."""
    hard = rng.random(PREDICTIONS) < HARD
    known = np.where(hard, 0.2, LOWEST)
    right = np.where(hard, HARD_RIGHT, EASY_RIGHT) - worse_by
    values = (rng.random(PREDICTIONS) < right).astype(np.float64)
    drawn = rng.random(PREDICTIONS) < known
    return values[drawn], known[drawn]


def line(rng: np.random.Generator) -> float:
    """As it is frozen at approval, from 400 answers to the version before."""
    right = int(rng.binomial(400, BEFORE))
    return min(wilson(right, 400)[0], right / 400 - MARGIN)


def old_version(rng: np.random.Generator, new: Floats, worse_by: float) -> Floats:
    """What the one before says: often the same, and right more often by `worse_by`."""
    other = (rng.random(new.size) < new.mean()).astype(np.float64)
    old = np.where(rng.random(new.size) < 0.7, new, other)
    lost = worse_by / max(1 - float(old.mean()), worse_by)
    return np.where((old == 0) & (rng.random(new.size) < lost), 1.0, old)


def alarms(worse_by: float) -> dict[str, list[int]]:
    """Of each test, after how many answers it sounded, in the runs where it did."""
    rng = np.random.default_rng(20261127)
    found: dict[str, list[int]] = {"line": [], "pairs": []}
    for _ in range(RUNS):
        values, known = answers(rng, worse_by)
        fed = {
            "line": sounding.feed(
                sounding.against_line(line(rng), LOWEST), values, known
            ),
            "pairs": sounding.feed(
                sounding.against_version(MARGIN, LOWEST),
                values - old_version(rng, values, worse_by),
                known,
            ),
        }
        for name, each in fed.items():
            if each.alarm is not None:
                found[name].append(each.alarm + 1)
    return found


def test_a_version_as_good_as_before_is_left_alone() -> None:
    found = alarms(0.0)

    assert len(found["line"]) <= 0.1 * RUNS
    assert len(found["pairs"]) <= 0.05 * RUNS


def test_a_version_that_is_ten_points_worse_is_noticed_soon() -> None:
    found = alarms(0.1)

    assert len(found["line"]) == len(found["pairs"]) == RUNS
    assert np.median(found["line"]) < 300
    assert np.median(found["pairs"]) < 300


def test_at_the_margin_itself_alarms_are_as_seldom_as_the_page_says() -> None:
    """Exactly as much worse as allowed: once in RUN_LENGTH answers, or more seldom."""
    found = alarms(MARGIN)["pairs"]
    seen = sum(found) + (RUNS - len(found)) * 0.13 * PREDICTIONS

    assert len(found) <= 1.2 * seen / sounding.RUN_LENGTH


def test_a_detector_that_begins_anew_keeps_its_promise() -> None:
    """Draws get ten times rarer half way: the alarms stay as seldom."""
    rng = np.random.default_rng(7)
    sounded = 0
    for _ in range(RUNS):
        pi = np.repeat([0.5, 0.05], 1_000)
        right = (rng.random(pi.size) < 0.9).astype(np.float64)
        fed = sounding.feed(sounding.against_line(0.9, 0.5), right, pi)
        assert fed.alarm is not None or fed.anew == 1
        sounded += fed.alarm is not None

    assert sounded <= 0.5 * RUNS
