"""What a lead does with tasks that were set aside: back, to an adjudicator, or out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from labeling.models import Annotation, Task
from projects import audit, english
from projects.refused import Conflict, NotFound
from reviewer import consensus, queueing
from reviewer.models import PutOff, Queue, QueueItem

if TYPE_CHECKING:
    from projects.models import User

State = QueueItem.State


class NotFlagged(Conflict):
    code, title = "not_flagged", "This task is no longer set aside"


class AlreadyWithExperts(Conflict):
    code, title = (
        "already_adjudicated",
        "This task is in the adjudication queue already",
    )


@transaction.atomic
def give_back(queue: Queue, item_id: int, by: User, reason: str) -> None:
    """Let reviewers take it again; whoever only skipped it may be asked once more."""
    item = _flagged(queue, item_id)
    authors = Annotation.objects.filter(task=item.task_id, supersedes=None)
    item.seen = sorted(set(authors.values_list("author", flat=True)))
    item.state, item.skips, item.note = State.OPEN, 0, reason[:300]
    # whoever put it off is offered it at its place, like everybody
    PutOff.objects.filter(item=item).delete()
    item.save(update_fields=["seen", "state", "skips", "note"])
    _record("task returned to its queue", item, by, reason)


@transaction.atomic
def send_to_adjudication(queue: Queue, item_id: int, by: User, reason: str) -> None:
    """Reviewers are done with it; an adjudicator settles it."""
    if queue.purpose == Queue.Purpose.ADJUDICATION:
        raise AlreadyWithExperts("Return it to the queue, or withdraw it.")
    item = _flagged(queue, item_id)
    # The sample waits for the adjudicator, so this is done and not withdrawn.
    item.state, item.note = State.DONE, reason[:300]
    item.save(update_fields=["state", "note"])
    _set_task(item.task, Task.State.DISPUTED, only=(Task.State.OPEN,))
    consensus.to_adjudicators(item, queueing.adjudication_queue(queue.project))
    _record("task sent to adjudication", item, by, reason)


@transaction.atomic
def withdraw(queue: Queue, item_id: int, by: User, reason: str) -> None:
    """Nobody is asked any more; estimates count it as one without an answer."""
    item = _flagged(queue, item_id)
    item.state, item.note = State.WITHDRAWN, reason[:300]
    item.save(update_fields=["state", "note"])
    open_ = (Task.State.OPEN, Task.State.DISPUTED)
    _set_task(item.task, Task.State.WITHDRAWN, only=open_)
    _record("task withdrawn", item, by, reason)


def _flagged(queue: Queue, item_id: int) -> QueueItem:
    items = QueueItem.objects.select_for_update(of=("self",)).select_related("task")
    item = items.filter(pk=item_id, queue=queue).first()
    if item is None:
        raise NotFound("There is no such task in this queue.")
    if item.state != State.FLAGGED:
        raise NotFlagged("Somebody dealt with it before you. Load the page again.")
    item.queue = queue
    return item


def _set_task(task: Task, state: str, *, only: tuple[str, ...]) -> None:
    if task.state in only:
        task.state = state
        task.save(update_fields=["state"])


def _record(action: str, item: QueueItem, by: User, reason: str) -> None:
    audit.record(
        action,
        item.queue.project,
        f"task {item.task_id}",
        by=by,
        before=english.label(State.FLAGGED),
        after=english.label(State(item.state)),
        reason=reason,
    )
