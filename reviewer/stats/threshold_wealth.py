"""How much the evidence for each threshold of a grid is worth, before every wrong answer.

Right answers raise an e-value and wrong ones lower it: so the greatest value on the way
stands before a wrong answer or at the end, and only there need it be computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.betting import log_mean
from reviewer.stats.planned_test import allowed, log_chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.promises import Answers
    from reviewer.stats.threshold_state import Process

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

# How much of the wealth is staked on the planned number of answers.
AIMED: Final = 0.75


@dataclass(frozen=True, slots=True)
class Gained:
    """For each threshold: the greatest ln e among these answers, errors if its plan is full."""

    best: Floats
    closed: Integers


def gained(process: Process, places: Integers, answers: Answers) -> Gained:
    """What answers add, each with the place in the grid of the first that accepts it."""
    size = len(process.best)
    peak = np.cumsum(answers.wrong).astype(np.intp)
    ones = np.stack([np.ones_like(answers.wrong), answers.wrong], axis=1)
    won = wealth(process) + _at_peaks(_steps(process, answers), peak, places, size)
    counts = _counts(process) + _at_peaks(ones, peak, places, size)
    n, errors = np.moveaxis(np.rint(counts).astype(np.intp), 2, 0)
    closed = _closed(process, n, errors)
    full = n[-1] >= np.array(process.planned)
    best = _log_e(process, won, n, closed).max(axis=0)
    return Gained(best, np.where(full, closed[-1], -1))


def _steps(process: Process, answers: Answers) -> Floats:
    """ln (1 + λ·(alpha - wrong)/pi): (answers, bets)."""
    z = (process.alpha - answers.wrong) / answers.inclusion
    found: Floats = np.log1p(np.outer(z, process.bets))
    return found


def _at_peaks(
    each: Floats, peak: Integers, places: Integers, thresholds: int
) -> Floats:
    """Sums of rows up to each peak, at each threshold or above: (peaks, thresholds, …)."""
    peaks = int(peak[-1]) + 1 if peak.size else 1
    found = np.zeros((peaks * thresholds, each.shape[1]))
    np.add.at(found, peak * thresholds + places, each)
    table = found.reshape(peaks, thresholds, each.shape[1])
    total: Floats = np.cumsum(np.cumsum(table, axis=0), axis=1)
    return total


def wealth(process: Process) -> Floats:
    """ln wealth of each bet so far, at each threshold: (thresholds, bets)."""
    places, seen, times = process.columns()
    each = _steps(process, seen) * times[:, None]
    nothing = np.zeros(places.size, dtype=np.intp)
    found: Floats = _at_peaks(each, nothing, places, len(process.best))[0]
    return found


def _counts(process: Process) -> Floats:
    """Answers and errors so far, at each threshold or above: (thresholds, 2)."""
    places, seen, times = process.columns()
    each = np.stack([times, times * seen.wrong], axis=1)
    nothing = np.zeros(places.size, dtype=np.intp)
    found: Floats = _at_peaks(each, nothing, places, len(process.best))[0]
    return found


def _closed(process: Process, n: Integers, errors: Integers) -> Integers:
    """Errors at each peak, but no later ones than when the plan was full."""
    planned, before = np.array(process.planned), np.array(process.closed)
    full = np.argmax(n >= planned, axis=0)
    at_end = np.where(before >= 0, before, errors[full, np.arange(planned.size)])
    over = (n[-1] >= planned) & (np.arange(len(n))[:, None] >= full)
    found: Integers = np.where(over, at_end, errors)
    return found


def _log_e(process: Process, won: Floats, n: Integers, errors: Integers) -> Floats:
    """ln e of take() at each peak and threshold."""
    bets = log_mean(won)
    planned = np.array(process.planned)
    level = AIMED * process.delta
    most = np.array([allowed(each, process.alpha, level) for each in process.planned])
    if not (most >= 0).any():
        return bets
    plan = log_chance(np.maximum(most, 0), planned, n, errors, process.alpha)
    both = np.logaddexp(bets + math.log(1 - AIMED), plan + math.log(AIMED))
    return np.where(most >= 0, both, bets)
