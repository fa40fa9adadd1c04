"""One statistical promise: what a simulation found, and what it had to reach."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

GOALS = ("at least", "at most")


@dataclass(frozen=True, slots=True)
class Bar:
    """`goal` is "at least" or "at most": how the value has to stand to the limit."""

    name: str
    value: float
    unit: str
    limit: float
    goal: str

    def __post_init__(self) -> None:
        if self.goal not in GOALS:
            raise ValueError(f"a goal is one of {GOALS}, not {self.goal}")

    @property
    def reached(self) -> bool:
        """False for NaN: what could not be measured is not reached."""
        if self.goal == "at least":
            return bool(self.value >= self.limit)
        return bool(self.value <= self.limit)

    @property
    def ratio(self) -> float | None:
        return round(float(self.value) / self.limit, 4) if self.limit else None

    def as_json(self) -> dict[str, str | float | bool | None]:
        told = {
            **asdict(self),
            "value": float(self.value),
            "ratio": self.ratio,
            "reached": self.reached,
        }
        return told if math.isfinite(self.value) else {**told, "value": None}
