"""What a policy's budget comes to today, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer import fits_in_use, policies_in_use, routing
from reviewer.planning import ENOUGH

if TYPE_CHECKING:
    from datetime import datetime

    from reviewer.models import Fit, Policy


@dataclass(frozen=True)
class Shown:
    """Reviews drawn today (UTC) of so many, and the plans in use."""

    a_day: int
    drawn: int
    plans: list[Fit]
    # What is looked at, at least, before there is a plan; and from how many answers on
    # one learns from them.
    cautious: float
    enough: int = ENOUGH

    @property
    def spent(self) -> bool:
        return self.drawn >= self.a_day


def of_policy(policy: Policy, at: datetime) -> Shown | None:
    """None where the policy has no budget."""
    rules = policies_in_use.read(policy)
    if rules.budget is None:
        return None
    plans = sorted(
        fits_in_use.plans(policy).values(), key=lambda fit: fit.number, reverse=True
    )
    drawn = fits_in_use.drawn_today(policy.project_id, at)
    return Shown(rules.budget.reviews_a_day, drawn, plans, routing.cautious(rules))
