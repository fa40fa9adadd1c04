"""Automation bias: do people accept wrong pre-labels that they would not have given?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson
from reviewer.stats.strata import stratified_difference

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Anchoring:
    """`shown`: the share of wrong pre-labels that were accepted where people saw them;
    `blind`: the share given by people who did not see them; `bias`: the first minus the
    second, within strata."""

    shown: Estimate | NotEnough
    blind: Estimate | NotEnough
    bias: Estimate | NotEnough


def automation_bias(
    shown_accepted: ArrayLike,
    shown: ArrayLike,
    blind_same: ArrayLike,
    blind: ArrayLike,
    *,
    level: float = 0.95,
) -> Anchoring:
    """From counts per stratum (one entry each) of items whose pre-label is wrong.

    Shown the wrong pre-label, how many kept it, of how many; blind, how many said the
    same wrong thing, of how many. A stratum is a set of items in which blindness was
    drawn with one probability b (a queue, audit or review): only there is seeing the
    pre-label all that differs. Which pre-labels are wrong must come from gold that these
    answers are no part of, or accepted ones would count as right. Shares with Wilson's
    interval, the bias with stratified_difference()'s. NotEnough below five items.
    """
    return Anchoring(
        _share(shown_accepted, shown, "wrong pre-labels shown", level),
        _share(blind_same, blind, "blind answers where the pre-label is wrong", level),
        stratified_difference(shown_accepted, shown, blind_same, blind, level=level),
    )


def _share(
    some: ArrayLike, of: ArrayLike, what: str, level: float
) -> Estimate | NotEnough:
    k, n = float(np.sum(some)), int(np.sum(of))
    if n < _FEWEST:
        return NotEnough(f"{_FEWEST - n} more {what}", n)
    low, high = wilson(k, n, level)
    return Estimate(k / n, low, high, n, "Wilson", level)
