"""An alarm for a stream without an end: live accuracy fell, the new model does harm.

A test that starts once grows weak: what was good for a year outweighs a bad week. A
detector starts anew with every item and adds all of these up.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewer.stats.betting import log_mean, mixed
from reviewer.stats.counts import check_inclusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_BETS: Final = 12
# Inclusion probabilities that differ by less are the same.
EQUAL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Detector:
    """The mean over bets of Shiryaev-Roberts e-detectors; plain numbers, to be stored.

    Against "the mean of `line` - value is at most 0, always": R_t = (R_(t-1) + 1)·(1 +
    λ·(line - value)/pi) adds up one e-process from every start. By their theorem its
    expected value when the alarm sounds is at most the number of items so far, so the
    alarm at R >= run_length is false once in `run_length` items on average, or more
    seldom (Shin, Ramdas & Rinaldo 2023, "E-detectors"). `logs` are ln R of each bet.
    """

    line: float
    lowest: float
    run_length: float
    bets: tuple[float, ...]
    logs: tuple[float, ...]
    n: int = 0

    @property
    def log_e(self) -> float:
        return mixed(np.array(self.logs)) if self.n else -math.inf

    @property
    def level(self) -> float:
        """How far it is to the alarm, at 1: R over run_length."""
        return math.exp(min(0.0, self.log_e - math.log(self.run_length)))

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; a detector that has seen nothing yet keeps no logs."""
        told = asdict(self)
        return {**told, "bets": [*self.bets], "logs": [*self.logs] if self.n else []}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Detector:
        bets = tuple(told["bets"])
        logs = tuple(told["logs"]) or (-math.inf,) * len(bets)
        return cls(**{**told, "bets": bets, "logs": logs})


@dataclass(frozen=True, slots=True)
class Watched:
    """The detector after the items; which of them, counted from 0, set off the alarm.

    With an alarm it is as that item left it: what came later says nothing of the alarm.
    """

    detector: Detector
    alarm: int | None


def of_fall(line: float, *, lowest: float, run_length: float) -> Detector:
    """The share of right answers (values 1 and 0) is below `line`: 0.95 for 95 %.

    The bets are the best ones against error rates spread on a log scale, from a quarter
    more than allowed to nearly all: λ·(1 - line)/lowest = (q - e)/(1 - e), e = 1 - line.
    """
    if not 0 < line < 1:
        raise ValueError(f"a line is between 0 and 1, not {line}")
    wrong = 1 - line
    shares = np.geomspace(wrong / 4, 0.9, _BETS)
    return _started(line, shares * lowest / wrong, lowest, run_length)


def of_harm(*, lowest: float, run_length: float, margin: float = 0.0) -> Detector:
    """The new model is worse than the old one by more than `margin`.

    Values are 1, 0, -1: only the new one is right, no difference, only the old one.
    """
    if not 0 <= margin < 1:
        raise ValueError(f"a margin is in [0, 1), not {margin}")
    bets = np.geomspace(0.02, 0.9, _BETS) * lowest / (1 + margin)
    return _started(-margin, bets, lowest, run_length)


def watch(detector: Detector, values: ArrayLike, inclusion: ArrayLike) -> Watched:
    """Take items in, in the order of intake (intake_order.py); only ones not yet seen.

    Two arrays of one length. An item without an answer past its due time counts as the
    worst value. ValueError where a bet could ruin, or a probability is below `lowest`.
    """
    z, pi = (np.asarray(x, dtype=np.float64) for x in (values, inclusion))
    if z.ndim != 1 or z.shape != pi.shape or not np.isfinite(z).all():
        raise ValueError("one known value and one inclusion probability per item")
    check_inclusion(pi)
    if not z.size:
        return Watched(detector, None)
    if pi.min() < detector.lowest - EQUAL:
        raise ValueError("an item's inclusion probability is below the detector's")
    logs = _path(detector, (detector.line - z) / pi)
    over = np.flatnonzero(log_mean(logs) >= math.log(detector.run_length))
    alarm = int(over[0]) if over.size else None
    used = z.size if alarm is None else alarm + 1
    last = tuple(logs[used - 1].tolist())
    return Watched(replace(detector, logs=last, n=detector.n + used), alarm)


def _path(detector: Detector, z: Floats) -> Floats:
    """ln R after each item, for each bet: R_t = P_t·(R_0 + Σ_(s<t) 1/P_s), P = ∏ factors."""
    each = np.outer(z, np.array(detector.bets))
    if not np.all(each > -1):
        raise ValueError("values lie further from the line than the bets allow")
    product = np.cumsum(np.log1p(each), axis=0)
    starts = np.vstack([np.zeros_like(product[:1]), -product[:-1]])
    sums = np.logaddexp.accumulate(starts, axis=0)
    found: Floats = product + np.logaddexp(sums, np.array(detector.logs))
    return found


def _started(line: float, bets: Floats, lowest: float, run_length: float) -> Detector:
    if not 0 < lowest <= 1:
        raise ValueError(f"an inclusion probability is in (0, 1], not {lowest}")
    if not run_length > 1:
        raise ValueError("a run between false alarms is longer than one item")
    nothing = (-math.inf,) * bets.size
    return Detector(line, lowest, run_length, tuple(bets.tolist()), nothing)
