"""Accuracy where ordinary reviewers err too: experts settle a random part of what they said.

More ordinary answers do not mend mistakes that people share with each other, or with the
model. Only an expert's answer to items drawn with a known probability shows how many there
are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.calibrated import FEWEST_ERRORS, UNSEEN
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import (
    gamma_total,
    normal_quantile,
    wilson_effective,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.estimation import Target
    from reviewer.stats.intervals import Interval

    Floats = NDArray[np.float64]

_FEWEST: Final = 10
# By how much an estimate at 0 or 1 is drawn inwards to have a width: one answer more.
_INWARDS: Final = 1.0
METHOD: Final = "two-phase difference, Wilson at n_eff"
_COUNTED: Final = "two-phase difference, gamma for corrections"


@dataclass(frozen=True, slots=True)
class TwoPhases:
    """Reviewed predictions, R each: right by reviewers, right by experts, both chances.

    `reviewers` 0, 1 (or between: a share of several); `experts` 0, 1, or NaN for items no
    expert was to see; `inclusion` the probability of being reviewed (estimation.py);
    `second` that of being sent to an expert once reviewed, in (0, 1], fixed before the
    expert answered: it may depend on the reviewers' and the model's answers.
    """

    reviewers: ArrayLike
    experts: ArrayLike
    inclusion: ArrayLike
    second: ArrayLike


def corrected_mean(
    phases: TwoPhases, *, target: Target = "model", level: float = 0.95
) -> Estimate | NotEnough:
    """The share that experts would call right among all, from some of their answers.

    With v the reviewers' word, e the experts', g whether an expert answered, p2 = second
    and w = 1/inclusion: y~ = v + (g/p2)(e - v), value = Σ w·y~/Σ w. It is unbiased
    whatever the reviewers' mistakes. The variance is that of the first phase, of e, plus
    that of drawing for experts:

        V = (Σ a·s + Σ_g w²(1 - p2)/p2²·(e - v)²)/(Σ w)²,  a = (1 - pi)/pi²,
        s = (v - value)² + (g/p2)((e - value)² - (v - value)²)

    (double sampling: Särndal, Swensson & Wretman 1992, 9.3 and 9.7; a = 1/pi² for target
    "model"). Neither part is less than what a quarter of one that nobody saw would
    add, unless experts saw every item: in the first of an error of the greatest weight, in
    the second of a correction of any prediction not sent to an expert for certain, on
    average. (The heaviest one, hardly ever corrected, would make it twice as wide as it has
    to be; without any reserve .86 of intervals hold where mistakes are shared.) The interval is Wilson's at
    n_eff = value(1 - value)/V; with fewer than five corrections seen, their totals up and
    down get gamma intervals, in which one of the greatest weight may have gone unseen. `n`
    counts experts' answers. NotEnough below ten of them.
    ValueError for lengths that differ or values out of range.
    """
    v, e, pi, p2 = _checked(phases)
    seen = ~np.isnan(e)
    answers = int(seen.sum())
    if answers < _FEWEST:
        more = _FEWEST - answers
        word = "answers" if more > 1 else "answer"
        return NotEnough(f"{more} more experts' {word}", answers)
    w = 1 / pi
    total = float(w.sum())
    change = np.where(seen, np.nan_to_num(e) - v, 0.0) / p2
    value = min(max(float(w @ (v + change)) / total, 0.0), 1.0)
    variance = _variance(v, np.where(seen, np.nan_to_num(e), v), pi, p2, value, target)
    corrections = int((np.nan_to_num(e)[seen] != v[seen]).sum())
    if corrections < FEWEST_ERRORS and float(p2.min()) < 1:
        low, high = _from_counts(v, e, pi * p2, value, variance / total**2, level)
        return Estimate(value, low, high, answers, _COUNTED, level)
    inner = min(max(value, _INWARDS / (answers + 2)), 1 - _INWARDS / (answers + 2))
    n_eff = inner * (1 - inner) / variance * total**2 if variance > 0 else math.inf
    low, high = wilson_effective(value, n_eff, level)
    return Estimate(value, low, high, answers, METHOD, level)


def _from_counts(
    v: Floats, e: Floats, both: Floats, value: float, variance: float, level: float
) -> Interval:
    """Joins the first phase's width and those of both totals of corrections (MOVER)."""
    half = normal_quantile(level) * math.sqrt(variance)
    size = float((1 / both)[~np.isnan(e)].sum())
    down = _unseen((v > 0) & (e < v), v > 0, both, level) / size
    up = _unseen((v < 1) & (e > v), v < 1, both, level) / size
    return max(0.0, value - math.hypot(half, down)), min(
        1.0, value + math.hypot(half, up)
    )


def _unseen(
    seen: NDArray[np.bool_], possible: NDArray[np.bool_], both: Floats, level: float
) -> float:
    """How many more corrections there may be than the seen ones stand for."""
    if not possible.any() or float(both.min()) == 1:
        return 0.0
    total, spread = float((1 / both[seen]).sum()), float((1 / both[seen] ** 2).sum())
    heaviest = 1 / float(both[possible].min())
    return gamma_total(total, spread, heaviest, heaviest**2, level)[1] - total


def _variance(
    v: Floats, e: Floats, pi: Floats, p2: Floats, value: float, target: Target
) -> float:
    """The numerator of V; where no expert answered, e is v and changes nothing."""
    a = (1 - pi if target == "window" else np.ones_like(pi)) / pi**2
    by_reviewers, by_experts = (v - value) ** 2, (e - value) ** 2
    first = float(a @ (by_reviewers + (by_experts - by_reviewers) / p2))
    drawn = (1 - p2) / p2**2 / pi**2
    second = max(float(drawn @ (e - v) ** 2), UNSEEN * _on_average(drawn, pi))
    return max(first, UNSEEN * float(a.max())) + second


def _on_average(drawn: Floats, pi: Floats) -> float:
    """What one correction adds, whichever of the predictions behind these it is of."""
    some = drawn > 0
    weights = 1 / pi[some]
    return float(weights @ drawn[some]) / float(weights.sum()) if some.any() else 0.0


def _checked(phases: TwoPhases) -> tuple[Floats, Floats, Floats, Floats]:
    given = (phases.reviewers, phases.experts, phases.inclusion, phases.second)
    v, e, pi, p2 = (np.asarray(each, dtype=np.float64) for each in given)
    if v.ndim != 1 or not v.shape == e.shape == pi.shape == p2.shape:
        raise ValueError("reviewers, experts and both probabilities differ in length")
    if not all(np.all((p > 0) & (p <= 1)) for p in (pi, p2)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    if not np.all((v >= 0) & (v <= 1)):
        raise ValueError("reviewers' outcomes are from 0 to 1")
    if not np.all(np.isnan(e) | (e == 0) | (e == 1)):
        raise ValueError("experts' outcomes are 0, 1 or NaN (no expert was asked)")
    if np.any(np.isnan(e) & (p2 == 1)):
        raise ValueError(
            "an item sent to an expert for certain has the expert's answer"
        )
    return v, e, pi, p2
