"""At most a limit: surely, surely not, or not known, and how many more would tell."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats import limits
from reviewer.stats.estimates import Estimate
from reviewer.stats.intervals import wilson
from reviewer.stats.limits import Side


def estimate(value: float, half: float, n: int = 100) -> Estimate:
    return Estimate(value, value - half, value + half, n, "made up")


def test_only_an_interval_that_lies_on_one_side_decides() -> None:
    assert limits.side(estimate(0.04, 0.01), 0.05) == Side.WITHIN
    assert limits.side(estimate(0.07, 0.01), 0.05) == Side.BEYOND
    assert limits.side(estimate(0.06, 0.01), 0.05) == Side.UNSURE
    assert limits.side(estimate(0.05, 0.0), 0.05) == Side.WITHIN


def test_half_the_distance_takes_four_times_as_many() -> None:
    assert limits.more(estimate(0.04, 0.02), 0.05) == 300
    assert limits.more(estimate(0.06, 0.02), 0.05) == 300


def test_nothing_is_foretold_that_is_decided_or_out_of_sight() -> None:
    assert limits.more(estimate(0.01, 0.02), 0.05) is None
    assert limits.more(estimate(0.05, 0.02), 0.05) is None
    assert limits.more(estimate(0.0501, 0.02), 0.05) is None


@pytest.mark.parametrize("share", [0.08, 0.2])
def test_with_so_many_more_a_share_is_mostly_decided(share: float) -> None:
    rng, n, most = np.random.default_rng(7), 60, 0.12
    decided = []
    for _ in range(400):
        wrong = int(rng.binomial(n, share))
        first = Estimate(wrong / n, *wilson(wrong, n), n, "Wilson")
        more = limits.more(first, most)
        if more:
            again = wrong + int(rng.binomial(more, share))
            found = Estimate(again / (n + more), *wilson(again, n + more), n, "Wilson")
            decided.append(limits.side(found, most) != Side.UNSURE)

    # a forecast from few answers: about one half
    assert np.mean(decided) > 0.35
