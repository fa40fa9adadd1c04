"""Thresholds that keep a promise at every look: refitted after each label, on one delta.

A process belongs to one model version and to one sample of predictions that fixed its
grid; another version, or another promise, is another process with a delta of its own, and
so is each label where thresholds are per label.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.betting import mixed
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.promises import (
    Answers,
    Fitted,
    Threshold,
    checked_confidence,
    grid,
    labels_to_start,
)
from reviewer.stats.threshold_state import Process
from reviewer.stats.threshold_wealth import AIMED, gained, wealth

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_AT_ONCE: Final = 5_000
_EQUAL: Final = 1e-9
_MOST_LABELS: Final = 10_000_000


def start(
    confidence: ArrayLike,
    inclusion: ArrayLike,
    *,
    alpha: float,
    delta: float,
    planned: int,
    lowest: float | None = None,
) -> Process | NotEnough:
    """Begin a process, before any label is looked at.

    `confidence` and `inclusion` (one each, or one for all) are of the version's predictions
    so far, looked at by people or not; `planned` is about how many answers there will be
    when the threshold is wanted: it may be missed, at the price of power. The grid starts
    where planned answers are worth labels_to_start(), one counting as lowest/inclusion.
    `lowest` (default: the smallest given) bounds what later answers may have.
    NotEnough where the whole plan is too small for that.
    """
    found = checked_confidence(confidence)
    pi = np.broadcast_to(np.asarray(inclusion, dtype=np.float64), found.shape)
    if not found.size:
        return NotEnough("predictions", 0)
    if not np.all((pi > 0) & (pi <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    least = min(float(pi.min()), lowest or 1.0)
    worth = planned * least / float(pi.mean())
    equal = float(pi.max()) - least <= _EQUAL
    wanted = labels_to_start(alpha, delta, exact=equal)
    if worth < wanted:
        needed = math.ceil(wanted * float(pi.mean()) / least)
        return NotEnough(f"a plan of {needed} answers", 0)
    made = grid(found, wanted / worth)
    highest = float(pi.max())
    plans = tuple(round(planned * s) if equal else 0 for s in made.shares)
    best, closed = (0.0,) * len(plans), (-1,) * len(plans)
    return Process(alpha, delta, made, least, highest, plans, best, closed)


def take(process: Process, answers: Answers) -> Process:
    """The process after these answers, in the order of intake; only ones not yet taken.

    For each threshold: e = ¼·(mean over bets of ∏ (1 + λ·(alpha - wrong)/pi)) + ¾·a,
    over what is at the threshold or above. The first part is betting.py's. The second,
    there where all pi are equal, is planned_test.py's, with the greatest number of errors
    for which it ends at 4/(3·delta) or more: with the plan full, e is nearly the exact
    test of one look. What ever reached 1/delta stays shown.
    ValueError for an inclusion probability outside of what the process began with.
    """
    _check(process, answers)
    for at in range(0, answers.wrong.size, _AT_ONCE):
        process = _taken(process, answers.part(slice(at, at + _AT_ONCE)))
    return process


def _taken(process: Process, answers: Answers) -> Process:
    places = process.grid.places(answers.confidence)
    accepted = places < len(process.best)
    places, answers = places[accepted], answers.part(accepted)
    more = gained(process, places, answers)
    kinds = (places, answers.wrong, answers.inclusion)
    seen = Counter(dict(process.seen))
    seen.update(zip(*(kind.tolist() for kind in kinds), strict=True))
    return replace(
        process,
        best=tuple(np.maximum(process.best, more.best).tolist()),
        closed=tuple(more.closed.tolist()),
        seen=tuple(sorted(seen.items())),
    )


def fitted(process: Process) -> Threshold:
    """The laxest threshold that is shown, all stricter ones being shown too.

    At no look, ever, is the promise broken with a chance above delta.
    """
    line = -math.log(process.delta)
    shown = int(np.logical_and.accumulate(np.array(process.best) >= line).sum())
    if not shown:
        return _missing(process)
    at = shown - 1
    wrong = _wrong(process, at)
    return Fitted(
        process.grid.thresholds[at],
        process.grid.accepted(at),
        wrong,
        process.alpha,
        process.delta,
        wrong.n,
        "e-process, any number of looks",
    )


def _check(process: Process, answers: Answers) -> None:
    low, high = process.lowest - _EQUAL, process.highest + _EQUAL
    pi = answers.inclusion
    if np.any((pi < low) | (pi > high)):
        raise ValueError("an answer's inclusion probability is outside the process's")


def _wrong(process: Process, at: int) -> Estimate:
    places, seen, times = process.columns()
    weights = (times / seen.inclusion)[places <= at]
    value = float(weights @ seen.wrong[places <= at] / weights.sum())
    high, n = max(value, process.alpha), round(float(times[places <= at].sum()))
    return Estimate(value, 0.0, high, n, "as promised", 1 - process.delta)


def _missing(process: Process) -> NotEnough:
    """How many right answers of the lowest probability the strictest threshold lacks."""
    won = wealth(process)[0]
    right = np.log1p(process.bets * process.alpha / process.lowest)
    stake = 1 - AIMED if any(process.planned) else 1.0
    line = -math.log(process.delta * stake)
    low, high = 0, _MOST_LABELS
    while high - low > 1:
        more = (low + high) // 2
        enough = mixed(won + more * right) >= line
        low, high = (low, more) if enough else (more, high)
    first = process.grid.thresholds[0]
    return NotEnough(
        f"{high} more right answers of confidence {first:.3f} or more", process.n
    )
