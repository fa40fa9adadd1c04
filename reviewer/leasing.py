"""Gives tasks to reviewers for a while: claim, renew, give back, set aside.

A lease lives in the queue item's row: who, until when, and a fencing token that grows
with each lease. Taking a lease over writes down whose it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from projects.refused import Conflict, NotAllowed, NotFound, TooMany
from reviewer import consensus, taken
from reviewer.models import Assignment, PutOff, Queue, QueueItem, Reviewer

if TYPE_CHECKING:
    from projects.models import User
    from reviewer.taken import Taken

MOST_AT_ONCE = 50
# Ten minutes without a server, at one task a second (docs/decisions/0012).
MOST_HELD = 600
# Nobody needs to know more exactly how much is left.
COUNTED_WAITING = 100
CAP_SECONDS = 3_600
MOST_SKIPS = 2
NOT_YOURS = "This task is with another reviewer. Take the next one."
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


class CapReached(TooMany):
    code, title = "daily_cap", "You have done your share for today"


TAKE = """
select status, why, waiting, items::text, shown, returned
from reviewer_take(%s, %s, %s, %s, %s, %s, %s)
"""


def take(
    queue: Queue, user: User, count: int, *, have: Sequence[int] = (), at: datetime
) -> list[QueueItem]:
    """Up to `count` tasks for this person, in the order of the queue.

    What they hold already and did not name in `have` comes first, so that a page that
    was reloaded goes on where it was.
    """
    return claim(queue, user, count, have=have, at=at).items


def claim(
    queue: Queue, user: User, count: int, *, have: Sequence[int] = (), at: datetime
) -> Taken:
    """take(), and what a page shows beside: one statement for everything."""
    wanted = max(1, min(count, MOST_AT_ONCE))
    values = (
        *(queue.pk, user.pk, wanted, list(have), at),
        *(MOST_HELD, COUNTED_WAITING),
    )
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        status, why, waiting, found, shown, returned = cursor.fetchone()
    _refuse(queue, status, why)
    return taken.read(found or "[]", waiting, shown, returned or [])


def in_hand(queue: Queue, user: User, item_id: int, at: datetime) -> Taken | None:
    """One that this person holds, whatever else they hold; None if it is not theirs."""
    held = QueueItem.objects.filter(
        queue=queue, lease_by=user.pk, state=State.LEASED, lease_until__gte=at
    )
    ids = set(held.values_list("pk", flat=True))
    if item_id not in ids:
        return None
    return claim(queue, user, 1, have=sorted(ids - {item_id}), at=at)


def _refuse(queue: Queue, status: str, why: str) -> None:
    if status == "paused":
        raise QueuePaused(f"“{queue}” is paused by a lead. Your answers are kept.")
    if status == "reviewer_paused":
        raise ReviewerPaused(why or "Ask a lead of the project why.")
    if status == "daily_cap":
        raise CapReached(
            f"“{queue}” asks for at most {why} answers of one person a day. "
            "Come back tomorrow, or take another queue.",
            retry_after=CAP_SECONDS,
        )
    if status == "gone":
        raise NotFound("There is no such queue any more.")


def waiting_for(queue: Queue, user: User) -> int:
    """How many tasks this person may still take, counted up to COUNTED_WAITING."""
    standing = Reviewer.objects.filter(project=queue.project_id, user=user).first()
    skills = ["", *(standing.skills if standing else [])]
    with connection.cursor() as cursor:
        values = (queue.pk, user.pk, skills, COUNTED_WAITING)
        cursor.execute("select reviewer_waiting_for(%s, %s, %s, %s)", values)
        return int(cursor.fetchone()[0])


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
        raise NotYours(NOT_YOURS)
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
    _give_back(live(item_id, token, user, at), user.pk, at)


def _give_back(item: QueueItem, user_id: int, at: datetime) -> None:
    end(item, user_id, Assignment.Outcome.RELEASED, at)
    item.state = State.OPEN
    save(item)


@transaction.atomic
def skip(item_id: int, token: int, user: User, reason: str, at: datetime) -> None:
    """Put a task where its queue sends skipped ones: others, oneself later, an expert.

    Once MOST_SKIPS people skipped it, a lead looks at it.
    """
    item = live(item_id, token, user, at)
    again = item.skips > 0 and _skipped_last(item) == user.pk
    end(item, user.pk, Assignment.Outcome.SKIPPED, at, reason)
    item.seen = sorted({*item.seen, user.pk})
    item.skips += not again
    item.state = State.FLAGGED if item.skips >= MOST_SKIPS else State.OPEN
    item.note = reason[:300]
    _send_on(item, user)
    save(item, "seen", "skips", "note")


def _skipped_last(item: QueueItem) -> int | None:
    """Who skipped it before; with MOST_SKIPS = 2 that is everybody who is counted."""
    skipped = Assignment.objects.filter(item=item, outcome=Assignment.Outcome.SKIPPED)
    return skipped.order_by("-pk").values_list("reviewer", flat=True).first()


def _send_on(item: QueueItem, user: User) -> None:
    """What the queue's own rule adds: it waits for this person, or for an adjudicator."""
    skips_to = item.queue.skips_to
    if skips_to == Queue.SkipsTo.ME and item.state == State.OPEN:
        PutOff.objects.bulk_create(
            [PutOff(item=item, user=user)], ignore_conflicts=True
        )
    # the answer to a check task is known: no expert is asked for it
    if skips_to == Queue.SkipsTo.EXPERT and not item.check_task:
        item.state = State.DONE
        consensus.dispute(item)


@transaction.atomic
def put_off(item_id: int, token: int, user: User, at: datetime) -> None:
    """Give a task back until nothing else is left; it keeps its place for others."""
    item = live(item_id, token, user, at)
    end(item, user.pk, Assignment.Outcome.RELEASED, at)
    item.seen = sorted({*item.seen, user.pk})
    item.state = State.OPEN
    PutOff.objects.bulk_create([PutOff(item=item, user=user)], ignore_conflicts=True)
    save(item, "seen")


@transaction.atomic
def flag(item_id: int, token: int, user: User, reason: str, at: datetime) -> None:
    """Set a task aside for an adjudicator or lead to look at."""
    item = live(item_id, token, user, at)
    end(item, user.pk, Assignment.Outcome.FLAGGED, at, reason)
    item.state = State.FLAGGED
    item.note = reason[:300]
    save(item, "note")


def end(
    item: QueueItem, user_id: int, outcome: str, at: datetime, reason: str = ""
) -> None:
    """Write down how a live lease ended; the caller sets the item's new state."""
    Assignment.objects.create(
        item=item,
        reviewer_id=user_id,
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
    items = list(held.order_by("pk"))
    for item in items:
        _give_back(item, user_id, at)
    return len(items)


def free_leases(payload: dict[str, Any]) -> None:
    """Handler of `member.left`."""
    free_all(payload["project"], payload["user"])
