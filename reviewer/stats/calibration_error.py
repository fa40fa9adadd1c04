"""How far a model's confidence is from its accuracy, from reviewed predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.calibrated import Everyone, Reviewed, grouped, predict, read
from reviewer.stats.estimates import Estimate, NotEnough, both_hold
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reviewer.stats.calibrated import Rows
    from reviewer.stats.estimation import Target

    Floats = NDArray[np.float64]

BINS: Final = 10
# A bin with fewer answers says nothing about its accuracy.
_FEWEST: Final = 10
_ROUNDS: Final = 2000
_HALVINGS: Final = 30
_FARTHEST: Final = 64.0
_SEED: Final = 20_170_806
# Weights are counted in hundredths.
_FINE: Final = 100
METHOD: Final = "expected calibration error, equal-mass bins, debiased"


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Of each bin: its share of all, accuracy minus confidence, the variance of that.

    `most` is the greater of the two variances of which `variance` is the mean; `squares`
    Σ w² of its reviewed predictions over (Σ w)² of all of them.
    """

    share: Floats
    gap: Floats
    variance: Floats
    most: Floats
    squares: Floats

    @property
    def seen(self) -> float:
        """The mean distance with what chance adds to it."""
        return float(self.share @ np.abs(self.gap))


def calibration_error(
    reviewed: Reviewed,
    everyone: Everyone,
    *,
    bins: int = BINS,
    target: Target = "model",
    level: float = 0.95,
) -> Estimate | NotEnough:
    """The mean distance of confidence from accuracy, without what chance alone adds to it.

    All predictions are cut into `bins` of equal size by confidence (Nixon et al. 2019). In
    bin b, with share s of all, g = accuracy - mean confidence, the accuracy estimated as by
    calibrated.accuracy(), with variance v = (Σ a(r - r̄)² + Σ a·f(1 - f))/2(Σ w)² from the
    bin's reviewed predictions, a = (1 - pi)/pi² (1/pi² for target "model"). As |g| is too
    great by chance, value = Σ s·(2|g| - E|N(g, v)|), at least 0: debiased by one
    step of the bootstrap (Efron & Tibshirani 1993, 10.6; Kumar, Liang & Ma 2019). It is the
    error of these bins: within one, too high and too low confidences still cancel out.

    The interval holds every error under which the observed Σ s·|g| is not unlikely: with
    gaps of k·g, k from 0 up, as far as it stays between the (1 - level)/2 quantiles of
    Σ s·|N(k·g, v)|, simulated with the greater part of v (a test turned round: Efron &
    Tibshirani 1993, 12), and at least from value - z·sqrt(Σ s²·v) to Σ s·|g| + z·sqrt(Σ s²·v):
    no sum of |g| varies more than that of g, and the upper end relies on nothing taken off.
    NotEnough where a bin has fewer than ten answers. Predictions closed without an answer
    (NaN) are left out. ValueError as calibrated.accuracy().
    """
    rows = read(reviewed).filled(None)
    found = _gaps(rows, everyone, bins, target)
    if isinstance(found, NotEnough):
        return found
    return _estimate(found, int(rows.n.sum()), level, between=0.0)


def of_sample(reviewed: Reviewed, *, level: float = 0.95) -> Estimate | NotEnough:
    """The same where only the reviewed ones have a confidence: bins are cut by weight.

    As for a version that answered nothing else; one prediction stands for 1/pi of them.
    Which ones were drawn decides how many come from bins far off. That adds the variance
    B = Σ w²(|g| - Σ s·|g|)²/(Σ w)²: an end at a distance d is at sqrt(d² + z²·B) then.
    """
    weights = np.maximum(np.round(_FINE / np.asarray(reviewed.inclusion)), 1)
    rows, everyone = read(reviewed).filled(None), Everyone(reviewed.confidence, weights)
    found = _gaps(rows, everyone, BINS, "model")
    if isinstance(found, NotEnough):
        return found
    between = float(found.squares @ (np.abs(found.gap) - found.seen) ** 2)
    return _estimate(found, int(rows.n.sum()), level, between=between)


