"""Precision, recall and F1 of each class, from reviewed predictions and the probabilities of all.

Whoever picks a class or a slice because of its figure must correct for that himself:
every interval holds for one class, decided on beforehand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import class_counts
from reviewer.stats.class_rows import read
from reviewer.stats.class_totals import know, totals
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson_effective

if TYPE_CHECKING:
    from reviewer.stats.class_rows import ClassesReviewed, ClassTotals
    from reviewer.stats.class_totals import Known, Total
    from reviewer.stats.estimation import Target

# Of a class, so many must have been reviewed: said to be it, and really it.
_FEWEST: Final = 10
METHOD: Final = "ratio of calibrated totals, Wilson at n_eff"


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of what is called so, how much is; of what is so, how much was found; both in one."""

    precision: Estimate | NotEnough
    recall: Estimate | NotEnough
    f1: Estimate | NotEnough


def by_class(
    reviewed: ClassesReviewed,
    everyone: ClassTotals,
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> list[ClassFigures]:
    """Precision, recall and F1 of each of the K classes.

    Of class k let n be how many were called so (known), t how many of these are, and m how
    many others are. precision = t/n, recall = t/(t + m), F1 = 2t/(n + t + m). t and m are
    estimated apart, each by the difference estimator of calibrated.accuracy() among what
    was, and was not, called k: predicted by f, and by (1 - f)·share_k. Each variance is at
    least what the calibrated model expects, and allows for the class's part of an unseen
    error of the greatest weight. As the two are independent under Poisson sampling,
    V(recall) = ((1 - R)²·V_t + R²·V_m)/(t + m)² and V(F1) = ((2 - F)²·V_t + F²·V_m)/(n + t
    + m)² (linearised ratios: Särndal, Swensson & Wretman 1992, 5.6); target "model" adds
    the variance of drawing the window. Intervals are Wilson's at n_eff; with fewer than five
    errors seen, the figure is class_counts.figures()'s, which rests on counts alone. Many
    rows are put together by inclusion, bin of confidence and fold: the same to four digits.

    NotEnough where fewer than ten were reviewed of those called k (precision), of those
    that are k (recall), or of either (F1). ValueError as for_rows(), and for inclusion
    probabilities outside (0, 1].
    """
    rows = read(reviewed)
    classes = range(everyone.said.shape[1])
    if not rows.said.size:
        none = NotEnough(f"{_FEWEST} more answers", 0)
        return [ClassFigures(none, none, none) for _ in classes]
    known = know(rows, everyone, lowest)
    return [_figures(known, k, target, level) for k in classes]


def _figures(known: Known, k: int, target: Target, level: float) -> ClassFigures:
    called, is_k = known.rows.said == k, known.rows.truth == k
    either = np.flatnonzero(called | is_k)
    many = known.rows.n[either]
    said, true = int(many @ called[either]), int(many @ is_k[either])
    n = float(known.everyone.said[:, k].sum())
    found, missed = totals(known, k)
    few = _lacking(said), _lacking(true), _lacking(min(said, true))
    each = np.repeat(either, many.astype(np.intp))
    counted = class_counts.figures(
        is_k[each], called[each], known.rows.pi[each], known.least, target, level
    )
    return ClassFigures(
        few[0] or counted[0] or _precision(found, n, said, target, level),
        few[1] or counted[1] or _recall(found, missed, true, target, level),
        few[2] or counted[2] or _f1(found, missed, n, each.size, target, level),
    )


def _lacking(answers: int) -> NotEnough | None:
    more = _FEWEST - answers
    if more <= 0:
        return None
    return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", answers)


def _precision(
    found: Total, n: float, answers: int, target: Target, level: float
) -> Estimate:
    value = found.value / n
    drawn = value * (1 - value) / n if target == "model" else 0.0
    return _share(value, found.variance / n**2 + drawn, answers, level)


def _recall(
    found: Total, missed: Total, answers: int, target: Target, level: float
) -> Estimate:
    total = max(found.value + missed.value, 1.0)
    value = min(found.value / total, 1.0)
    drawn = value * (1 - value) / total if target == "model" else 0.0
    variance = (1 - value) ** 2 * found.variance + value**2 * missed.variance
    return _share(value, variance / total**2 + drawn, answers, level)


def _f1(
    found: Total,
    missed: Total,
    n: float,
    answers: int,
    target: Target,
    level: float,
) -> Estimate:
    total = n + found.value + missed.value
    value = min(2 * found.value / total, 1.0)
    variance = (2 - value) ** 2 * found.variance + value**2 * missed.variance
    if target == "model":
        wrong = n - found.value + missed.value
        variance += found.value * (2 - 2 * value) ** 2 + wrong * value**2
    return _share(value, variance / total**2, answers, level)


def _share(value: float, variance: float, n: int, level: float) -> Estimate:
    """Wilson's interval at n_eff; at 0 or 1, at the n_eff of one answer in so many."""
    inner = min(max(value, 1 / (n + 2)), 1 - 1 / (n + 2))
    n_eff = inner * (1 - inner) / variance if variance > 0 else math.inf
    low, high = wilson_effective(value, n_eff, level)
    return Estimate(value, low, high, n, METHOD, level)
