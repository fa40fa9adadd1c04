"""What a challenger would cost in reviews under today's policy: a day, and in minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from registry_bridge import costing, snapshots
from reviewer import worth
from reviewer.stats.estimates import Estimate, NotEnough, both_hold, joined

if TYPE_CHECKING:
    from datetime import datetime

    from registry_bridge.models import Training

DAYS: Final = 30
THOUSAND: Final = 1_000
METHOD: Final = "reviews times minutes, both"
NO_POLICY: Final = NotEnough("a policy that routes predictions", 0)


@dataclass(frozen=True, slots=True)
class Cost:
    reviews_a_day: Estimate | NotEnough
    # Of people, for 1,000 predictions of the new version.
    minutes_per_1000: Estimate | NotEnough


def of(training: Training, at: datetime) -> Cost:
    model = snapshots.model_of(training.project)
    found = costing.of_version(model, training.version, at)
    if found is None:
        return Cost(NO_POLICY, NO_POLICY)
    minutes = worth.minutes_a_review(training.project, at, DAYS)
    return Cost(found.then, joined(found.share, minutes, _minutes))


def _minutes(share: Estimate, minutes: Estimate) -> Estimate:
    """From the ends of both intervals."""
    return Estimate(
        THOUSAND * share.value * minutes.value,
        THOUSAND * share.low * minutes.low,
        THOUSAND * share.high * minutes.high,
        minutes.n,
        METHOD,
        both_hold(minutes.level),
    )