def _estimate(gaps: _Gaps, answers: int, level: float, *, between: float) -> Estimate:
    value = max(2 * gaps.seen - float(gaps.share @ _folded(gaps)), 0.0)
    low, high = _interval(gaps, (1 - level) / 2)
    z = normal_quantile(level)
    half = z * float(np.sqrt(gaps.share**2 @ gaps.most))
    below = value - min(low, value - half)
    above = max(high, gaps.seen + half) - value
    also = z * float(np.sqrt(between))
    ends = value - np.hypot(below, also), value + np.hypot(above, also)
    return Estimate(
        value,
        max(0.0, float(ends[0])),
        min(1.0, float(ends[1])),
        answers,
        METHOD,
        level,
    )


def increase(new: Estimate, old: Estimate) -> Estimate:
    """How much greater one error is than another, of the same items or of others.

    From the ends of both intervals, whatever the two have to do with each other.
    """
    low, high = new.low - old.high, new.high - old.low
    level = both_hold(new.level)
    return Estimate(new.value - old.value, low, high, new.n, f"{METHOD}, both", level)


def _gaps(
    rows: Rows, everyone: Everyone, bins: int, target: Target
) -> _Gaps | NotEnough:
    held, many = grouped(everyone)
    if bins < 1 or not held.size:
        raise ValueError("at least one bin, and one prediction")
    # the middle of what lies in one place decides where all of it goes
    middle = (np.cumsum(many) - many / 2) / many.sum()
    bin_of_held = np.minimum((middle * bins).astype(np.intp), bins - 1)
    nearest = np.searchsorted((held[1:] + held[:-1]) / 2, rows.confidence)
    bin_of = bin_of_held[nearest]
    size = np.bincount(bin_of_held, many, bins)
    some = size > 0
    few = float(np.bincount(bin_of, rows.n, bins)[some].min())
    if few < _FEWEST:
        return NotEnough(
            f"{_FEWEST - few:.0f} more answers in a bin", int(rows.n.sum())
        )
    known, share = predict(rows, held), size[some] / many.sum()
    place = bin_of_held[
        np.searchsorted((held[1:] + held[:-1]) / 2, known.rows.confidence)
    ]

    def summed(what: Floats) -> Floats:
        sums: Floats = np.bincount(place, known.rows.n * what, bins).astype(np.float64)
        return sums[some]

    pi, f = known.rows.pi, known.f
    a = (1 - pi if target == "window" else np.ones_like(pi)) / pi**2
    w, rest = summed(1 / pi), known.rows.y - known.use * f
    mean = summed(rest / pi) / w
    inside = np.zeros(bins)
    inside[some] = mean
    seen = summed(a * (rest - inside[place]) ** 2) / w**2
    expected = summed(a * f * (1 - f)) / w**2
    ahead = known.use * known.everyone - held
    gap = np.bincount(bin_of_held, many * ahead, bins)[some] / size[some] + mean
    squares = summed(1 / pi**2) / float(known.rows.n @ (1 / pi)) ** 2
    most = np.maximum(seen, expected)
    return _Gaps(share, gap, (seen + expected) / 2, most, squares)


def _folded(gaps: _Gaps) -> Floats:
    """E|N(g, v)| = sqrt(2v/π)·exp(-g²/2v) + g·(1 - 2Φ(-g/sqrt(v))), bin by bin."""
    from scipy.special import ndtr

    g, sd = np.abs(gaps.gap), np.sqrt(gaps.variance)
    z = g / np.where(sd > 0, sd, 1)
    normal = sd * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + g * (1 - 2 * ndtr(-z))
    mean: Floats = np.where(sd > 0, normal, g)
    return mean


def _interval(gaps: _Gaps, tail: float) -> tuple[float, float]:
    noise = np.random.default_rng(_SEED).standard_normal((_ROUNDS, gaps.gap.size))
    noise *= np.sqrt(gaps.most)
    seen = gaps.seen

    def below(k: float) -> float:
        """How often less than what was seen would be seen, were the gaps k times these."""
        return float((np.abs(k * gaps.gap + noise) @ gaps.share < seen).mean())

    low = _turn(lambda k: below(k) < 1 - tail)
    high = _turn(lambda k: below(k) <= tail)
    return low * seen, high * seen


def _turn(holds: Callable[[float], bool]) -> float:
    """The smallest factor from which on something holds, by bisection."""
    low, high = 0.0, 1.0
    if holds(0.0):
        return 0.0
    while not holds(high) and high < _FARTHEST:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
