"""What a threshold's process has fixed and seen: plain numbers, to be stored with a policy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from reviewer.stats.promises import Answers, Grid
from reviewer.stats.thresholds import BETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

# (the strictest threshold that accepts it, wrong, inclusion probability)
Kind: TypeAlias = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Process:
    """All that was fixed at the start, and all that was seen since; plain JSON.

    For each threshold of the grid: `planned` answers at that confidence or above (0: no
    plan), `best` the greatest ln e so far, `closed` the errors there were when the plan
    was full (-1: it is not). `seen` counts answers of each Kind. Its delta is spent once,
    whatever the number of looks.
    """

    alpha: float
    delta: float
    grid: Grid
    lowest: float
    highest: float
    planned: tuple[int, ...]
    best: tuple[float, ...]
    closed: tuple[int, ...]
    seen: tuple[tuple[Kind, int], ...] = ()

    @property
    def n(self) -> int:
        """Answers of at least the laxest threshold's confidence."""
        return sum(times for _, times in self.seen)

    @property
    def bets(self) -> Floats:
        found: Floats = BETS * self.lowest / (1 - self.alpha)
        return found

    def as_json(self) -> dict[str, Any]:
        seen = [[*kind, times] for kind, times in self.seen]
        return {**asdict(self), "seen": seen, "bets": self.bets.tolist()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Process:
        """ValueError where it was stored with other bets: they may never change."""
        rungs = told["grid"]
        process = cls(
            told["alpha"],
            told["delta"],
            Grid(tuple(rungs["thresholds"]), tuple(rungs["shares"]), rungs["size"]),
            told["lowest"],
            told["highest"],
            tuple(told["planned"]),
            tuple(told["best"]),
            tuple(told["closed"]),
            tuple(((int(at), w, pi), int(n)) for at, w, pi, n in told["seen"]),
        )
        if not np.allclose(process.bets, told["bets"]):
            raise ValueError("this process was begun with other bets; begin a new one")
        return process

    def columns(self) -> tuple[Integers, Answers, Floats]:
        """`seen` as arrays: places in the grid, answers, how often. Confidence is 1."""
        rows = [(*kind, times) for kind, times in self.seen]
        place, wrong, pi, times = np.array(rows, dtype=np.float64).reshape(-1, 4).T
        return place.astype(np.intp), Answers(np.ones_like(pi), wrong, pi), times
