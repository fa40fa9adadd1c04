"""Wrong answers that a way of drawing would let through unseen, from answers to another draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import (
    TOLERATED_NONRESPONSE,
    lacking,
    most_stood_for,
    nonresponse,
)
from reviewer.stats.intervals import gamma_total, share_of_totals

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.intervals import Interval

    Floats = NDArray[np.float64]

_FEWEST: Final = 10
METHOD: Final = "Hájek, gamma"
DIFFERENCE: Final = "paired Hájek, gamma, MOVER"


@dataclass(frozen=True, slots=True)
class Known:
    """Items of a window whose outcome is known, drawn with known probabilities.

    `wrong` 1, 0, or NaN (closed without an answer); `inclusion` the probability with which
    each came to be known (estimation.py); `lowest` the smallest one any item of the window
    had; `size` the number of items in the window. Arrays of one length.
    """

    wrong: ArrayLike
    inclusion: ArrayLike
    lowest: float
    size: int


def share(
    known: Known, unseen: ArrayLike, heaviest: float, *, level: float = 0.95
) -> Estimate | NotEnough:
    """The share of all items that is wrong and would be let through unseen.

    `unseen`: of each known item, the probability 1 - pi of not being looked at by the
    way of drawing that is asked about. With e = wrong, q = unseen, w = 1/inclusion:

        value = Σ w·q·e / Σ w

    (Hájek 1971, of y = q·e). It is the probability that counts, not whether u is below pi:
    known items were drawn by the same u. Σ w·q·e is a weighted sum of Poisson counts and
    gets the interval of gamma_total(), in which one more of the `heaviest` q·w of any item
    of the window may have gone unseen; with that of Σ w·(1 - q·e), share_of_totals() gives
    the interval of the share. It holds with few errors, and with none.

    Above 1 % (by weight) without an answer, low and high are worst cases. NotEnough below
    ten answers, or where they stand for far fewer items than there are.
    """
    e, pi, q = _checked(known, unseen)
    few = _few(known, e, pi)
    if few is not None:
        return few
    answered = ~np.isnan(e)
    found = _share(known, e[answered], pi[answered], q[answered], heaviest, level)
    missing = nonresponse(e, pi)
    if missing <= TOLERATED_NONRESPONSE:
        return found
    best = _share(known, np.where(answered, e, 0.0), pi, q, heaviest, level)
    worst = _share(known, np.where(answered, e, 1.0), pi, q, heaviest, level)
    method = f"{found.method}, worst case for {missing:.1%} without an answer"
    return replace(found, low=best.low, high=worst.high, method=method)


def difference(
    known: Known,
    before: ArrayLike,
    after: ArrayLike,
    heaviest: tuple[float, float],
    *,
    level: float = 0.95,
) -> Estimate | NotEnough:
    """share() with `after` minus share() with `before`, on the same items; in [-1, 1].

    What is let through more and what less are two totals of different items, each with
    the interval of gamma_total(); `heaviest` are the greatest weights (after - before)·w
    and (before - after)·w of any item. The interval of their difference recovers the
    variances (MOVER, Donner & Zou 2012). Narrow where two policies differ on few items.
    """
    e, pi, old = _checked(known, before)
    _, _, new = _checked(known, after)
    few = _few(known, e, pi)
    if few is not None:
        return few
    answered = ~np.isnan(e)
    step = new - old
    found = _difference(e[answered], pi[answered], step[answered], heaviest, level)
    missing = nonresponse(e, pi)
    if missing <= TOLERATED_NONRESPONSE:
        return found
    # each one without an answer is wrong where that makes the end extreme
    low = _difference(np.where(answered, e, step < 0), pi, step, heaviest, level)
    high = _difference(np.where(answered, e, step > 0), pi, step, heaviest, level)
    method = f"{found.method}, worst case for {missing:.1%} without an answer"
    return replace(found, low=low.low, high=high.high, method=method)


def _share(
    known: Known, e: Floats, pi: Floats, q: Floats, heaviest: float, level: float
) -> Estimate:
    w = 1 / pi
    through, other = w * q * e, w * (1 - q * e)
    one, one_in = _total(through, heaviest, level)
    rest, rest_in = _total(other, 1 / known.lowest, level)
    low, high = share_of_totals(one, one_in, rest, rest_in)
    value = one / float(w.sum())
    return Estimate(
        value, min(low, value), max(high, value), int(e.size), METHOD, level
    )


def _difference(
    e: Floats, pi: Floats, step: Floats, heaviest: tuple[float, float], level: float
) -> Estimate:
    total = float((1 / pi).sum())
    more, (more_low, more_high) = _total(
        np.maximum(step, 0) * e / pi, heaviest[0], level
    )
    less, (less_low, less_high) = _total(
        np.maximum(-step, 0) * e / pi, heaviest[1], level
    )
    value = more - less
    down = float(np.hypot(more - more_low, less_high - less))
    up = float(np.hypot(more_high - more, less - less_low))
    low, high = max(-1.0, (value - down) / total), min(1.0, (value + up) / total)
    return Estimate(value / total, low, high, int(e.size), DIFFERENCE, level)


def _total(weights: Floats, heaviest: float, level: float) -> tuple[float, Interval]:
    total, variance = float(weights.sum()), float((weights**2).sum())
    return total, gamma_total(total, variance, heaviest, heaviest**2, level)


def _few(known: Known, e: Floats, pi: Floats) -> NotEnough | None:
    n = int((~np.isnan(e)).sum())
    if n < _FEWEST:
        more = _FEWEST - n
        return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", n)
    if known.size > most_stood_for(pi, known.lowest):
        return lacking(1 - float((1 / pi).sum()) / known.size, n)
    return None


def _checked(known: Known, unseen: ArrayLike) -> tuple[Floats, Floats, Floats]:
    e = np.asarray(known.wrong, dtype=np.float64)
    pi = np.asarray(known.inclusion, dtype=np.float64)
    q = np.asarray(unseen, dtype=np.float64)
    if not e.shape == pi.shape == q.shape:
        raise ValueError("outcomes, inclusion and unseen differ in length")
    if not np.all((pi > 0) & (pi <= 1)) or not 0 < known.lowest <= 1:
        raise ValueError("inclusion probabilities are in (0, 1]")
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("the probability of going unseen is from 0 to 1")
    return e, pi, q
