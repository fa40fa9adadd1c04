"""Answers of several people to the same items, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Places = NDArray[np.intp]


@dataclass(frozen=True)
class Votes:
    """Who said what of which item: three arrays of one length, each numbered from 0.

    One person answers one item at most once. `labels` is how many labels there are to
    choose from, also where nobody chose some of them. Use votes() to make one.
    """

    item: Places
    reviewer: Places
    label: Places
    items: int
    reviewers: int
    labels: int

    @property
    def size(self) -> int:
        return self.item.size

    @cached_property
    def answers(self) -> Places:
        """How many answers each item has."""
        return np.bincount(self.item, minlength=self.items)

    @property
    def overlapped(self) -> NDArray[np.bool_]:
        """Which items two or more people answered."""
        return self.answers >= 2

    def where(self, kept: NDArray[np.bool_]) -> Votes:
        """Only some of the answers, of the same people to the same items."""
        chosen = self.item[kept], self.reviewer[kept], self.label[kept]
        return Votes(*chosen, self.items, self.reviewers, self.labels)


def votes(
    item: ArrayLike,
    reviewer: ArrayLike,
    label: ArrayLike,
    *,
    labels: int,
    items: int | None = None,
    reviewers: int | None = None,
) -> Votes:
    """Three arrays of whole numbers, checked; by default the greatest one says how many.

    ValueError where lengths differ, a number is negative or not below its count, or
    there are fewer than two labels.
    """
    columns = [_places(each) for each in (item, reviewer, label)]
    if len({column.size for column in columns}) > 1:
        raise ValueError("item, reviewer and label differ in length")
    if labels < 2:
        raise ValueError(f"people choose among two labels or more, not {labels}")
    sizes = [
        _size(column, given)
        for column, given in zip(columns, (items, reviewers, labels), strict=True)
    ]
    return Votes(columns[0], columns[1], columns[2], sizes[0], sizes[1], sizes[2])


def _places(given: ArrayLike) -> Places:
    column = np.asarray(given)
    if column.ndim != 1 or (column.size and column.dtype.kind not in "iu"):
        raise ValueError("answers are three lists of whole numbers")
    return column.astype(np.intp)


def _size(column: Places, given: int | None) -> int:
    most = int(column.max()) + 1 if column.size else 0
    size = most if given is None else given
    if column.size and (int(column.min()) < 0 or most > size):
        raise ValueError(f"numbers run from 0 to below {size}, not to {most - 1}")
    return size
