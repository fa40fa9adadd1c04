"""Gives tasks to reviewers for a while: claim, renew, give back, set aside.

A lease lives in the queue item's row: who, until when, and a fencing token that grows
with each lease. Taking a lease over writes down whose it was.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from projects.refused import Conflict, NotAllowed, NotFound
from reviewer.models import Assignment, Queue, QueueItem, Reviewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.models import User

MOST_AT_ONCE = 50
COUNTED_WAITING = 1_000
MOST_SKIPS = 2
State = QueueItem.State


class QueuePaused(Conflict):
    code, title = "queue_paused", "This queue is paused"


class ReviewerPaused(NotAllowed):
    code, title = "reviewer_paused", "Your work is paused"


class NotYours(NotAllowed):
    code, title = "not_yours", "This task is not with you"


class LeaseEnded(Conflict):
    code, title = "lease_ended", "This task is no longer with you"


@dataclass(frozen=True)
class Held:
    """One item in the hands of one person, as the caller proved by its token."""

    item: QueueItem
    token: int
    # False: the lease ran out or was taken over; an answer is late then.
    live: bool


# Three ways to a next task, each by one partial index: what this person holds already,
# leases that ran out, then the head of the queue. `seen` keeps people apart.
MINE = """
select id from reviewer_queueitem
where queue_id = %(queue)s and state = 1 and lease_by = %(user)s
  and lease_until >= %(at)s and id <> all(%(have)s)
order by place, id limit %(limit)s
for update skip locked
"""
EXPIRED = """
select id from reviewer_queueitem
where queue_id = %(queue)s and state = 1 and lease_until < %(at)s
  and not seen @> array[%(user)s]::bigint[]
order by lease_until limit %(limit)s
for update skip locked
"""
OPEN = """
select id from reviewer_queueitem
where queue_id = %(queue)s and state = 0 {audit}
  and not seen @> array[%(user)s]::bigint[] and id <> all(%(taken)s)
