"""How much waits in each queue, since when, with whom, and how fast it is worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from labeling.models import Comment
from projects.models import User
from reviewer import backlog, scorecards
from reviewer.leasing import COUNTED_WAITING
from reviewer.models import Assignment, Queue, QueueItem, Reviewer
from reviewer.rollups import hours, queue_counts, queued

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.backlog import Backlog, Capped
    from reviewer.rollups.queue_counts import Counts

State = QueueItem.State
RATE_HOURS = 24


@dataclass(frozen=True)
class QueueState:
    """One queue as leads see it."""

    queue: Queue
    waiting: int
    leased: int
    done: int
    flagged: int
    withdrawn: int
    # Waiting tasks that everybody who may take them has answered or skipped.
    stuck: Capped
    oldest: datetime | None
    due_at: datetime | None
    overdue: Capped
    arrived_per_hour: float
    done_per_hour: float

    @property
    def clears_in(self) -> timedelta | None:
        """When the queue is empty, should both paces hold; None: not at this pace."""
        net = self.done_per_hour - self.arrived_per_hour
        left = self.waiting + self.leased
        return timedelta(hours=left / net) if net > 0 and left else None


@dataclass(frozen=True)
class MyQueue:
    """One queue as one person sees it: only what they may still take."""

    queue: Queue
    waiting: int
    # There are more than were counted.
    more: bool
    oldest: datetime | None
    due_at: datetime | None
    # Next to be taken were set before the others by a lead.
    priority: int
    mine: scorecards.Scorecard | None = None

    def is_late(self, at: datetime) -> bool:
        return self.due_at is not None and self.due_at < at


def of_queues(queues: Sequence[Queue], at: datetime) -> list[QueueState]:
    """The state of each queue, in the order given; the number of queries is fixed."""
    numbers = [queue.pk for queue in queues]
    counts = queue_counts.of(numbers)
    found = backlog.of(_able(queues), at)
    since = hours.begin(at, RATE_HOURS)
    arrived, done = queued.arrived(numbers, since), queued.submitted(numbers, since)
    span = (at - since) / timedelta(hours=1)
    return [
        _state(
            queue,
            counts.get(queue.pk, queue_counts.NOTHING),
            found.get(queue.pk, backlog.NOTHING),
            arrived.get(queue.pk, 0) / span,
            done.get(queue.pk, 0) / span,
        )
        for queue in queues
    ]


def _state(
    queue: Queue, counts: Counts, found: Backlog, arrived: float, done: float
) -> QueueState:
    return QueueState(
        queue=queue,
        waiting=counts.waiting,
        leased=counts.leased,
        done=counts.done,
        flagged=counts.flagged,
        withdrawn=counts.withdrawn,
        stuck=found.stuck,
        oldest=found.oldest,
        due_at=found.due_at,
        overdue=found.late,
        arrived_per_hour=arrived,
        done_per_hour=done,
    )


def _able(queues: Iterable[Queue]) -> dict[int, list[int]]:
    """Queue -> who may take its tasks now."""
    projects = {queue.project_id for queue in queues}
    paused = set(
        Reviewer.objects.filter(project__in=projects, paused=True).values_list(
            "project", "user"
        )
    )
    members = User.objects.filter(
        memberships__project__in=projects,
        memberships__ended_at=None,
        memberships__role__in=scorecards.REVIEWING,
    ).values_list("memberships__project", "memberships__role", "pk")
    found: dict[int, list[int]] = {queue.pk: [] for queue in queues}
    for project, role, user in members:
        for queue in queues:
            fits = queue.purpose == Queue.Purpose.REVIEW or role != "reviewer"
            if queue.project_id == project and fits and (project, user) not in paused:
                found[queue.pk].append(user)
    return found


# Counted only up to a limit, so that a million waiting tasks cost no more than a thousand.
FOR_ME = """
select q.id, w.n, w.oldest, w.due, w.priority
from reviewer_queue q
left join reviewer_reviewer r on r.project_id = q.project_id and r.user_id = %(user)s
cross join lateral (
  select count(*) n, min(created_at) oldest, min(due_at) due, max(priority) priority
  from (
    (select i.created_at, i.due_at, i.priority
     from reviewer_waiting_sets(q.id, array[''] || r.skills::text[]) s
     cross join lateral (
       select h.created_at, h.due_at, h.priority from reviewer_queueitem h
       where h.queue_id = q.id and h.state = 0 and h.skill = s.skill
         and h.audit = s.audit and h.seen = s.seen
       order by h.place, h.id limit %(most)s
     ) i
     where not s.seen @> array[%(user)s]::bigint[])
    union all
    (select i.created_at, i.due_at, i.priority
     from reviewer_put_off(q.id, %(user)s) o (id)
     join reviewer_queueitem i on i.id = o.id
       and i.skill = any (array[''] || r.skills::text[])
     limit %(most)s)
    union all
    (select created_at, due_at, priority from reviewer_queueitem
     where state = 1 and lease_by = %(user)s and queue_id = q.id)
    limit %(most)s
  ) counted
) w
where q.id = any(%(queues)s)
"""


def for_person(
    user: User,
    queues: Sequence[Queue],
    at: datetime,
    cards: Mapping[int, scorecards.Scorecard] | None = None,
) -> list[MyQueue]:
    """What this person may take, the most urgent first: late, then prior, then due."""
    found = []
    counted = _for_person(user, queues)
    for queue in queues:
        n, oldest, due, priority = counted.get(queue.pk, (0, None, None, 0))
        found.append(
            MyQueue(
                queue=queue,
                waiting=min(n, COUNTED_WAITING),
                more=n > COUNTED_WAITING,
                oldest=oldest,
                due_at=due,
                priority=priority or 0,
                mine=(cards or {}).get(queue.pk),
            )
        )
    return sorted(found, key=lambda each: _urgency(each, at))


def _for_person(
    user: User, queues: Sequence[Queue]
) -> dict[int, tuple[int, datetime | None, datetime | None, int | None]]:
    values: dict[str, int | list[int]] = {
        "user": user.pk,
        "queues": [queue.pk for queue in queues],
        "most": COUNTED_WAITING + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(FOR_ME, values)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}


def _urgency(mine: MyQueue, at: datetime) -> tuple[bool, bool, bool, int, float, int]:
    due = mine.due_at.timestamp() if mine.due_at else float("inf")
    return (
        mine.waiting == 0,
        mine.queue.paused,
        not mine.is_late(at),
        -mine.priority,
        due,
        mine.queue.pk,
    )


@dataclass(frozen=True)
class Lease:
    """A task that is with somebody, or was when the lease ran out."""

    item: QueueItem
    holder: User | None
    ran_out: bool


@dataclass(frozen=True)
class SetAside:
    """A flagged task: who set it aside last, and why."""

    item: QueueItem
    by: User | None
    why: str
    at: datetime | None
    skipped_by_everyone: bool
    # Open comments on the task.
    comments: int = 0


# The next of each set of items that the same people have seen; the next of all are there.
NEXT = """
select i.id from reviewer_queue_sets(%(queue)s) s
cross join lateral (
  select h.id, h.place from reviewer_queueitem h
  where h.queue_id = %(queue)s and h.state = 0 and h.skill = s.skill
    and h.audit = s.audit and h.seen = s.seen
  order by h.place, h.id limit %(most)s
) i
order by i.place, i.id limit %(most)s
"""


def waiting(queue: Queue, most: int = 20) -> list[QueueItem]:
    """The next tasks in the order of the queue."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"queue": queue.pk, "most": most})
        found = [row[0] for row in cursor.fetchall()]
    items = QueueItem.objects.filter(pk__in=found).select_related("task__payload")
    return list(items.order_by("place", "pk"))


