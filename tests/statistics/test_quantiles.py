"""A quantile's interval holds whatever was measured, and is refused from too few."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.quantiles import quantile


def test_it_is_made_of_order_statistics() -> None:
    found = quantile(range(1, 101), 0.5)

    # the exact interval of a median from 100: the 40th and the 61st
    assert found == Estimate(50, 40, 61, 100, "quantile, order statistics", 0.95)


def test_too_few_say_how_many_are_missing() -> None:
    assert quantile([1.0] * 71, 0.95, what="times") == NotEnough("1 more times", 71)
    assert isinstance(quantile([1.0] * 72, 0.95), Estimate)
    assert quantile([], 0.95, level=0.9) == NotEnough("59 more values", 0)
    assert isinstance(quantile([1.0] * 72, 0.05), Estimate)


@pytest.mark.parametrize("bad", [[1.0, np.nan], [[1.0]], [np.inf]])
def test_what_is_no_measure_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        quantile(bad, 0.95)


@pytest.mark.parametrize("n", [80, 300])
def test_each_end_is_passed_as_seldom_as_promised(n: int) -> None:
    rng = np.random.default_rng(19)
    # times: mostly quick, one in ten much slower
    truth = _truth()
    found = [quantile(_times(rng, n), 0.95) for _ in range(4_000)]
    ends = [(f.low > truth, f.high < truth) for f in found if isinstance(f, Estimate)]

    above, below = np.mean(ends, axis=0)
    assert len(ends) == 4_000
    assert above <= 0.03
    assert below <= 0.03


def _times(rng: np.random.Generator, n: int) -> np.ndarray:
    slow = rng.random(n) < 0.1
    return np.where(slow, 200 + rng.exponential(100, n), rng.lognormal(3, 0.5, n))


def _truth() -> float:
    return float(np.quantile(_times(np.random.default_rng(3), 2_000_000), 0.95))
