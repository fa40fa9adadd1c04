"""Whether a person may take tasks in a project, and taking back what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from projects import access, audit
from projects.models import Membership, User
from projects.refused import DoesNotFit, NotFound
from reviewer import leasing, queueing
from reviewer.models import Alarm, Queue, Reviewer, Watched, Watching
from reviewer.scorecards import REVIEWING

if TYPE_CHECKING:
    from projects.models import Project


@transaction.atomic
def pause(
    project: Project, user_id: int, *, by: User | None, paused: bool, reason: str
) -> User:
    """Stop (or let go on) somebody; what they hold goes back, what they did stays.

    `by` None: on an alarm (reviewer/drifting.py). A lead's decision answers open alarms,
    and whoever goes on is watched anew.
    """
    user = member(project, user_id)
    if by:
        Alarm.objects.close(project, user_id, timezone.now())
    if not paused:
        Watched.objects.restart(project, user_id)
    Reviewer.objects.update_or_create(
        project=project,
        user=user,
        defaults={"paused": paused, "reason": reason[:300] if paused else ""},
    )
    freed = leasing.free_all(project.pk, user.pk) if paused else 0
    action = "reviewer paused" if paused else "reviewer resumed"
    audit.record(
        action,
        project,
        subject(user.pk),
        by=by,
        after={"user": user.username, "freed": freed},
        reason=reason,
    )
    return user


@transaction.atomic
def close_alarms(project: Project, user_id: int, *, by: User) -> User:
    """A lead has looked at what was told of somebody."""
    user = member(project, user_id)
    if Alarm.objects.close(project, user_id, timezone.now()):
        audit.record("alarm closed", project, subject(user.pk), by=by)
    return user


def pauses(project: Project) -> bool:
    """Whether an alarm about a person pauses them."""
    return Watching.objects.filter(project=project, pauses=True).exists()


@transaction.atomic
def set_pauses(project: Project, pauses_: bool, *, by: User | None) -> bool:
    """Whether that changed anything."""
    kept, _ = Watching.objects.select_for_update().get_or_create(project=project)
    if kept.pauses == pauses_:
        return False
    Watching.objects.filter(pk=kept.pk).update(pauses=pauses_)
    audit.record(
        "pausing changed",
        project,
        project.slug,
        by=by,
        before={"pause_reviewers": kept.pauses},
        after={"pause_reviewers": pauses_},
    )
    return True


@transaction.atomic
def free(project: Project, user_id: int, *, by: User, reason: str) -> int:
    """Give everything a person holds back to its queues; how many tasks that were."""
    user = member(project, user_id)
    freed = leasing.free_all(project.pk, user.pk)
    audit.record(
        "leases freed",
        project,
        subject(user.pk),
        by=by,
        after={"user": user.username, "freed": freed},
        reason=reason,
    )
    return freed


@transaction.atomic
def set_skills(
    project: Project, user_id: int, skills: Sequence[str], *, by: User
) -> User:
    """Say what somebody may be asked beside what everybody may be; from the next claim on."""
    user = member(project, user_id)
    wanted = sorted({skill.strip() for skill in skills if skill.strip()})
    if any(len(skill) > queueing.LONGEST_SKILL or "\0" in skill for skill in wanted):
        raise DoesNotFit(f"A skill has at most {queueing.LONGEST_SKILL} characters.")
    before = Reviewer.objects.filter(project=project, user=user).first()
    Reviewer.objects.update_or_create(
        project=project, user=user, defaults={"skills": wanted}
    )
    audit.record(
        "skills changed",
        project,
        subject(user.pk),
        by=by,
        before=before.skills if before else [],
        after=wanted,
    )
    return user


@dataclass(frozen=True)
class Skilled:
    """A reviewer and what they may be asked beside what everybody may be."""

    user: User
    skills: list[str]


def skilled(project: Project) -> list[Skilled]:
    """Everybody who may review; [] where no queue asks for skills."""
    if not Queue.objects.filter(project=project).exclude(skill_from="").exists():
        return []
    known = dict(Reviewer.objects.filter(project=project).values_list("user", "skills"))
    return [
        Skilled(user, known.get(user.pk, []))
        for user in access.people(project, REVIEWING)
    ]


def subject(user_id: int) -> str:
    """What the audit log calls a person."""
    return f"user {user_id}"


def member(project: Project, user_id: int) -> User:
    """Somebody of this project, now or before: a lease may outlive a membership."""
    found = Membership.objects.filter(project=project, user=user_id)
    membership = found.select_related("user").first()
    if membership is None:
        raise NotFound("There is no such person in this project.")
    return membership.user
