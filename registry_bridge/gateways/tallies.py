"""How calls went that a model was given: counts, and how long they took. Stdlib only."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# Upper ends in milliseconds, each √2 of the one before, up to two minutes; then the rest.
EDGES: Final = tuple(2 ** (k / 2) for k in range(35))
NO_TIMES: Final = (0,) * (len(EDGES) + 1)


@dataclass(frozen=True)
class Tally:
    """`failed` of `calls` it did not answer, and another version did.

    `times` are counts of the others by duration: at most so many milliseconds (EDGES),
    the last one more than all of these.
    """

    calls: int = 0
    failed: int = 0
    times: tuple[int, ...] = NO_TIMES

    def answered(self, seconds: float) -> Tally:
        at = bisect.bisect_left(EDGES, seconds * 1000)
        times = [*self.times]
        times[at] += 1
        return Tally(self.calls + 1, self.failed, tuple(times))

    def missed(self, *, failed: bool) -> Tally:
        """A call that it did not answer; failed: another version did."""
        return Tally(self.calls + 1, self.failed + failed, self.times)

    def within(self, share: float) -> float:
        """The milliseconds within which that share of answers came; 0 without answers."""
        wanted, seen = share * sum(self.times), 0
        for edge, n in zip((*EDGES, EDGES[-1] * 2), self.times, strict=True):
            seen += n
            if seen and seen >= wanted:
                return edge
        return 0.0

    def slower(self, milliseconds: float) -> int:
        """How many answers took longer than that, which is one of EDGES, or between."""
        return sum(self.times[bisect.bisect_left(EDGES, milliseconds) + 1 :])

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "failed": self.failed,
            "times": {str(k): n for k, n in enumerate(self.times) if n},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any] | None) -> Tally:
        if not told:
            return cls()
        times = [int(told["times"].get(str(k), 0)) for k in range(len(NO_TIMES))]
        return cls(int(told["calls"]), int(told["failed"]), tuple(times))
