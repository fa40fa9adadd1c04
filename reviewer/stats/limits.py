"""Is a number at most a limit: surely, surely not, or not known yet? And what would tell."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reviewer.stats.estimates import Estimate

# Further than so many times the answers there are, nothing can be foretold.
FARTHEST: Final = 1_000


class Side(StrEnum):
    WITHIN = "within"
    BEYOND = "beyond"
    UNSURE = "unsure"


def side(found: Estimate, most: float) -> Side:
    """Where the number lies, each way a one-sided test at (1 - level)/2.

    WITHIN where the interval's upper end is at most `most`, BEYOND where its lower end is
    above: the one is wrong with a chance of (1 - level)/2, and so is the other.
    """
    if found.high <= most:
        return Side.WITHIN
    return Side.BEYOND if found.low > most else Side.UNSURE


def more(found: Estimate, most: float) -> int | None:
    """About how many more answers like these would tell; None: not in sight, or told.

    The distance from the value to that end of its interval which has to pass the limit
    shrinks with 1/sqrt(n): n·(distance/|most - value|)² in all.
    """
    gap = abs(most - found.value)
    half = found.high - found.value if found.value < most else found.value - found.low
    if side(found, most) != Side.UNSURE or half > gap * math.sqrt(FARTHEST):
        return None
    return max(1, round(found.n * ((half / gap) ** 2 - 1)))
