"""What routing would be told beside a policy: thresholds and plans that there are, or would be."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from projects.models import Project
from reviewer import fits_in_use, planning, policies_in_use
from reviewer.known import NOTHING, Known
from reviewer.policies import Budget
from reviewer.policies import Policy as Rules

if TYPE_CHECKING:
    from reviewer.models import Policy

# A plan that nobody has saved is no fit.
NO_FIT: Final = 0
_KEPT: Final = 64
_MINUTE: Final = 60


def would_be(
    project: Project, rules: Rules, active: Policy | None, at: datetime
) -> Known:
    """Of rules in use, or of others; whether a day's budget is spent is for the replay.

    A promise under the same terms keeps its thresholds; another one has none at first. A
    budget that is not in use is planned as the worker would do it, of the same answers.
    """
    if rules.promise is not None:
        fits = fits_in_use.newest_under(project.pk, rules)
        return Known(cuts=fits_in_use.cuts(fits))
    if rules.budget is None:
        return NOTHING
    if active is not None and _planned_alike(rules, policies_in_use.read(active)):
        return Known(plans=fits_in_use.in_use(active))
    minute = int(at.timestamp()) // _MINUTE
    return _planned(project.pk, rules.budget.reviews_a_day, rules.audit, minute)


def _planned_alike(rules: Rules, active: Rules) -> bool:
    return (rules.budget, rules.audit) == (active.budget, active.audit)


@lru_cache(maxsize=_KEPT)
def _planned(project_id: int, reviews_a_day: int, audit: float, minute: int) -> Known:
    """As of a full minute: while somebody types, nothing is planned twice."""
    project = Project.objects.get(pk=project_id)
    rules = Rules(audit=audit, budget=Budget(reviews_a_day))
    at = datetime.fromtimestamp(minute * _MINUTE, UTC)
    made = planning.would_be(project, rules, at)
    plans = {key: fits_in_use.as_plan(design, NO_FIT) for key, design in made.items()}
    return Known(plans=plans)