def leases(queue: Queue, at: datetime, most: int = 50) -> list[Lease]:
    items = QueueItem.objects.filter(queue=queue, state=State.LEASED)
    found = list(items.order_by("lease_until")[:most])
    people = User.objects.in_bulk([item.lease_by for item in found if item.lease_by])
    return [
        Lease(
            item,
            people.get(item.lease_by or 0),
            ran_out=item.lease_until is not None and item.lease_until < at,
        )
        for item in found
    ]


def set_aside(queue: Queue, most: int = 50) -> list[SetAside]:
    """Flagged tasks, the one that waits longest first."""
    items = QueueItem.objects.filter(queue=queue, state=State.FLAGGED)
    said = Comment.objects.filter(task=OuterRef("task"), resolved_at=None)
    counted = said.order_by().values("task").annotate(n=Count("pk")).values("n")
    found = list(
        items.select_related("task__payload")
        .annotate(comments=Coalesce(Subquery(counted), 0))
        .order_by("pk")[:most]
    )
    ends = Assignment.objects.filter(
        item__in=found,
        outcome__in=(Assignment.Outcome.FLAGGED, Assignment.Outcome.SKIPPED),
    )
    last = {end.item_id: end for end in ends.select_related("reviewer").order_by("pk")}
    return [_set_aside(item, last.get(item.pk), item.comments) for item in found]


@dataclass(frozen=True)
class MyFlag:
    """A task that I flagged, and what became of it."""

    item: QueueItem
    why: str
    at: datetime

    @property
    def became(self) -> str:
        if self.item.state == State.FLAGGED:
            return _("waits for a lead")
        if self.item.state == State.WITHDRAWN:
            return _("withdrawn: %(note)s") % {"note": self.item.note}
        if self.item.state == State.DONE:
            return _("settled by others: %(note)s") % {"note": self.item.note}
        return _("returned to the queue: %(note)s") % {"note": self.item.note}


def my_flags(
    user: User,
    at: datetime,
    days: int = 7,
    most: int = 5,
    project: Project | None = None,
) -> list[MyFlag]:
    """The last tasks that this person flagged, in one project or all, newest first."""
    flagged = Assignment.objects.filter(
        reviewer=user,
        outcome=Assignment.Outcome.FLAGGED,
        ended_at__gte=at - timedelta(days=days),
        item__queue__project__memberships__user=user,
        item__queue__project__memberships__ended_at=None,
    )
    if project is not None:
        flagged = flagged.filter(item__queue__project=project)
    found = flagged.select_related("item__queue__project").order_by("-pk")[:most]
    return [MyFlag(each.item, each.reason, each.ended_at) for each in found]


def _set_aside(item: QueueItem, end: Assignment | None, comments: int) -> SetAside:
    return SetAside(
        item=item,
        by=end.reviewer if end else None,
        why=(end.reason if end else "") or item.note,
        at=end.ended_at if end else None,
        skipped_by_everyone=end is not None
        and end.outcome == Assignment.Outcome.SKIPPED,
        comments=comments,
    )


def in_project(project: Project) -> list[Queue]:
    """Review queues first, as they were made."""
    queues = Queue.objects.filter(project=project).select_related("project")
    return list(queues.order_by("-purpose", "pk"))
