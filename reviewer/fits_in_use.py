"""The newest fits of a policy's promise or budget, as intake reads them: every few seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from reviewer import policies_in_use
from reviewer.cuts import Cut
from reviewer.known import NOTHING, Known, Plan
from reviewer.models import Fit
from reviewer.promise_terms import terms
from reviewer.rollups import hours, intake
from reviewer.stats.chance import ChanceOfRight
from reviewer.stats.design import Design

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reviewer import policies
    from reviewer.models import Policy

Key = tuple[str, str, str]
# A fit is old news by minutes when it is made, and a budget is a target, not a limit.
FRESH_SECONDS: Final = 3.0
MOST_KEPT: Final = 256

_kept: dict[int, tuple[float, Known]] = {}


def known(policy: Policy) -> Known:
    """What routing needs beside the policy: asked for once every few seconds and process."""
    rules = policies_in_use.read(policy)
    if rules.promise is None and rules.budget is None:
        return NOTHING
    kept = _kept.get(policy.pk)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    found = _read(policy)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[policy.pk] = (time.monotonic() + FRESH_SECONDS, found)
    return found


def forget() -> None:
    """Whoever has just made a fit reads it anew."""
    _kept.clear()


def newest(policy: Policy) -> dict[Key, Fit]:
    """The newest fit of each version and label under the terms of the policy's promise."""
    return newest_under(policy.project_id, policies_in_use.read(policy))


def newest_under(project_id: int, rules: policies.Policy) -> dict[Key, Fit]:
    """The same for rules that need not be in use."""
    promised = terms(rules)
    if promised is None:
        return {}
    held = Fit.objects.filter(project=project_id, process__terms=promised)
    key = ("model_name", "model_version", "label")
    found = held.order_by(*key, "-number").distinct(*key)
    return {(each.model_name, each.model_version, each.label): each for each in found}


def plans(policy: Policy) -> dict[tuple[str, str], Fit]:
    """The newest plan of each version for the budget of this version of the policy."""
    held = Fit.objects.filter(policy=policy, kind=Fit.Kind.PLAN)
    key = ("model_name", "model_version")
    found = held.order_by(*key, "-number").distinct(*key)
    return {(each.model_name, each.model_version): each for each in found}


def drawn_today(project_id: int, at: datetime) -> int:
    """How many predictions were drawn since the day (UTC) began, from the rollup."""
    sent = intake.of_project(project_id, hours.begin_days(at, 0))
    return sum(each.n for each in sent if each.verdict != "accepted")


def _read(policy: Policy) -> Known:
    budget = policies_in_use.read(policy).budget
    if budget is None:
        return Known(cuts=cuts(newest(policy)))
    drawn = drawn_today(policy.project_id, timezone.now())
    return Known(
        plans=in_use(policy),
        spent=drawn >= budget.reviews_a_day,
    )


def cuts(fits: Mapping[Key, Fit]) -> dict[Key, Cut]:
    """The thresholds among them."""
    return {
        key: Cut(fit.threshold, fit.number)
        for key, fit in fits.items()
        if fit.threshold is not None
    }


def in_use(policy: Policy) -> dict[tuple[str, str], Plan]:
    """plans(), as routing reads them."""
    return {key: _plan(fit) for key, fit in plans(policy).items()}


def _plan(fit: Fit) -> Plan:
    told = {**(fit.design or {})}
    fitted = ChanceOfRight(told.pop("intercept"), told.pop("slope"))
    return as_plan(Design(fitted, **told), fit.number)


def as_plan(design: Design, number: int) -> Plan:
    return Plan(tuple(design.by_bin().tolist()), number)
