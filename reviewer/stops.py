"""The stop switch: nothing is accepted unseen from its beginning on, until a lead ends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from projects import audit
from projects.models import Project
from projects.refused import Conflict
from reviewer import queueing
from reviewer.models import Queue, Stop

if TYPE_CHECKING:
    from projects.models import User

# On a page; all of them are in the audit log.
MOST_SHOWN: Final = 10


class AlreadyStopped(Conflict):
    code, title = "already_stopped", "This project is stopped already"


class NotStopped(Conflict):
    code, title = "not_stopped", "This project is not stopped"


def in_force(project: Project) -> Stop | None:
    found = Stop.objects.in_force().filter(project=project)
    return found.select_related("began_by").first()


def number_in_force(project: Project) -> int | None:
    found = Stop.objects.in_force().filter(project=project)
    return found.values_list("number", flat=True).first()


def history(project: Project) -> list[Stop]:
    """Those that have ended, newest first."""
    found = Stop.objects.filter(project=project, ended_at__isnull=False)
    found = found.select_related("began_by", "ended_by")
    return list(found.order_by("-number")[:MOST_SHOWN])


def by_project(projects: Iterable[int]) -> dict[int, Stop]:
    """Project -> its stop, of those that are stopped."""
    found = Stop.objects.in_force().filter(project__in=list(projects))
    return {each.project_id: each for each in found.select_related("began_by")}


@transaction.atomic
def begin(project: Project, *, by: User, reason: str, mode: str) -> Stop:
    """Accept nothing unseen from now on: one transaction.

    Once it is committed, whatever a process of intake had decided without it is refused by
    the database as stale, and decided anew.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Stop.objects.in_force().filter(project=project).exists():
        raise AlreadyStopped("Somebody stopped it before. Nothing is accepted unseen.")
    stop = Stop.objects.create(
        project=project,
        number=Stop.objects.next_number(project.pk),
        mode=mode,
        reason=reason,
        began_at=timezone.now(),
        began_by=by,
    )
    if mode == Stop.Mode.HOLD:
        stop.paused = _pause(project, by, f"stop {stop.number} begun")
        stop.save(update_fields=["paused"])
    audit.record(
        "stop begun",
        project,
        f"stop {stop.number}",
        by=by,
        after={"mode": mode},
        reason=reason,
    )
    return stop


def _pause(project: Project, by: User, reason: str) -> list[int]:
    held = Queue.objects.filter(project=project, purpose=Queue.Purpose.REVIEW)
    queues = list(held.filter(paused=False).order_by("pk"))
    for queue in queues:
        queueing.pause(queue, by, paused=True, reason=reason)
    return [queue.pk for queue in queues]


@transaction.atomic
def end(project: Project, *, by: User, reason: str) -> Stop:
    """Decide by the policy again: one transaction. What it drew stays drawn."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    stop = in_force(project)
    if stop is None:
        raise NotStopped("Somebody ended the stop before. The policy decides.")
    stop.ended_at, stop.ended_by, stop.end_reason = timezone.now(), by, reason
    stop.save(update_fields=["ended_at", "ended_by", "end_reason"])
    held = Queue.objects.filter(project=project, pk__in=stop.paused, paused=True)
    for queue in held.order_by("pk"):
        queueing.pause(queue, by, paused=False, reason=f"stop {stop.number} ended")
    audit.record(
        "stop ended",
        project,
        f"stop {stop.number}",
        by=by,
        before={"mode": stop.mode},
        reason=reason,
    )
    return stop
