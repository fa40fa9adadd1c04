"""What a promise "at most alpha wrong among the accepted, sure by 1 - delta" rests on.

Thresholds are tried from the strictest to the laxest of a grid that looks at no label,
and the first that cannot be shown to keep the promise ends it: then all that were shown
hold together at delta, without a correction (fixed-sequence testing, the way of Learn
then Test: Angelopoulos, Bates, Candès, Jordan & Lei 2021).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from reviewer.stats.betting import check_level
from reviewer.stats.counts import check_inclusion
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

POINTS: Final = 60
# The strictest threshold has so many times the labels that a faultless one would need:
# there a few errors must not end the sequence. Bets win less on the same labels.
_SPARE: Final = 2
_SPARE_OF_BETS: Final = 3


@dataclass(frozen=True, slots=True)
class Fitted:
    """Accept what has at least this confidence: at most alpha of it is wrong.

    `accepted` is the share of predictions that pass; `wrong` the share of errors among
    them, bounded by the promise itself (level 1 - delta). n counts answers among them.
    """

    threshold: float
    accepted: Estimate
    wrong: Estimate
    alpha: float
    delta: float
    n: int
    method: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Threshold: TypeAlias = Fitted | NotEnough


def labels_needed(alpha: float, delta: float) -> int:
    """The fewest answers without an error that show "at most alpha wrong" at delta.

    The smallest n with (1 - alpha)^n <= delta: ln(delta)/ln(1 - alpha), rounded up.
    1 % and .05: 299; they must come from the accepted, all with the same probability.
    """
    rate = math.log(check_level(delta)) / math.log1p(-check_level(alpha))
    return math.ceil(rate - 1e-9)


def labels_to_start(alpha: float, delta: float, *, exact: bool) -> int:
    """The answers, or their worth, that the strictest threshold of a grid should have.

    `exact`: all inclusion probabilities are equal, so that the binomial test is there.
    """
    spare = _SPARE if exact else _SPARE_OF_BETS
    return spare * labels_needed(alpha, delta)


@dataclass(frozen=True, slots=True)
class Grid:
    """Thresholds from strict to lax, and which share of predictions each accepts."""

    thresholds: tuple[float, ...]
    shares: tuple[float, ...]
    # The predictions whose confidences it was made from.
    size: int

    def places(self, confidence: ArrayLike) -> NDArray[np.intp]:
        """For each prediction the strictest threshold that accepts it; len when none."""
        strict_to_lax = -np.array(self.thresholds)
        return np.searchsorted(strict_to_lax, -checked_confidence(confidence))

    def accepted(self, at: int, level: float = 0.95) -> Estimate:
        share = self.shares[at]
        low, high = wilson(share * self.size, self.size, level)
        return Estimate(share, low, high, self.size, "Wilson", level)


def grid(confidence: ArrayLike, strictest: float, *, points: int = POINTS) -> Grid:
    """Evenly spaced shares of the most confident predictions, from `strictest` to all.

    `confidence`: of all predictions of one model version, looked at by people or not. The
    thresholds are confidences that occur; equal ones are one. ValueError without
    predictions, for NaN, or a share outside (0, 1].
    """
    found = np.sort(checked_confidence(confidence))[::-1]
    if not found.size:
        raise ValueError("a grid needs predictions")
    if not 0 < strictest <= 1:
        raise ValueError(f"a share is in (0, 1], not {strictest}")
    wanted = np.linspace(strictest, 1, points)
    at = np.clip(np.ceil(wanted * found.size - 1e-9).astype(int) - 1, 0, None)
    thresholds = np.unique(found[at])[::-1]
    shares = np.searchsorted(-found, -thresholds, side="right") / found.size
    return Grid(tuple(thresholds.tolist()), tuple(shares.tolist()), found.size)


def checked_confidence(confidence: ArrayLike) -> Floats:
    """The confidences as an array; ValueError for NaN, or what is not in [0, 1]."""
    found = np.asarray(confidence, dtype=np.float64)
    if found.ndim != 1 or not np.all((found >= 0) & (found <= 1)):
        raise ValueError("confidences are numbers from 0 to 1")
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """Labelled predictions: confidence, wrong or not (worst case: wrong), inclusion."""

    confidence: Floats
    wrong: Floats
    inclusion: Floats

    @classmethod
    def of(
        cls, confidence: ArrayLike, wrong: ArrayLike, inclusion: ArrayLike
    ) -> Answers:
        """`wrong` is 1, 0, or NaN: closed without an answer, which counts as wrong."""
        found = checked_confidence(confidence)
        is_wrong = np.asarray(wrong, dtype=np.float64)
        pi = np.asarray(inclusion, dtype=np.float64)
        if not found.shape == is_wrong.shape == pi.shape:
            raise ValueError("confidence, wrong and inclusion differ in length")
        check_inclusion(pi)
        if not np.all(np.isnan(is_wrong) | (is_wrong == 0) | (is_wrong == 1)):
            raise ValueError("wrong is 1, 0 or NaN (no answer)")
        return cls(found, np.where(np.isnan(is_wrong), 1.0, is_wrong), pi)

    def part(self, which: NDArray[np.bool_] | slice) -> Answers:
        return Answers(self.confidence[which], self.wrong[which], self.inclusion[which])

    def share_wrong(self, threshold: float, alpha: float, delta: float) -> Estimate:
        """The weighted share of errors at this confidence or above, promised <= alpha."""
        inside = self.confidence >= threshold
        weights = 1 / self.inclusion[inside]
        value = float(weights @ self.wrong[inside] / weights.sum())
        high = max(value, alpha)
        return Estimate(value, 0.0, high, int(inside.sum()), "as promised", 1 - delta)


def part_of_delta(delta: float, fit: int) -> float:
    """The delta of the fit-th fit (1, 2, …), so that all fits together spend at most delta.

    delta·6/(π²·fit²): any number of refits and model versions may follow. Each is valid
    at its own; the sum bounds the chance that any of them ever broke its promise.
    """
    if fit < 1:
        raise ValueError("fits are counted from 1")
    return check_level(delta) * 6 / (math.pi * fit) ** 2
