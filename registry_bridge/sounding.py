"""Feeds the detectors of a watch; pure. They begin anew where predictions get rarer draws.

A detector's bets are bounded by the smallest probability of being known; that depends on
the policy, which may change while a watch goes on, and on no answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import detectors
from reviewer.stats.detectors import Detector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Blind answers between two false alarms of one test, on average, where the version is
# exactly as much worse as it may be; of both tests together half as many.
RUN_LENGTH: Final = 4_000
TOGETHER: Final = RUN_LENGTH // 2


def against_line(line: float, lowest: float) -> Detector:
    return detectors.of_fall(line, lowest=lowest, run_length=RUN_LENGTH)


def against_version(margin: float, lowest: float) -> Detector:
    return detectors.of_harm(lowest=lowest, run_length=RUN_LENGTH, margin=margin)


@dataclass(frozen=True, slots=True)
class Fed:
    """The detector after the items, which of them sounded, how often it began anew."""

    detector: Detector
    alarm: int | None
    anew: int


def feed(detector: Detector, values: Floats, inclusion: Floats) -> Fed:
    """Take items in, in the order of intake; nothing after an alarm is looked at."""
    rarer = np.flatnonzero(inclusion < detector.lowest - detectors.EQUAL)
    at = int(rarer[0]) if rarer.size else values.size
    watched = detectors.watch(detector, values[:at], inclusion[:at])
    if watched.alarm is not None or at == values.size:
        return Fed(watched.detector, watched.alarm, 0)
    begun = _anew(detector, float(inclusion[at:].min()))
    rest = feed(begun, values[at:], inclusion[at:])
    alarm = None if rest.alarm is None else rest.alarm + at
    return Fed(rest.detector, alarm, rest.anew + 1)


def _anew(detector: Detector, lowest: float) -> Detector:
    """The same test for rarer draws, that has seen nothing."""
    bets = tuple(bet * lowest / detector.lowest for bet in detector.bets)
    logs = (-math.inf,) * len(bets)
    return replace(detector, lowest=lowest, bets=bets, logs=logs, n=0)
