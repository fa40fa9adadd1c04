"""The exact test of a planned number of answers, as evidence that counts before its end."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

_LOWEST_LOG: Final = -700.0


@lru_cache(maxsize=4096)
def allowed(planned: int, alpha: float, level: float) -> int:
    """The most errors in `planned` answers that show "at most alpha wrong"; -1: none do.

    The greatest c with P(Binomial(planned, alpha) <= c) <= level.
    """
    from scipy.special import bdtr

    low, high = -1, planned
    while high - low > 1:
        middle = (low + high) // 2
        fits = bdtr(middle, planned, alpha) <= level
        low, high = (middle, high) if fits else (low, middle)
    return low


def log_chance(
    most: Integers, planned: Integers, n: Integers, errors: Integers, alpha: float
) -> Floats:
    """ln of P(at most `most` errors in the end | `errors` in n) / P(the same, at first).

    With errors of share alpha, in `planned` answers: P(Binomial(planned - n, alpha) <=
    most - errors)/P(Binomial(planned, alpha) <= most). A martingale where the true share
    is alpha (Lévy's), a supermartingale where it is more, as more errors only lower it:
    an e-process, worth 1/P(...) with the plan full and kept. Arrays that broadcast; where
    n is above planned, `errors` are those there were when the plan was full.
    """
    from scipy.special import bdtr

    left = np.maximum(planned - n, 0)
    spare = most - errors
    some = bdtr(np.clip(spare, 0, np.maximum(left - 1, 0)), np.maximum(left, 1), alpha)
    chance = np.where(spare < 0, 0.0, np.where(spare >= left, 1.0, some))
    first = bdtr(np.maximum(most, 0), np.maximum(planned, 1), alpha)
    log = np.log(np.maximum(chance, math.exp(_LOWEST_LOG)))
    found: Floats = log - np.log(first)
    return found