order by place, id limit %(limit)s
for update skip locked
"""
END_OLD_LEASES = """
insert into reviewer_assignment
  (item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
select id, lease_by, token, 'expired', '', leased_at, lease_until
from reviewer_queueitem where id = any(%(taken)s) and state = 1
"""
LEASE = """
update reviewer_queueitem
set state = 1, lease_by = %(user)s, leased_at = %(at)s, lease_until = %(until)s,
    token = token + 1
where id = any(%(taken)s)
"""


@transaction.atomic
def take(
    queue: Queue, user: User, count: int, *, have: Sequence[int] = (), at: datetime
) -> list[QueueItem]:
    """Up to `count` tasks for this person, in the order of the queue.

    What they hold already and did not name in `have` comes first, so that a page that
    was reloaded goes on where it was.
    """
    _refuse_paused(queue, user)
    values: dict[str, Any] = {
        "queue": queue.pk,
        "user": user.pk,
        "at": at,
        "have": list(have),
        "limit": max(1, min(count, MOST_AT_ONCE)),
    }
    mine = _ids(MINE, values)
    wanted = values["limit"] - len(mine)
    # a single task is everybody's fair share: nothing to count
    share = min(wanted, _fair_share(queue, user, at)) if wanted > 1 else wanted
    taken = _find(queue, values, share)
    _lease(queue, values, taken)
    items = QueueItem.objects.filter(pk__in=[*mine, *taken])
    order = {pk: at_ for at_, pk in enumerate([*mine, *taken])}
    found = items.select_related("task__payload", "task__schema_version")
    return sorted(found, key=lambda item: order[item.pk])


def _refuse_paused(queue: Queue, user: User) -> None:
    if queue.paused:
        raise QueuePaused(f"“{queue}” is paused by a lead. Your answers are kept.")
    standing = Reviewer.objects.filter(project=queue.project_id, user=user).first()
    if standing is not None and standing.paused:
        raise ReviewerPaused(standing.reason or "Ask a lead of the project why.")


def _find(queue: Queue, values: dict[str, Any], wanted: int) -> list[int]:
    if wanted <= 0:
        return []
    taken = _ids(EXPIRED, {**values, "limit": wanted})
    # claims reserved for what chance drew, so that urgent work never starves it
    audits = sum(
        random.random() < queue.audit_share  # noqa: S311 (a share, not a secret)
        for _ in range(wanted - len(taken))
    )
    for limit, audit in ((audits, "and audit"), (None, "")):
        left = wanted - len(taken) if limit is None else limit
        if left > 0:
            sql = OPEN.format(audit=audit)
            taken += _ids(sql, {**values, "limit": left, "taken": taken})
    return taken


def _lease(queue: Queue, values: dict[str, Any], taken: list[int]) -> None:
    if not taken:
        return
    until = values["at"] + timedelta(seconds=queue.lease_seconds)
    with connection.cursor() as cursor:
        cursor.execute(END_OLD_LEASES, {"taken": taken})
        cursor.execute(LEASE, {**values, "taken": taken, "until": until})


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _fair_share(queue: Queue, user: User, at: datetime) -> int:
    """Never more ahead than waiting tasks / active reviewers, and at least one."""
    leased = QueueItem.objects.filter(queue=queue, state=State.LEASED)
    others = leased.filter(lease_until__gte=at).exclude(lease_by=user.pk)
    active = 1 + others.values("lease_by").distinct().count()
    return max(1, -(-waiting(queue) // active))


def waiting(queue: Queue) -> int:
    """How many tasks wait, counted up to COUNTED_WAITING."""
    return _counted(QueueItem.objects.filter(queue=queue, state=State.OPEN))


def waiting_for(queue: Queue, user: User) -> int:
    """The same, of those that this person may still answer."""
    open_ = QueueItem.objects.filter(queue=queue, state=State.OPEN)
    return _counted(open_.exclude(seen__contains=[user.pk]))


def _counted(items: QuerySet[QueueItem]) -> int:
    """Counted where they are: a thousand ids would cost more to send than to count."""
    return items.values("pk")[:COUNTED_WAITING].count()


def hold(item_id: int, token: int, user: User, at: datetime) -> Held:
    """Lock the item and check that this token is, or was, this person's.

    NotYours for tokens of others; late ones of one's own are told apart by `live`.
    """
    item = QueueItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise NotFound("There is no such task any more.")
    if item.token == token and item.lease_by == user.pk:
        live = item.state == State.LEASED and _lasts(item, at)
        return Held(item, token, live=live)
    past = Assignment.objects.filter(item=item, token=token).first()
    if past is None or past.reviewer_id != user.pk:
        raise NotYours("This task is with another reviewer. Take the next one.")
    return Held(item, token, live=False)


def _lasts(item: QueueItem, at: datetime) -> bool:
    return item.lease_until is not None and at <= item.lease_until


def live(item_id: int, token: int, user: User, at: datetime) -> QueueItem:
    """The same for what makes sense only while the lease lasts.

    A lease that ran out but that nobody took over is still good.
    """
    held = hold(item_id, token, user, at)
    item = held.item
    if item.state != State.LEASED or item.token != token:
        raise LeaseEnded("This task went on without you. Take the next one.")
    return item


@transaction.atomic
def check(item_id: int, token: int, user: User, at: datetime) -> None:
    """NotYours unless this token is, or was, this person's."""
    hold(item_id, token, user, at)


@transaction.atomic
def renew(item_id: int, token: int, user: User, at: datetime) -> datetime:
    item = live(item_id, token, user, at)
    item.lease_until = at + timedelta(seconds=item.queue.lease_seconds)
    item.save(update_fields=["lease_until"])
    return item.lease_until


@transaction.atomic
def release(item_id: int, token: int, user: User, at: datetime) -> None:
    """Give a task back unanswered; it waits again at its old place."""
    item = live(item_id, token, user, at)
    end(item, user, Assignment.Outcome.RELEASED, at)
    item.state = State.OPEN
    save(item)


@transaction.atomic
def skip(item_id: int, token: int, user: User, reason: str, at: datetime) -> None:
    """Leave a task to others; after MOST_SKIPS people skipped it, to an adjudicator."""
    item = live(item_id, token, user, at)
    end(item, user, Assignment.Outcome.SKIPPED, at, reason)
    item.seen = [*item.seen, user.pk]
    item.skips += 1
    item.state = State.FLAGGED if item.skips >= MOST_SKIPS else State.OPEN
    item.note = reason[:300]
    save(item, "seen", "skips", "note")


@transaction.atomic
def flag(item_id: int, token: int, user: User, reason: str, at: datetime) -> None:
    """Set a task aside for an adjudicator or lead to look at."""
    item = live(item_id, token, user, at)
    end(item, user, Assignment.Outcome.FLAGGED, at, reason)
    item.state = State.FLAGGED
    item.note = reason[:300]
    save(item, "note")


def end(
    item: QueueItem, user: User, outcome: str, at: datetime, reason: str = ""
) -> None:
    """Write down how a live lease ended; the caller sets the item's new state."""
    Assignment.objects.create(
        item=item,
        reviewer=user,
        token=item.token,
        outcome=outcome,
        reason=reason[:300],
        started_at=item.leased_at or at,
        ended_at=at,
    )
    item.lease_by, item.lease_until, item.leased_at = None, None, None


def save(item: QueueItem, *also: str) -> None:
    fields = ["state", "lease_by", "lease_until", "leased_at", *also]
    item.save(update_fields=fields)


@transaction.atomic
def free_all(project_id: int, user_id: int) -> int:
    """Give back everything a person holds in a project: somebody left or was paused."""
    at = timezone.now()
    held = QueueItem.objects.select_for_update().filter(
        queue__project=project_id, state=State.LEASED, lease_by=user_id
    )
    count = 0
    for item in held.order_by("pk"):
        Assignment.objects.create(
            item=item,
            reviewer_id=user_id,
            token=item.token,
            outcome=Assignment.Outcome.RELEASED,
            started_at=item.leased_at or at,
            ended_at=at,
        )
        item.lease_by, item.lease_until, item.leased_at = None, None, None
        item.state = State.OPEN
        save(item)
        count += 1
    return count


def free_leases(payload: dict[str, Any]) -> None:
    """Handler of `member.left`."""
    free_all(payload["project"], payload["user"])
