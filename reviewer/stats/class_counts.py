"""Figures of a class of which hardly an error was seen: from counts alone, no model's help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.calibrated import FEWEST_ERRORS
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import interval_from_counts, weighted_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.estimation import Target

    Floats = NDArray[np.float64]

METHOD: Final = "share of totals, gamma"


def figures(
    is_: NDArray[np.bool_],
    called: NDArray[np.bool_],
    pi: Floats,
    least: float,
    target: Target,
    level: float,
) -> tuple[Estimate | NotEnough | None, ...]:
    """Precision, recall and F1 of a class; None where five errors or more were seen.

    Three arrays of one length: is it the class, was it called so, inclusion. Precision and
    recall are weighted_mean()'s over what was called so, and what is. F1 = 2t/(2t + errors)
    is the share of two totals that are independent under Poisson sampling:
    interval_from_counts() with hits that count twice.
    """
    hit, wrong, missed = called & is_, called & ~is_, is_ & ~called
    return (
        _mean(hit, called, wrong, pi, least, target, level),
        _mean(hit, is_, missed, pi, least, target, level),
        _f1(hit, wrong | missed, pi, least, level),
    )


def _mean(
    hit: NDArray[np.bool_],
    among: NDArray[np.bool_],
    errors: NDArray[np.bool_],
    pi: Floats,
    least: float,
    target: Target,
    level: float,
) -> Estimate | NotEnough | None:
    if errors.sum() >= FEWEST_ERRORS:
        return None
    outcomes = hit[among].astype(np.float64)
    return weighted_mean(outcomes, pi[among], lowest=least, target=target, level=level)


def _f1(
    hit: NDArray[np.bool_],
    errors: NDArray[np.bool_],
    pi: Floats,
    least: float,
    level: float,
) -> Estimate | None:
    if errors.sum() >= FEWEST_ERRORS or not (hit | errors).any():
        return None
    return f1(hit, errors, pi, least, level)


def f1(
    hit: NDArray[np.bool_],
    errors: NDArray[np.bool_],
    pi: Floats,
    least: float,
    level: float = 0.95,
) -> Estimate:
    """F1 as figures() gives it, however many errors there were; at least one hit or error."""
    either = hit | errors
    right = hit[either].astype(np.float64)
    # a hit counts twice: as if it had been drawn half as often
    inclusion = pi[either] / (1 + right)
    value = float((right / inclusion).sum() / (1 / inclusion).sum())
    low, high = interval_from_counts(right, inclusion, lowest=least, level=level)
    bounds = min(low, value), max(high, value)
    return Estimate(value, *bounds, int(either.sum()), METHOD, level)
