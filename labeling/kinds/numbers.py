"""Numbers to try where one is wanted within limits and on steps."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whole numbers on steps that are none may be far apart.
_FARTHEST: Final = 500


def tries(
    low: float | None, high: float | None, step: float | None, *, start: float = 0
) -> Iterator[int | float]:
    """Likely numbers, the nicest first; each must still be checked.

    They lie around the middle of what the limits leave: whole ones, those on steps of
    `step` from `start` on, and the limits themselves. Steps are counted in decimals, as
    0.1 is no binary fraction.
    """
    middle = _middle(low, high)
    steps = _around(middle, Decimal(repr(step)), Decimal(repr(start))) if step else ()
    whole = _around(middle, Decimal(1), Decimal(0))
    limits = (Decimal(repr(each)) for each in (low, high) if each is not None)
    for each in chain(whole, steps, limits):
        yield int(each) if each == each.to_integral_value() else float(each)


def _middle(low: float | None, high: float | None) -> Decimal:
    one, two = (None if n is None else Decimal(repr(n)) for n in (low, high))
    if one is not None and two is not None:
        return (one + two) / 2
    if one is not None:
        return max(one, Decimal(1))
    return Decimal(1) if two is None else min(two, Decimal(1))


def _around(middle: Decimal, step: Decimal, start: Decimal) -> Iterator[Decimal]:
    """Those on the steps that are nearest to the middle, in the order of their distance."""
    first = math.floor((middle - start) / step)
    yield start + first * step
    for away in range(1, _FARTHEST):
        yield start + (first + away) * step
        yield start + (first - away) * step
