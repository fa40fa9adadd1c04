"""What an estimate is: a value with its interval and its count, or a plain "not enough"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number people decide on: value, interval, count, how it was found.

    `n` counts the answers it rests on. `level` is the coverage that the interval
    low..high aims at (0.95: of 100 such intervals, 95 hold the true value).
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95

    def as_json(self) -> dict[str, float | int | str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NotEnough:
    """No number can be given yet: what is missing, and the answers there are."""

    missing: str
    n: int

    def as_json(self) -> dict[str, int | str]:
        return asdict(self)


def from_json(kept: Mapping[str, Any]) -> Estimate | NotEnough:
    """What as_json() of either gave."""
    return NotEnough(**kept) if "missing" in kept else Estimate(**kept)


def joined(
    one: Estimate | NotEnough,
    other: Estimate | NotEnough,
    make: Callable[[Estimate, Estimate], Estimate | NotEnough],
) -> Estimate | NotEnough:
    """make(one, other), or what the first of them lacks."""
    if isinstance(one, NotEnough):
        return one
    return other if isinstance(other, NotEnough) else make(one, other)


def both_hold(level: float) -> float:
    """At which level two intervals of this level hold together, at least (Bonferroni)."""
    return max(0.0, 1 - 2 * (1 - level))
