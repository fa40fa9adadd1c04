"""What one event cost: the ratio of two sums over the same items, with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEWEST_EVENTS: Final = 10
METHOD: Final = "ratio of sums, log scale"


def cost_per_event(
    costs: ArrayLike, events: ArrayLike, *, what: str = "events", level: float = 0.95
) -> Estimate | NotEnough:
    """Σ cost / Σ events, in the unit of cost, of N items with one cost and 0 or 1 event each.

    The ratio estimator (Cochran 1977, 6.4). Its interval is that of the logarithm, R·exp(±
    z·sqrt(V)), V = N/(N - 1)·Σ (c/C - e/E)², C and E the sums: a ratio is far from
    symmetric where events are few. n counts items. NotEnough below FEWEST_EVENTS events,
    which are called `what` then. ValueError for costs below 0, events that are neither 0
    nor 1, or other lengths.
    """
    cost = np.asarray(costs, dtype=np.float64)
    event = np.asarray(events, dtype=np.float64)
    fits = cost.ndim == 1 and cost.shape == event.shape
    if not (fits and np.all(cost >= 0) and np.all((event == 0) | (event == 1))):
        raise ValueError("one cost from 0 on and one event, 0 or 1, per item")
    found, total = float(event.sum()), float(cost.sum())
    if found < FEWEST_EVENTS or total <= 0:
        return NotEnough(
            f"{max(1, FEWEST_EVENTS - round(found))} more {what}", cost.size
        )
    value = total / found
    spread = float(((cost / total - event / found) ** 2).sum())
    half = normal_quantile(level) * math.sqrt(spread * cost.size / (cost.size - 1))
    low, high = value * math.exp(-half), value * math.exp(half)
    return Estimate(value, low, high, cost.size, METHOD, level)
