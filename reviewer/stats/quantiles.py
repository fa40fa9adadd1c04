"""A quantile of what was measured, such as the time in which 95 in 100 answers came."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

METHOD: Final = "quantile, order statistics"


def quantile(
    values: ArrayLike, share: float, *, what: str = "values", level: float = 0.95
) -> Estimate | NotEnough:
    """The `share` quantile of independent values, in their unit, with an exact interval.

    The value is the ⌈n·share⌉-th smallest. With B ~ Binomial(n, share), low is the l-th
    smallest, l the greatest with P(B < l) <= t, high the u-th, u the smallest with
    P(B < u) >= 1 - t, t = (1 - level)/2: whatever the distribution (David & Nagaraja 2003,
    7.1). NotEnough, saying how many more `what`, below ln(t)/ln(max(share, 1 - share)):
    the quantile may lie outside of all of them. ValueError for values that are not finite
    numbers, or a share or level outside (0, 1).
    """
    from scipy.special import bdtr

    x = np.sort(np.asarray(values, dtype=np.float64))
    if x.ndim != 1 or not np.all(np.isfinite(x)):
        raise ValueError("a list of finite numbers")
    if not (0 < share < 1 and 0 < level < 1):
        raise ValueError(f"no share and level: {share}, {level}")
    tail, n = (1 - level) / 2, x.size
    needed = math.ceil(math.log(tail) / math.log(max(share, 1 - share)))
    if n < needed:
        return NotEnough(f"{needed - n} more {what}", n)
    # P(B < k), k = 1 … n
    below = np.asarray(bdtr(np.arange(n, dtype=np.float64), n, share))
    low = x[np.searchsorted(below, tail, side="right") - 1]
    high = x[np.searchsorted(below, 1 - tail, side="left")]
    value = x[math.ceil(n * share) - 1]
    return Estimate(float(value), float(low), float(high), n, METHOD, level)
