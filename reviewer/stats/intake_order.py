"""How far a stream of items may be used as evidence, and what each item is worth.

Wrong items settle later than right ones: they are argued about. Evidence taken in the
order of settling therefore sees too few of them and breaks every promise that looks
after each label. So items count in the order of intake, up to the first that is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats.counts import Counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class Standing(IntEnum):
    """What is known of an item that evidence waits for."""

    OPEN = 0
    SETTLED = 1
    # Known without a label: both models say the same.
    TIE = 2
    # Past its due time, skipped or unanswerable: the worst case for the claim.
    OVERDUE = 3


@dataclass(frozen=True, slots=True)
class Ready:
    """The items that count now: their values and inclusion probabilities, in order.

    `upto` is how many of the given ones are used up: the place to go on from next time.
    What was counted stays as it was, also when an overdue answer comes after all.
    """

    values: Floats
    inclusion: Floats
    upto: int
    overdue: int

    @property
    def counts(self) -> Counts:
        return Counts.of(self.values, self.inclusion)


def ready(
    standing: ArrayLike, values: ArrayLike, inclusion: ArrayLike, *, worst: float
) -> Ready:
    """The items before the first open one, in the order of intake.

    Arrays of one length, one row per selected item or known tie. `values` may be NaN
    where nothing is settled. An overdue item is worth `worst` (-1: the challenger alone
    was wrong; 1 for a "wrong"), a tie 0 with inclusion 1. ValueError where a settled
    item has no value, or lengths differ.
    """
    state = np.asarray(standing, dtype=np.intp)
    known = np.asarray(values, dtype=np.float64)
    pi = np.asarray(inclusion, dtype=np.float64)
    if not state.shape == known.shape == pi.shape:
        raise ValueError("standing, values and inclusion differ in length")
    upto = first_open(state)
    state, known, pi = state[:upto], known[:upto], pi[:upto]
    if np.isnan(known[state == Standing.SETTLED]).any():
        raise ValueError("a settled item has a value")
    choices = [state == Standing.TIE, state == Standing.OVERDUE]
    found = np.select(choices, [0.0, worst], known)
    overdue = int((state == Standing.OVERDUE).sum())
    return Ready(found, np.where(state == Standing.TIE, 1.0, pi), upto, overdue)


def first_open(standing: ArrayLike) -> int:
    """How many items stand before the first open one; all when none is open."""
    open_ = np.flatnonzero(np.asarray(standing) == Standing.OPEN)
    return int(open_[0]) if open_.size else int(np.size(standing))
