"""A study's gate, looked at whenever something settles, opens as seldom by chance as it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bars.studies import (
    BETTER,
    DELTA,
    EDGE,
    EQUAL,
    GOOD,
    NOT_WORSE,
    Pair,
    opened,
)

RUNS = 150
# Three standard errors of a share of DELTA in so many runs.
CHANCE = 3 * (DELTA * (1 - DELTA) / RUNS) ** 0.5


def share(condition: str, pair: Pair, pi: float = 1.0, runs: int = RUNS) -> float:
    rng = np.random.default_rng(11)
    found = [opened(condition, pair, rng, pi) for _ in range(runs)]
    return float(np.mean([each is not None for each in found]))


@pytest.mark.slow
@pytest.mark.parametrize("pi", [1.0, 0.3])
@pytest.mark.parametrize(("condition", "pair"), [(BETTER, EQUAL), (NOT_WORSE, EDGE)])
def test_false_promotions_are_as_rare_as_promised(
    condition: str, pair: Pair, pi: float
) -> None:
    assert share(condition, pair, pi) <= DELTA + CHANCE


@pytest.mark.slow
def test_a_challenger_that_is_better_passes_though_wrong_items_settle_late() -> None:
    assert share(BETTER, GOOD, runs=100) >= 0.9


@pytest.mark.slow
def test_one_that_is_as_good_is_not_worse() -> None:
    assert share(NOT_WORSE, EQUAL, runs=100) >= 0.9


def test_a_better_one_needs_a_small_part_of_the_labels() -> None:
    found = opened(BETTER, Pair(0.06, 0.005), np.random.default_rng(3), 1.0)

    # one in fourteen predictions is labelled at all
    assert found is not None
    assert found < 60
