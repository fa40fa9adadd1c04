"""Takes answers in: kept once, whatever happened to the lease, and counted if wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from labeling.annotations import drop_draft, fit, handed_in, latest
from labeling.models import Annotation
from projects.refused import NotFound
from reviewer import consensus, leasing
from reviewer.models import Assignment, Queue, QueueItem

if TYPE_CHECKING:
    from labeling.answers import Answer
    from projects.models import User
    from reviewer.leasing import Held

State = QueueItem.State
LONGEST_SECONDS = 86_400.0


@dataclass(frozen=True)
class Submission:
    item_id: int
    token: int
    client_id: UUID
    answer: Any
    seconds: float | None = None


@dataclass(frozen=True)
class Receipt:
    """counted, extra (nobody wanted one more), correction, duplicate (sent again)."""

    status: str
    late: bool = False


@transaction.atomic
def submit(queue: Queue, user: User, given: Submission, at: datetime) -> Receipt:
    """Keep one answer: annotation, lease, consensus, gold and event in one transaction.

    Refused: NotYours for tokens of others, DoesNotFit for what the schema does not allow.
    """
    held = leasing.hold(given.item_id, given.token, user, at)
    if held.item.queue_id != queue.pk:
        raise NotFound("This task is in another queue.")
    sent_before = handed_in(given.client_id)
    if sent_before is not None:
        return _sent_again(sent_before, user)
    answer = fit(held.item.task, given.answer)
    drop_draft(held.item.task, user)
    previous = latest(held.item.task, user)
    if previous is not None:
        return _correct(held, user, given, answer, previous, at)
    return _keep(held, user, given, answer, at)


def _sent_again(annotation: Annotation, user: User) -> Receipt:
    if annotation.author_id != user.pk:
        raise leasing.NotYours("This client_id belongs to somebody else’s answer.")
    return Receipt("duplicate", late=annotation.late)


def _keep(
    held: Held, user: User, given: Submission, answer: Answer, at: datetime
) -> Receipt:
    item = held.item
    wanted = item.done < item.wanted and item.state in (State.OPEN, State.LEASED)
    counted = wanted and user.pk not in item.seen
    _annotate(held, user, given, answer, counted=counted)
    _close_lease(held, user, at)
    if counted:
        item.done += 1
        item.seen = [*item.seen, user.pk]
    if item.done >= item.wanted and item.state in (State.OPEN, State.LEASED):
        item.state = State.DONE
    leasing.save(item, "done", "seen")
    if item.state == State.DONE and counted:
        consensus.settle(item)
    return Receipt("counted" if counted else "extra", late=not held.live)


def _close_lease(held: Held, user: User, at: datetime) -> None:
    """End the lease if it is still this person's; another's goes on."""
    item = held.item
    if item.token == held.token and item.lease_by == user.pk:
        leasing.end(item, user, Assignment.Outcome.SUBMITTED, at)
        if item.state == State.LEASED:
            item.state = State.OPEN


def _correct(
    held: Held,
    user: User,
    given: Submission,
    answer: Answer,
    previous: Annotation,
    at: datetime,
) -> Receipt:
    """One's own answer once more replaces the one before; both are kept."""
    _annotate(held, user, given, answer, counted=previous.counted, supersedes=previous)
    _close_lease(held, user, at)
    leasing.save(held.item)
    if previous.counted and held.item.state == State.DONE:
        consensus.settle(held.item)
    return Receipt("correction", late=not held.live)


def _annotate(
    held: Held,
    user: User,
    given: Submission,
    answer: Answer,
    *,
    counted: bool,
    supersedes: Annotation | None = None,
) -> None:
    task, expert = held.item.task, consensus.is_expert(held.item)
    Annotation.objects.create(
        client_id=given.client_id,
        task=task,
        author=user,
        answer=answer,
        seconds=_plausible(given.seconds),
        blind=task.blind and not expert,
        late=not held.live and supersedes is None,
        counted=counted,
        check_task=held.item.check_task,
        expert=expert,
        supersedes=supersedes,
    )


def _plausible(seconds: float | None) -> float | None:
    """A page left open overnight says nothing about the work."""
    if seconds is None or not 0 <= seconds <= LONGEST_SECONDS:
        return None
    return seconds
