"""The active design: whom to look at so that a budget of reviews says most about accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import chance
from reviewer.stats.calibrated import UNSEEN
from reviewer.stats.intervals import wilson_effective
from reviewer.stats.sampling import LEVELS, levels_at_least

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.chance import ChanceOfRight

    Floats = NDArray[np.float64]

FLOOR: Final = 0.01
# Shares of the budget that may go to all alike. 1 is plain random sampling.
_EVEN: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
_HALVINGS: Final = 40
_TINY: Final = 1e-12
# A thousandth of the budget may stay unspent.
_CLOSE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Design:
    """How probable the review of each prediction is, by its confidence alone.

    pi = scale·((1 - even)·s/spread + even), s = sqrt(f(1 - f)), f the chance of being
    right: the optimal design for a mean that a model predicts (Neyman 1934; Isaki & Fuller
    1982), mixed with an even one. `spread` is the mean s of the predictions it was planned
    for, `expected` the number of them it would review. Plain numbers: a policy stores
    them, and routes each prediction when it comes.
    """

    chance: ChanceOfRight
    scale: float
    even: float
    spread: float
    floor: float = FLOOR
    expected: float = 0.0

    def inclusion(self, confidence: ArrayLike, rule: ArrayLike = 0.0) -> Floats:
        """The inclusion probability of each: one of LEVELS, at least the floor.

        `rule`: what other rules give (0 to 1); the greater of the two counts. Confidences
        in the same of 2048 bins have the same. ValueError for one outside [0, 1].
        """
        active = self.by_bin()[chance.bins(confidence)]
        given = np.asarray(rule, dtype=np.float64)
        if not np.any(given):
            return active
        return levels_at_least(np.clip(given, active, 1.0))

    def by_bin(self) -> Floats:
        """The inclusion probability in each of the 2048 bins of chance.py."""
        right = self.chance.of(chance.centres())
        wanted = self.scale * _relative(right, self.even, self.spread)
        return _levels(wanted, self.floor)


def plan(
    confidence: ArrayLike,
    budget: float,
    fitted: ChanceOfRight,
    *,
    counts: ArrayLike | None = None,
    rule: float = 0.0,
    floor: float = FLOOR,
    even: float | None = None,
) -> Design:
    """The design that reviews about `budget` of predictions like these.

    `confidence` of those to come, or of an earlier window like them (with `counts`, if
    grouped); `rule` an inclusion probability that all have anyway. The scale is found by
    bisection, after rounding up to LEVELS, so that the expected number of reviews is the
    budget. Where floor and rule alone need more, they stay, and `expected` says how many.

    Where `even` is not given, the share is taken that promises the narrowest interval of
    calibrated.accuracy(). With few errors and a small budget that is plain random
    sampling: there, looking mostly at doubtful predictions would leave the sure ones, and
    with them the interval, to a guess.
    ValueError for a budget that is not positive, a floor below 0.005, no predictions.
    """
    if not budget > 0:
        raise ValueError(f"a budget is a positive number of reviews, not {budget}")
    if not LEVELS[0] <= floor <= 1:
        raise ValueError(f"a floor is from {LEVELS[0]} to 1, not {floor}")
    place = chance.bins(confidence)
    weights = None if counts is None else np.asarray(counts, dtype=np.float64)
    many = np.bincount(place, weights, minlength=chance.BINS).astype(np.float64)
    some, least = many > 0, max(floor, rule)
    if not some.any():
        raise ValueError("no predictions to plan for")
    right, held = fitted.of(chance.centres())[some], many[some]
    shares = _EVEN if even is None else (even,)
    designs = [_scaled(fitted, right, held, budget, each, least) for each in shares]
    return min(designs, key=lambda each: _width(each, right, held, some))


def _scaled(
    fitted: ChanceOfRight,
    right: Floats,
    many: Floats,
    budget: float,
    even: float,
    floor: float,
) -> Design:
    spread = float(many @ np.sqrt(right * (1 - right)) / many.sum())
    relative = _relative(right, even, spread)
    low, high = 0.0, 1 / max(float(relative.min()), _TINY)
    expected = float(many.sum() * _levels(np.zeros(1), floor)[0])
    for _ in range(_HALVINGS):
        scale = (low + high) / 2
        spent = float(many @ _levels(scale * relative, floor))
        if spent > budget:
            high = scale
            continue
        low, expected = scale, spent
        if spent > (1 - _CLOSE) * budget:
            break
    return Design(fitted, low, even, spread, floor, expected)


def _width(
    design: Design, right: Floats, many: Floats, some: NDArray[np.bool_]
) -> float:
    """What the interval of the accuracy is expected to measure."""
    pi, size = design.by_bin()[some], many.sum()
    value = float(many @ right / size)
    seen = float(many @ ((1 - pi) / pi * right * (1 - right)))
    unseen = UNSEEN * float(((1 - pi) / pi**2).max())
    variance = max(seen, unseen) / float(size) ** 2
    if variance <= 0 or not 0 < value < 1:
        return 0.0
    low, high = wilson_effective(value, value * (1 - value) / variance)
    return high - low


def _relative(right: Floats, even: float, spread: float) -> Floats:
    if spread <= _TINY:
        return np.ones_like(right)
    relative: Floats = (1 - even) * np.sqrt(right * (1 - right)) / spread + even
    return relative


def _levels(wanted: Floats, floor: float) -> Floats:
    # a last digit must not lift a probability by a whole level
    return levels_at_least(np.clip(wanted * (1 - _TINY), floor, 1.0))
