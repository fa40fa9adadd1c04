"""Puts tasks into queues, at the place that keeps an unfinished queue a fair sample."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from projects import audit
from reviewer import routing
from reviewer.models import Queue, QueueItem, Stop

if TYPE_CHECKING:
    from labeling.models import Task
    from projects.models import Project, User

LONGEST_SKILL = 60


@dataclass(frozen=True)
class Waiting:
    """A task on its way into a queue, with what decides its place there."""

    task: Task
    u: float
    pi: float
    margin: float = 0.0
    skill: str = ""
    audit: bool = False
    check_task: bool = False
    seen: tuple[int, ...] = ()
    # 0: as many answers as the queue asks for.
    wanted: int = 0


def review_queue(project: Project) -> Queue | None:
    """Where drawn predictions go: the project's oldest review queue."""
    queues = Queue.objects.filter(project=project, purpose=Queue.Purpose.REVIEW)
    return queues.order_by("pk").first()


def adjudication_queue(project: Project) -> Queue:
    queue, _ = Queue.objects.get_or_create(
        project=project,
        purpose=Queue.Purpose.ADJUDICATION,
        defaults={
            "name": "adjudication",
            "title": "Adjudication",
            "overlap": 1,
            "max_overlap": 1,
        },
    )
    return queue


def skill(queue: Queue, metadata: Mapping[str, Any]) -> str:
    """The skill that an input with this metadata asks for; "": anybody may do it."""
    value = metadata.get(queue.skill_from) if queue.skill_from else None
    return str(value)[:LONGEST_SKILL] if isinstance(value, str | int) else ""


def place(queue: Queue, u: float, pi: float, margin: float, priority: int = 0) -> float:
    """Where a drawn item of this queue stands, from priority and the queue's order."""
    due = time.time() + queue.due_hours * 3600
    order = cast(routing.Order, queue.order)
    return routing.place(routing.rank(u, pi, order, margin, due), priority)


def put(queue: Queue, waiting: Iterable[Waiting]) -> list[QueueItem]:
    due_at = timezone.now() + timedelta(hours=queue.due_hours)
    return QueueItem.objects.bulk_create(
        [
            QueueItem(
                queue=queue,
                task=each.task,
                place=place(queue, each.u, each.pi, each.margin),
                skill=each.skill,
                audit=each.audit,
                check_task=each.check_task,
                wanted=each.wanted or queue.overlap,
                seen=sorted(each.seen),
                due_at=due_at,
            )
            for each in waiting
        ]
    )


@transaction.atomic
def set_priority(item: QueueItem, priority: int, by: User) -> None:
    """Move one task before (or behind) all of lower (or higher) priority."""
    before = item.priority
    QueueItem.objects.filter(pk=item.pk).update(
        place=F("place") + before - priority, priority=priority
    )
    audit.record(
        "task priority changed",
        item.queue.project,
        f"task {item.task_id}",
        by=by,
        before=before,
        after=priority,
    )


@transaction.atomic
@transaction.atomic
def pause(queue: Queue, by: User, *, paused: bool, reason: str = "") -> None:
    """Stop (or go on) giving out tasks; answers under way are still taken."""
    Stop.objects.leave_alone(queue.pk, queue.project_id)
    queue.paused = paused
    queue.save(update_fields=["paused"])
    action = "queue paused" if paused else "queue resumed"
    audit.record(action, queue.project, queue.name, by=by, reason=reason)
