"""Means of 0/1 outcomes from items that were selected with known, unequal probabilities.

`inclusion` is always the probability with which an item's outcome came to be known:
pi·b for first blind answers, c·pi·b while a queue is unfinished (sampling.worked_share),
sampling.joined(...) for several designs. Items nobody drew carry none and stay out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import (
    gamma_total,
    share_of_totals,
    wilson_effective,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.intervals import Interval

    Floats = NDArray[np.float64]

# "window": the items of this window themselves; no width once all are looked at.
# "model": what made them, of which the window is a sample; at least a binomial's width.
Target: TypeAlias = Literal["window", "model"]

# Below so many of the heaviest outcomes, a variance from the sample cannot be trusted.
_ENOUGH_ERRORS: Final = 20
_FEWEST: Final = 10
TOLERATED_NONRESPONSE: Final = 0.01
_EQUAL: Final = 1e-9
_BEYOND_CHANCE: Final = 0.9998


def weighted_mean(
    outcomes: ArrayLike,
    inclusion: ArrayLike,
    *,
    lowest: float | None = None,
    size: int | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> Estimate | NotEnough:
    """The share of 1 among all items, from the selected ones (Hájek 1971).

    value = Σ w·y / Σ w with w = 1/inclusion; y is 0, 1, or NaN for a selected item that
    was closed without an answer. `lowest` is the smallest inclusion probability that any
    item of the window had, when an item with it may be missing among the selected.

    V = Σ a·(y - value)² / (Σ w)², a = (1 - pi)/pi² for target "window" (Poisson sampling:
    Särndal, Swensson & Wretman 1992, 5.8) and a = 1/pi² for "model", which adds the
    variance of drawing the window itself. The interval is Wilson's at n_eff =
    value(1 - value)/V (after Korn & Graubard 1998). Where fewer than about twenty
    outcomes of the greatest weight stand behind V, it cannot be trusted (no error seen in
    an audit does not mean that there is none); the interval is then
    interval_from_counts()'s.

    Above 1 % (by weight) without an answer, low and high are worst cases: all of them
    wrong, all of them right. `size`, where given, is the number of items in the window: if
    the answers stand for far fewer (an audit nobody has worked on yet), there is no
    estimate. ValueError for lengths that differ or values out of range.
    """
    y, pi = _checked(outcomes, inclusion)
    answered = ~np.isnan(y)
    known = int(answered.sum())
    if known < _FEWEST:
        more = _FEWEST - known
        return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", known)
    if size is not None and size > most_stood_for(pi, lowest):
        return lacking(1 - float((1 / pi).sum()) / size, known)
    weights = 1 / pi
    share = float(weights[~answered].sum() / weights.sum())
    found = _mean(y[answered], pi[answered], lowest, target, level)
    if share <= TOLERATED_NONRESPONSE:
        return found
    worst = _mean(np.where(answered, y, 0.0), pi, lowest, target, level)
    best = _mean(np.where(answered, y, 1.0), pi, lowest, target, level)
    method = f"{found.method}, worst case for {share:.1%} without an answer"
    return replace(found, low=worst.low, high=best.high, method=method)


def of_all(found: Estimate | NotEnough, unseen: float) -> Estimate | NotEnough:
    """The estimate, unless no answer stands for more than 1 % of what it is to be of.

    `unseen`: the share of the window, by weight, in strata without a known answer. What
    was never looked at may be anything: no weight of other answers stands for it.
    """
    if isinstance(found, NotEnough) or unseen <= TOLERATED_NONRESPONSE:
        return found
    return lacking(unseen, found.n)


def lacking(share: float, known: int) -> NotEnough:
    """What is missing where answers stand for all but this share."""
    return NotEnough(f"answers that stand for the other {share:.0%}", known)


def nonresponse(outcomes: ArrayLike, inclusion: ArrayLike) -> float:
    """The weighted share of selected items that were closed without an answer (NaN)."""
    y, pi = _checked(outcomes, inclusion)
    weights = 1 / pi
    return float(weights[np.isnan(y)].sum() / weights.sum()) if y.size else 0.0


def most_stood_for(pi: Floats, lowest: float | None) -> float:
    """The greatest window that could, by chance, have been drawn this seldom."""
    _, (_, most) = _total(pi, _least(pi, lowest), "window", _BEYOND_CHANCE)
    return most


def _mean(
    y: Floats, pi: Floats, lowest: float | None, target: Target, level: float
) -> Estimate:
    weights = 1 / pi
    total = float(weights.sum())
    value = float(np.clip((weights * y).sum() / total, 0.0, 1.0))
    least, spread = _least(pi, lowest), _spread(pi, target)
    if float(pi.max()) - least <= _EQUAL:
        return _wilson(value, total**2, float(spread.sum()), y.size, level)
    variance = float((spread * (y - value) ** 2).sum())
    heaviest = float(_spread(np.array([least]), target)[0])
    if variance < _ENOUGH_ERRORS * heaviest:
        low, high = interval_from_counts(
            y, pi, lowest=least, target=target, level=level
        )
        return Estimate(value, low, high, y.size, "Hájek, gamma", level)
    square = total**2 * value * (1 - value)
    return _wilson(value, square, variance, y.size, level)


def _wilson(
    value: float, square: float, variance: float, n: int, level: float
) -> Estimate:
    n_eff = square / variance if variance > 0 else math.inf
    low, high = wilson_effective(value, n_eff, level)
    return Estimate(value, low, high, n, "Hájek, Wilson at n_eff", level)


def _least(pi: Floats, lowest: float | None) -> float:
    return min(float(pi.min()), lowest if lowest is not None else 1.0)


def _spread(pi: Floats, target: Target) -> Floats:
    """What one selected item adds to the variance, per squared residual."""
    spread: Floats = 1 / pi**2 if target == "model" else (1 - pi) / pi**2
    return spread


def interval_from_counts(
    outcomes: ArrayLike,
    inclusion: ArrayLike,
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> Interval:
    """An interval of the weighted mean that also holds where few errors were seen, or none.

    Under Poisson sampling the weighted counts of 1 and of 0 are independent. Each gets
    the interval of gamma_total(), in which one item of the `lowest` inclusion probability
    may have gone unseen, and share_of_totals() joins the two. For target "window" an item
    looked at stands for itself, certain, and for 1/pi - 1 others, uncertain.
    """
    y, pi = _checked(outcomes, inclusion)
    if not y.size:
        return 0.0, 1.0
    least = _least(pi, lowest)
    right, wrong = (_total(pi[y == which], least, target, level) for which in (1, 0))
    return share_of_totals(*right, *wrong)


def _total(
    pi: Floats, least: float, target: Target, level: float
) -> tuple[float, Interval]:
    seen = 0.0 if target == "model" else float(pi.size)
    own = 0.0 if target == "model" else 1.0
    unseen = float((1 / pi - own).sum())
    variance = float(_spread(pi, target).sum())
    more = float(_spread(np.array([least]), target)[0])
    low, high = gamma_total(unseen, variance, 1 / least - own, more, level)
    return seen + unseen, (seen + low, seen + high)


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """One label: of what the model called so, how much is; of what is so, how much it found."""

    precision: Estimate | NotEnough
    recall: Estimate | NotEnough


def by_label(
    truth: ArrayLike,
    said: ArrayLike,
    inclusion: ArrayLike,
    labels: tuple[str, ...],
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> dict[str, ClassQuality]:
    """Precision and recall of each label, each the weighted mean of its own items.

    Both are ratios of estimated totals (domain means), so weighted_mean() holds: over
    items said to be the label, and over items that are.
    """
    is_, says = np.asarray(truth), np.asarray(said)
    pi = np.asarray(inclusion, dtype=np.float64)
    right = (is_ == says).astype(np.float64)
    least = lowest if lowest is not None else (float(pi.min()) if pi.size else None)

    def share(among: NDArray[np.bool_]) -> Estimate | NotEnough:
        return weighted_mean(
            right[among], pi[among], lowest=least, target=target, level=level
        )

    return {
        label: ClassQuality(share(says == label), share(is_ == label))
        for label in labels
    }


def _checked(outcomes: ArrayLike, inclusion: ArrayLike) -> tuple[Floats, Floats]:
    y = np.asarray(outcomes, dtype=np.float64)
    pi = np.asarray(inclusion, dtype=np.float64)
    if y.ndim != 1 or y.shape != pi.shape:
        raise ValueError(
            f"one inclusion probability per outcome: {y.shape}, {pi.shape}"
        )
    if not np.all((pi > 0) & (pi <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    if not np.all(np.isnan(y) | (y == 0) | (y == 1)):
        raise ValueError("outcomes are 0, 1 or NaN (no answer)")
    return y, pi
