"""Whether a person may take tasks in a project, and taking back what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from projects import audit
from projects.models import Membership, User
from projects.refused import NotFound
from reviewer import leasing
from reviewer.models import Reviewer

if TYPE_CHECKING:
    from projects.models import Project


@transaction.atomic
def pause(
    project: Project, user_id: int, *, by: User, paused: bool, reason: str
) -> User:
    """Stop (or let go on) somebody; what they hold goes back, what they did stays."""
    user = _member(project, user_id)
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
        f"user {user.pk}",
        by=by,
        after={"user": user.username, "freed": freed},
        reason=reason,
    )
    return user


@transaction.atomic
def free(project: Project, user_id: int, *, by: User, reason: str) -> int:
    """Give everything a person holds back to its queues; how many tasks that were."""
    user = _member(project, user_id)
    freed = leasing.free_all(project.pk, user.pk)
    audit.record(
        "leases freed",
        project,
        f"user {user.pk}",
        by=by,
        after={"user": user.username, "freed": freed},
        reason=reason,
    )
    return freed


def _member(project: Project, user_id: int) -> User:
    """Somebody of this project, now or before: a lease may outlive a membership."""
    found = Membership.objects.filter(project=project, user=user_id)
    membership = found.select_related("user").first()
    if membership is None:
        raise NotFound("There is no such person in this project.")
    return membership.user
