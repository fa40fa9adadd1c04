"""What models add to the front door: promotions to decide on, trainings, dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q
from django.urls import reverse

from projects.models import Job
from projects.news import News
from registry_bridge.models import Promotion, Training

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project, User

MOST = 12
ENDED = {
    Promotion.State.DONE: ("good", "In use"),
    Promotion.State.REFUSED: ("warn", "Refused"),
    Promotion.State.FAILED: ("bad", "Failed"),
    Promotion.State.UNDONE: ("warn", "Rolled back"),
}


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """Proposed promotions, trainings that failed last, and dead letters."""
    return [
        *_proposed(projects, user),
        *_failed(projects),
        *_dead(projects),
    ]


def _proposed(projects: Sequence[Project], user: User) -> Iterator[News]:
    """Those that somebody else proposed, or a gate."""
    waiting = Promotion.objects.filter(
        project__in=projects, state=Promotion.State.PROPOSED
    ).defer("evidence")
    own = Q(proposed_by=user, kind=Promotion.Kind.PROMOTE)
    waiting = waiting.exclude(own).select_related("project", "proposed_by", "gate")
    for each in waiting:
        who = each.proposed_by or (f"the gate {each.gate}" if each.gate else "a gate")
        yield News(
            project=each.project,
            title=f"Version {each.to_version} may replace {each.from_version or 'none'}",
            words=f"Proposed by {who}. {each.proposal_reason}",
            url=_of(each),
            at=each.proposed_at,
            tone="bad",
            state="Needs a decision",
        )


def _failed(projects: Sequence[Project]) -> Iterator[News]:
    """Only where nothing was trained since."""
    newest = Training.objects.filter(project__in=projects).order_by("project_id", "-pk")
    last = newest.distinct("project_id").select_related("project")
    for each in last.defer("evidence", "log_tail"):
        if each.state == Training.State.FAILED:
            yield News(
                project=each.project,
                title=f"The training {each} failed",
                words=each.reason[:200],
                url=_of_training(each),
                at=each.ended_at or each.created_at,
                tone="bad",
                state="Failed",
            )


def _dead(projects: Sequence[Project]) -> Iterator[News]:
    dead = Job.objects.filter(project__in=projects, state=Job.State.DEAD)
    counted = {
        pk: (n, at)
        for pk, n, at in dead.values_list("project").annotate(
            n=Count("pk"), at=Max("created_at")
        )
    }
    for project in projects:
        if project.pk in counted:
            n, at = counted[project.pk]
            yield News(
                project=project,
                title=f"{n} dead {'letter' if n == 1 else 'letters'}",
                words="Work that cannot go on by itself: read why, mend it, send it again.",
                url=reverse("project-operations", args=[project.slug]),
                at=at,
                tone="bad",
                state="Stopped",
            )


def happenings(projects: Sequence[Project], user: User) -> list[News]:
    return [*_trainings(projects), *_promotions(projects)]


def _trainings(projects: Sequence[Project]) -> Iterator[News]:
    rows = Training.objects.filter(project__in=projects).select_related("project")
    for each in rows.defer("evidence", "log_tail").order_by("-pk")[:MOST]:
        tone = {"failed": "bad", "done": "good"}.get(each.state, "info")
        version = f" made version {each.version}" if each.version else ""
        yield News(
            project=each.project,
            title=f"Training {each}{version}",
            words=(each.reason or each.outcome)[:200],
            url=_of_training(each),
            at=each.ended_at or each.created_at,
            tone=tone,
            state=each.get_state_display(),
        )


def _promotions(projects: Sequence[Project]) -> Iterator[News]:
    rows = Promotion.objects.filter(project__in=projects).exclude(
        state=Promotion.State.PROPOSED
    )
    rows = rows.select_related("project", "decided_by").defer("evidence")
    for each in rows.order_by("-pk")[:MOST]:
        tone, state = ENDED.get(
            Promotion.State(each.state), ("info", each.get_state_display())
        )
        yield News(
            project=each.project,
            title=f"{each.get_kind_display()}: {each.from_version or 'none'} → {each.to_version}",
            words=f"Decided by {each.decided_by}: {each.reason[:160]}",
            url=_of(each),
            at=_moment(each),
            tone=tone,
            state=state,
        )


def _moment(each: Promotion) -> datetime:
    return each.ended_at or each.decided_at or each.proposed_at


def _of(each: Promotion) -> str:
    return reverse("promotion", args=[each.project.slug, each.pk])


def _of_training(each: Training) -> str:
    return reverse("training", args=[each.project.slug, each.pk])
