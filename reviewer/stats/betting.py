"""Wealth of bets against a claim: what sequential tests are made of.

Under the hypothesis "the mean of z is at most 0", a bet of a fixed share of the wealth on
every item can only lose on average. With I whether an item was selected and pi its
inclusion probability, I·z/pi has the mean of z, so ∏ (1 + λ·z/pi) over the selected items,
in the order of intake, is a test supermartingale for each λ >= 0 that keeps it positive;
so is the mean over bets fixed beforehand; and by Ville's inequality the chance that it
ever reaches 1/alpha is at most alpha (Waudby-Smith & Ramdas 2024, "Estimating means of
bounded random variables by betting"; weights as in Waudby-Smith, Wu, Ramdas,
Karampatziakis & Mineiro 2024, "Anytime-valid off-policy inference"). It holds for the
items met so far as well as for the model behind them, as ∏ (1 + λ·z) <= exp(λ·Σ z).

A bet may not depend on an item's own pi: that would test the mean of each level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.counts import Counts

    Floats = NDArray[np.float64]

# What is less is of no interest and cannot be written as JSON.
_LOWEST_LOG: Final = -700.0


def wealth(counts: Counts, bets: ArrayLike) -> Floats:
    """ln ∏ (1 + λ·z/pi) for each bet λ: (bets,). ValueError where a bet could ruin."""
    found: Floats = counts.times @ _steps(counts.values, counts.inclusion, bets)
    return found


def log_e(counts: Counts, bets: ArrayLike) -> float:
    """ln of the e-value: the mean wealth over the bets."""
    return mixed(wealth(counts, bets))


def path(
    values: ArrayLike,
    inclusion: ArrayLike,
    bets: ArrayLike,
    before: Floats | None = None,
) -> Floats:
    """ln of the e-value after each item, items in the order of intake: (items,).

    `before` is the wealth of each bet before the first of them. Its greatest value tells
    whether a claim was ever reached, also between two looks.
    """
    steps = np.cumsum(_steps(values, inclusion, bets), axis=0)
    if before is not None:
        steps = steps + before
    return log_mean(steps)


def _steps(values: ArrayLike, inclusion: ArrayLike, bets: ArrayLike) -> Floats:
    """ln (1 + λ·z/pi): (items, bets)."""
    z = np.asarray(values, dtype=np.float64) / np.asarray(inclusion, dtype=np.float64)
    each = np.outer(z, np.asarray(bets, dtype=np.float64))
    if not np.all(each > -1):
        raise ValueError("a bet is too large for the lowest inclusion probability")
    found: Floats = np.log1p(each)
    return found


def mixed(logs: Floats) -> float:
    """ln of the mean of what these are the logarithms of."""
    return max(_LOWEST_LOG, float(log_mean(logs)))


def log_mean(logs: Floats) -> Floats:
    """mixed() of each row, along the last axis. (SciPy's logsumexp takes a millisecond.)"""
    greatest = logs.max(axis=-1, keepdims=True)
    found: Floats = np.log(np.exp(logs - greatest).mean(axis=-1)) + greatest[..., 0]
    return found


def reached(log_e: float, alpha: float) -> bool:
    """Whether an e-value is at least 1/alpha: the claim holds at level alpha."""
    return log_e >= -math.log(check_level(alpha))


def check_level(alpha: float) -> float:
    """The level again; ValueError unless it is between 0 and 1."""
    if not 0 < alpha < 1:
        raise ValueError(f"a level is between 0 and 1, not {alpha}")
    return alpha
