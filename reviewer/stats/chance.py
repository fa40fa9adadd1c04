"""How probable it is that a prediction is right, learnt from its confidence and past reviews."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# A confidence of 1 would be a promise without exception; nobody can make it.
_SUREST: Final = 1 - 1e-6
_WIDEST: Final = float(np.log(_SUREST / (1 - _SUREST)))
# So fine that an estimate from bins differs by less than a thousandth of its width.
BINS: Final = 2048
# "The confidence is right as it stands", worth a handful of answers.
_STANDS: Final = np.array([0.0, 1.0])
_HOLDS: Final = np.array([0.05, 0.25])
_STEPS: Final = 50
_CLOSE: Final = 1e-8


@dataclass(frozen=True, slots=True)
class ChanceOfRight:
    """chance = 1/(1 + exp(-(intercept + slope·logit(confidence)))): Platt (1999).

    As it stands by default, a confidence is its own chance. Three numbers at most are
    kept of a fit, so a policy can store it.
    """

    intercept: float = 0.0
    slope: float = 1.0

    def of(self, confidence: ArrayLike) -> Floats:
        """The chance of being right of each, in the shape of `confidence`."""
        return self.at(logit(confidence))

    def at(self, odds: Floats) -> Floats:
        """The same, from logits of confidences."""
        return expit(self.intercept + self.slope * odds)


def logit(confidence: ArrayLike) -> Floats:
    """log(p/(1 - p)), p held within 1e-6 of 0 and 1. ValueError unless all in [0, 1]."""
    given = np.asarray(confidence, dtype=np.float64)
    # NaN fails both
    if given.size and not (given.min() >= 0 and given.max() <= 1):
        raise ValueError("confidences are numbers from 0 to 1")
    held = np.clip(given, 1 - _SUREST, _SUREST)
    odds: Floats = np.log(held / (1 - held))
    return odds


def expit(x: Floats) -> Floats:
    """1/(1 + exp(-x)), the inverse of logit()."""
    chance: Floats = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    return chance


def fit(
    outcomes: ArrayLike,
    confidence: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    begin: ChanceOfRight | None = None,
) -> ChanceOfRight:
    """The logistic map of confidence that fits the answers best: three arrays of one length.

    Maximises Σ w·log P(y) minus a penalty (0.05·intercept² + 0.25·(slope - 1)²)/2, by
    Newton's method with halved steps; `weights` (1/inclusion, counts) are taken relative
    to each other, scaled to add up to the number of answers. The penalty (a normal prior:
    Gelman et al. 2008) keeps the fit finite where all answers are alike, and near the
    confidence itself where there are few; without answers it is the confidence.
    ValueError for outcomes other than 0 and 1, or weights that are not positive.
    """
    y, odds = np.asarray(outcomes, dtype=np.float64), logit(confidence)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    if not y.shape == odds.shape == w.shape:
        raise ValueError("outcomes, confidences and weights differ in length")
    if not np.isin(y, (0, 1)).all():
        raise ValueError("outcomes are 0 or 1")
    if not np.all((w > 0) & np.isfinite(w)):
        raise ValueError("weights are positive")
    if not y.size:
        return ChanceOfRight()
    begin = begin or ChanceOfRight()
    at = np.array([begin.intercept, begin.slope])
    return fitted(y, odds, w * (y.size / w.sum()), at)


def fitted(y: Floats, odds: Floats, w: Floats, at: Floats) -> ChanceOfRight:
    """fit() from logits, with weights that count as answers, beginning at (intercept, slope)."""
    value = _objective(at, y, odds, w)
    for _ in range(_STEPS):
        step, gain = _newton(at, y, odds, w)
        if gain < _CLOSE:
            break
        ahead = _objective(at + step, y, odds, w)
        while ahead < value and float(np.abs(step).max()) > _CLOSE:
            step = step / 2
            ahead = _objective(at + step, y, odds, w)
        at, value = at + step, ahead
    return ChanceOfRight(float(at[0]), float(at[1]))


def _objective(at: Floats, y: Floats, odds: Floats, w: Floats) -> float:
    x = at[0] + at[1] * odds
    likelihood = float(w @ (y * x - np.logaddexp(0, x)))
    return likelihood - float(_HOLDS @ (at - _STANDS) ** 2) / 2


def _newton(at: Floats, y: Floats, odds: Floats, w: Floats) -> tuple[Floats, float]:
    """The step, and about twice what it will gain."""
    chance = expit(at[0] + at[1] * odds)
    miss, bend = w * (y - chance), w * chance * (1 - chance)
    up, turn = np.array([miss.sum(), miss @ odds]) - _HOLDS * (at - _STANDS)
    one, cross = float(bend.sum()) + _HOLDS[0], float(bend @ odds)
    two = float(bend @ odds**2) + _HOLDS[1]
    area = one * two - cross**2
    step = np.array([two * up - cross * turn, one * turn - cross * up]) / area
    return step, float(up * step[0] + turn * step[1])


def bins(confidence: ArrayLike) -> NDArray[np.intp]:
    """The bin of each confidence, 0 to 2047: even steps of the logit (of 0.0135)."""
    place = (logit(confidence) + _WIDEST) * (BINS / (2 * _WIDEST))
    return np.minimum(place.astype(np.intp), BINS - 1)


def bin_of(confidence: float, many: int = BINS) -> int:
    """The bin of one confidence, held in [0, 1], of so many; for 2048 as bins() has it."""
    held = min(max(confidence, 1 - _SUREST), _SUREST)
    place = (math.log(held / (1 - held)) + _WIDEST) * (many / (2 * _WIDEST))
    return min(int(place), many - 1)


def centres() -> Floats:
    """The confidence in the middle of each of the 2048 bins."""
    middle = np.arange(BINS, dtype=np.float64) + 0.5
    return expit(middle * (2 * _WIDEST / BINS) - _WIDEST)


def binned(
    confidence: ArrayLike, counts: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Confidences and how many have each: at most 2048 rows stand for any number of items."""
    given = np.asarray(confidence, dtype=np.float64)
    many = None if counts is None else np.asarray(counts, dtype=np.float64)
    place = bins(given)
    held = np.bincount(place, many, minlength=BINS).astype(np.float64)
    summed = np.bincount(place, given if many is None else given * many, minlength=BINS)
    some = held > 0
    return summed[some] / held[some], held[some]
