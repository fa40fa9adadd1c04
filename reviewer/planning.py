"""Plans whom a budget of reviews goes to: every hour, from the confidences of the last days."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from projects.models import Project
from reviewer import evidence, fits_in_use, policies_in_use
from reviewer.models import Fit, Policy
from reviewer.rollups import confidences, hours, intake
from reviewer.stats import chance, design
from reviewer.stats.chance import ChanceOfRight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reviewer import policies
    from reviewer.evidence import Judged
    from reviewer.rollups.intake import Sent

PLAN: Final = "reviewer.planning.plan"
DAYS: Final = 7
EVERY: Final = timedelta(hours=1)
# From fewer answers nothing is learnt of the confidences: all alike then.
ENOUGH: Final = 50
ALIKE: Final = 1.0
_DAY: Final = timedelta(days=1)


@dataclass
class Arrived:
    """What one model version sent in the window, by confidence, and what is known of it."""

    days: float = 1.0
    n: int = 0
    sure: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    @property
    def a_day(self) -> float:
        return self.n / self.days


def ask() -> None:
    """Every minute: have budgets planned whose plans are an hour old, outside of the loop."""
    active = Policy.objects.filter(active=True, rules__has_key="budget")
    for project in active.values_list("project", flat=True):
        async_task(PLAN, project, save=False)


@transaction.atomic
def plan(project_id: int, at: datetime | None = None) -> None:
    """A plan for each version that has none of the last hour: one transaction.

    The project's row is held: two workers make no two plans of the same hour.
    """
    at = at or timezone.now()
    Project.objects.select_for_update(no_key=True).get(pk=project_id)
    policy = Policy.objects.filter(project=project_id, active=True).first()
    if policy is None or policies_in_use.read(policy).budget is None:
        return
    made = fits_in_use.plans(policy)
    fresh = {key for key, fit in made.items() if fit.made_at > at - EVERY}
    begin = hours.begin_days(at, DAYS)
    sent = intake.of_project(project_id, begin)
    if {(each.name, each.version) for each in sent} <= fresh:
        return
    rules = policies_in_use.read(policy)
    for key, found in _designs(policy.project, rules, sent, begin, at, fresh):
        _keep(policy, key, found, at)
    fits_in_use.forget()


def would_be(
    project: Project, rules: policies.Policy, at: datetime
) -> dict[tuple[str, str], design.Design]:
    """The plan that each version would get now for a budget that is not in use."""
    begin = hours.begin_days(at, DAYS)
    sent = intake.of_project(project.pk, begin)
    made = _designs(project, rules, sent, begin, at, set())
    return {key: found.design for key, found in made}


class _Found(NamedTuple):
    """A plan, and what it rests on."""

    design: design.Design
    each: Arrived
    answers: int
    errors: int


def _designs(
    project: Project,
    rules: policies.Policy,
    sent: Sequence[Sent],
    begin: datetime,
    at: datetime,
    fresh: set[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], _Found]]:
    """For each version that has no fresh one; it gets its share of the budget."""
    arrived = _arrived(project, sent, begin, at)
    total = math.fsum(each.a_day for each in arrived.values())
    for key, each in arrived.items():
        if key not in fresh and each.sure:
            yield key, _design(rules, each, each.a_day / total)


def _arrived(
    project: Project, sent: Sequence[Sent], begin: datetime, at: datetime
) -> dict[tuple[str, str], Arrived]:
    found: dict[tuple[str, str], Arrived] = defaultdict(Arrived)
    for part in sent:
        each = found[part.name, part.version]
        each.n += part.n
        # on its first day a version is taken to send as little as it did so far
        each.days = max(each.days, (at - part.first_at) / _DAY)
    for told in confidences.since(sorted({part.endpoint for part in sent}), begin):
        if told.bin != confidences.NO_BIN:
            each = found[told.name, told.version]
            each.sure.append(told.total / told.n)
            each.counts.append(told.n)
    for version, seen in evidence.of_versions(project, begin, at).items():
        known = [each for each in seen.judged if each.true is not None]
        sure = [each for each in known if each.bin != confidences.NO_BIN]
        found[version.name, version.number].judged.extend(sure)
    return found


def _design(rules: policies.Policy, each: Arrived, share: float) -> _Found:
    a_day = share * (rules.budget.reviews_a_day if rules.budget else 0)
    fitted, answers, errors = _chance(each.judged)
    found = design.plan(
        each.sure,
        a_day * sum(each.counts) / each.a_day,
        fitted,
        counts=each.counts,
        floor=rules.audit,
        even=None if answers >= ENOUGH else ALIKE,
    )
    return _Found(found, each, answers, errors)


def _keep(policy: Policy, key: tuple[str, str], found: _Found, at: datetime) -> None:
    """The plan for one version, and what it rests on."""
    name, version = key
    sent = sum(found.each.counts)
    Fit.objects.create(
        project_id=policy.project_id,
        policy=policy,
        number=Fit.objects.next_number(policy.project_id),
        kind=Fit.Kind.PLAN,
        model_name=name,
        model_version=version,
        design=_numbers(found.design),
        evidence={
            "answers": found.answers,
            "wrong": found.errors,
            "predictions": sent,
            "days": found.each.days,
            "expected": found.design.expected * found.each.a_day / sent,
        },
        made_at=at,
    )


def _chance(judged: list[Judged]) -> tuple[ChanceOfRight, int, int]:
    """How probable it is that a prediction is right, by its confidence; answers, errors."""
    right = evidence.spread([each.outcome for each in judged], judged)
    if right.size < ENOUGH:
        return ChanceOfRight(), int(right.size), int((right == 0).sum())
    sure = evidence.spread([each.confidence for each in judged], judged)
    weights = evidence.spread([1 / each.inclusion for each in judged], judged)
    fitted = chance.fit(right, sure, weights)
    return fitted, int(right.size), int((right == 0).sum())


def _numbers(found: design.Design) -> dict[str, Any]:
    """A design as plain numbers: fits_in_use makes it anew from these."""
    told = asdict(found)
    return {**told.pop("chance"), **told}
