"""What the loop adds to the front door: promotions to decide, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from projects.news import News
from registry_bridge.models import Promotion, Training

if TYPE_CHECKING:
    from projects.models import Project, User

MOST = 6
TONES = {
    Promotion.State.DONE: "good",
    Promotion.State.FAILED: "bad",
    Promotion.State.UNDONE: "warn",
}


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """Promotions that wait for somebody who did not propose them."""
    waiting = Promotion.objects.filter(
        project__in=projects, state=Promotion.State.PROPOSED
    ).select_related("project", "gate", "proposed_by")
    return [_decision(each) for each in waiting if _may_decide(each, user)]


def _may_decide(promotion: Promotion, user: User) -> bool:
    own = promotion.proposed_by_id == user.pk
    return not own or promotion.kind != Promotion.Kind.PROMOTE


def _decision(promotion: Promotion) -> News:
    who = promotion.proposed_by or promotion.gate
    return News(
        project=promotion.project,
        title=f"Version {promotion.to_version} is proposed",
        words=f"{promotion.proposal_reason} Proposed by {who or 'a gate'}.",
        url=_url(promotion),
        at=promotion.proposed_at,
        tone="warn",
        state="Needs a decision",
    )


def happenings(projects: Sequence[Project], user: User) -> list[News]:
    """What was decided and carried out, and trainings that ended."""
    ended = Promotion.objects.filter(project__in=projects).exclude(ended_at=None)
    done = ended.select_related("project", "decided_by").order_by("-ended_at")[:MOST]
    trained = Training.objects.filter(project__in=projects).exclude(ended_at=None)
    found = trained.select_related("project").order_by("-ended_at")[:MOST]
    return [*map(_promotion, done), *map(_training, found)]


def _promotion(promotion: Promotion) -> News:
    return News(
        project=promotion.project,
        title=f"{promotion.get_kind_display()} of version {promotion.to_version}",
        words=promotion.failure or f"{promotion.decided_by}: {promotion.reason}",
        url=_url(promotion),
        at=promotion.ended_at or promotion.proposed_at,
        tone=TONES.get(Promotion.State(promotion.state), "info"),
        state=promotion.get_state_display(),
    )


def _training(training: Training) -> News:
    failed = training.state == Training.State.FAILED
    return News(
        project=training.project,
        title=f"Training {training.job_name}",
        words=training.reason or training.outcome,
        url=f"/p/{training.project.slug}/trainings/{training.pk}/",
        at=training.ended_at or training.created_at,
        tone="bad" if failed else "info",
        state=training.get_state_display(),
    )


def _url(promotion: Promotion) -> str:
    return f"/p/{promotion.project.slug}/promotions/{promotion.pk}/"
