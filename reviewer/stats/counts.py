"""Evidence as counts: how often each value was seen at each inclusion probability.

Everything a process with fixed bets needs is in them, whatever the number of items: a
database can add them up, and a check can keep them as plain JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


_FEW = 64


@dataclass(frozen=True, slots=True)
class Counts:
    """Three arrays of one length: a value, an inclusion probability, how often both."""

    values: Floats
    inclusion: Floats
    times: Floats

    @classmethod
    def of(
        cls, values: ArrayLike, inclusion: ArrayLike, times: ArrayLike | None = None
    ) -> Counts:
        """Count items; equal ones are put together. Arrays of one length.

        What is known without a draw (a tie that both models' answers show) has
        inclusion 1. ValueError where a value is not finite, an inclusion probability
        is not in (0, 1], or a count is negative.
        """
        z, pi = _floats(values), _floats(inclusion)
        n = np.ones_like(z) if times is None else _floats(times)
        if z.ndim != 1 or not z.shape == pi.shape == n.shape:
            raise ValueError("values, inclusion and times differ in length")
        check_inclusion(pi)
        if not np.isfinite(z).all():
            raise ValueError("a value that is not known cannot be counted")
        if not np.all(np.isfinite(n) & (n >= 0)):
            raise ValueError("counts are not negative")
        return cls(*_together(z, pi, n))

    @property
    def n(self) -> float:
        """The number of items."""
        return float(self.times.sum())

    def seen(self, value: float) -> int:
        """The number of items with this value."""
        return round(float(self.times[self.values == value].sum()))

    def plus(self, other: Counts) -> Counts:
        return Counts.of(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.inclusion, other.inclusion]),
            np.concatenate([self.times, other.times]),
        )

    def as_json(self) -> list[list[float]]:
        """Rows of [value, inclusion, times]."""
        columns = (self.values, self.inclusion, self.times)
        return [[float(x) for x in row] for row in zip(*columns, strict=True)]

    @classmethod
    def from_json(cls, rows: Iterable[Iterable[float]]) -> Counts:
        table = np.array([list(row) for row in rows], dtype=np.float64).reshape(-1, 3)
        return cls.of(table[:, 0], table[:, 1], table[:, 2])


def check_inclusion(pi: Floats) -> None:
    """ValueError unless all are in (0, 1]; NaN is not."""
    if not np.all((pi > 0) & (pi <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")


def _together(z: Floats, pi: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    if z.size <= _FEW:
        return _few_together(z, pi, n)
    pairs, at = np.unique(np.stack([z, pi], axis=1), axis=0, return_inverse=True)
    times = np.bincount(at.ravel(), weights=n, minlength=len(pairs))
    return pairs[:, 0], pairs[:, 1], times.astype(np.float64)


def _few_together(z: Floats, pi: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """The same without a sort of arrays, which takes most of a look at few counts."""
    found: dict[tuple[float, float], float] = {}
    for value, chance, times in zip(z.tolist(), pi.tolist(), n.tolist(), strict=True):
        found[value, chance] = found.get((value, chance), 0.0) + times
    rows = sorted((*pair, times) for pair, times in found.items())
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
