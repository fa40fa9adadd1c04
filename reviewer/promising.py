"""Keeps the promises of policies: evidence is used as it comes, thresholds found or suspended.

A process begins before it looks at an answer, with all fixed that could be chosen by
looking: grid, bets, bounds, its own part of delta. Each step is one transaction that
moves `upto` with the evidence: a kill at any moment neither loses nor repeats an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django_q.tasks import async_task

from reviewer import policies_in_use, promise_start, promise_step, promise_terms
from reviewer.models import Policy, PromiseProcess

if TYPE_CHECKING:
    from datetime import datetime

ADVANCE: Final = "reviewer.promising.advance"


def ask() -> None:
    """Every minute: have each project's promise looked after, outside of the loop."""
    active = Policy.objects.filter(active=True, rules__has_key="promise")
    open_ = PromiseProcess.objects.filter(ended_at=None)
    wanted = {
        *active.values_list("project", flat=True),
        *open_.values_list("project", flat=True),
    }
    for project in sorted(wanted):
        async_task(ADVANCE, project, save=False)


def advance(project_id: int, at: datetime | None = None) -> None:
    """Begin what is missing, then use all evidence that has come; safe to run twice."""
    at = at or timezone.now()
    policy = Policy.objects.filter(project=project_id, active=True).first()
    if policy is None:
        return
    end_others(policy, at)
    if policies_in_use.read(policy).promise is None:
        return
    promise_start.begin(policy, at)
    open_ = PromiseProcess.objects.filter(project=project_id, ended_at=None)
    for process in open_.order_by("number").values_list("pk", flat=True):
        while promise_step.step(process, at):
            pass


def end_others(policy: Policy, at: datetime) -> None:
    """Evidence for another promise, or from other probabilities, ends here."""
    terms = promise_terms.terms(policies_in_use.read(policy))
    others = PromiseProcess.objects.filter(project=policy.project_id, ended_at=None)
    if terms is not None:
        others = others.exclude(terms=terms)
    others.update(ended_at=at)
