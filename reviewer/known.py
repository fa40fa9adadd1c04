"""What routing is told beside the policy: thresholds, plans, a spent budget, a stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from reviewer.cuts import NO_CUTS, Cuts, Version
from reviewer.stats.chance import bin_of


class Plan(Struct, frozen=True):
    """The inclusion probability in each bin of confidence, and the number of the plan."""

    levels: tuple[float, ...]
    fit: int

    def inclusion(self, confidence: float | None) -> float:
        """One of a confidence that is not known counts as the most doubtful there is."""
        if confidence is None:
            return max(self.levels)
        return self.levels[bin_of(confidence, len(self.levels))]


Plans: TypeAlias = Mapping[Version, Plan]


class Known(Struct, frozen=True):
    """As of a few seconds ago; the same for all predictions of a batch."""

    cuts: Cuts = NO_CUTS
    plans: Plans = {}
    # As many as the budget has were drawn today.
    spent: bool = False
    # The number of the stop in force: this is of the moment, intake refuses what is older.
    stop: int | None = None


NOTHING: Final = Known()
