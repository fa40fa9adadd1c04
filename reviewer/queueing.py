"""Puts tasks into queues, at the place that keeps an unfinished queue a fair sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from projects import audit
from reviewer import routing
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from labeling.models import Task
    from projects.models import Project, User


@dataclass(frozen=True)
class Waiting:
    """A task on its way into a queue, with what decides its place there."""

    task: Task
    u: float
    pi: float
    margin: float = 0.0
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


def put(queue: Queue, waiting: Iterable[Waiting]) -> list[QueueItem]:
    due_at = timezone.now() + timedelta(hours=queue.due_hours)
    return QueueItem.objects.bulk_create(
        [
            QueueItem(
                queue=queue,
                task=each.task,
                place=routing.place(_rank(queue, each)),
                audit=each.audit,
                check_task=each.check_task,
                wanted=each.wanted or queue.overlap,
                seen=list(each.seen),
                due_at=due_at,
            )
            for each in waiting
        ]
    )


def _rank(queue: Queue, each: Waiting) -> float:
    by_margin = queue.order == Queue.Order.MARGIN
    order: routing.Order = "margin" if by_margin else "draw"
    return routing.rank(each.u, each.pi, order, each.margin)


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
def pause(queue: Queue, by: User, *, paused: bool, reason: str = "") -> None:
    """Stop (or go on) giving out tasks; answers under way are still taken."""
    queue.paused = paused
    queue.save(update_fields=["paused"])
    action = "queue paused" if paused else "queue resumed"
    audit.record(action, queue.project, queue.name, by=by, reason=reason)
