"""Takes what one person answered out of everything, because a lead says why.

Nothing is removed: an entry that counts no more supersedes the answer, and gold that rested
on it is superseded by what the others' answers add up to, by the rules of their queue. Where
these are too few, the task goes back to its queue, and its value is not known until then.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.models import Annotation, Gold, Task
from projects import audit, events
from projects.refused import Conflict
from reviewer import consensus, standing, unsettling
from reviewer.models import Queue, QueueItem, Withdrawal
from reviewer.unsettling import Fate

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.models import Project, User
    from reviewer.held import Item
    from reviewer.unsettling import Withdrawn

# Their items are locked meanwhile: few, so that others go on working.
CHUNK: Final = 100
# So many of the first are looked at before a lead decides: a millisecond each.
LOOKED_AT: Final = 200


class WithdrawalUnderWay(Conflict):
    code, title = "withdrawal_under_way", "Answers of this person are being withdrawn"


class NothingToWithdraw(Conflict):
    code, title = "nothing_to_withdraw", "There is no answer to withdraw"


@dataclass(frozen=True)
class Preview:
    """What it would do; `fates` are of the first `looked_at` answers."""

    answers: int
    looked_at: int
    fates: Mapping[str, int]


def preview(project: Project, user: User, since: datetime | None) -> Preview:
    """Decided as if it were done, and not done."""
    given = _standing(project, user, since, timezone.now())
    queues = _queues(project)
    fates: Counter[str] = Counter()
    looked_at = after = 0
    while looked_at < LOOKED_AT:
        with transaction.atomic():
            found = unsettling.hold(user, _next(given, after), queues)
        if not found:
            break
        fates.update(each.fate for each in found)
        looked_at, after = looked_at + len(found), found[-1].answer.pk
    return Preview(given.count(), looked_at, fates)


@transaction.atomic
def start(
    project: Project, user_id: int, *, since: datetime | None, by: User, reason: str
) -> Withdrawal:
    """Ask for it; the worker does it, some tasks at a time. One at a time per person."""
    user, at = standing.member(project, user_id), timezone.now()
    if not _standing(project, user, since, at).exists():
        raise NothingToWithdraw("Nothing of this person counts since then.")
    asked = Withdrawal(
        project=project, user=user, since=since, reason=reason, asked_by=by, asked_at=at
    )
    try:
        with transaction.atomic():
            asked.save()
    except IntegrityError as error:
        raise WithdrawalUnderWay("Wait until that has ended.") from error
    audit.record(
        "answers to be withdrawn",
        project,
        standing.subject(user.pk),
        by=by,
        after={"user": user.username, "since": since.isoformat() if since else None},
        reason=reason,
    )
    events.emit(
        "answers.to_withdraw",
        project,
        subject=standing.subject(user.pk),
        withdrawal=asked.pk,
    )
    return asked


def asked(payload: Mapping[str, Any]) -> None:
    """The worker's job; what was withdrawn before it was killed stays withdrawn."""
    related = ("project", "user", "asked_by")
    found = Withdrawal.objects.select_related(*related).get(pk=payload["withdrawal"])
    carry_out(found)


def carry_out(withdrawal: Withdrawal) -> None:
    """All of it, a transaction for each CHUNK of answers; safe to repeat."""
    after = 0
    while (last := _withdraw_some(withdrawal, after)) is not None:
        after = last
    _finish(withdrawal)


@transaction.atomic
def _withdraw_some(withdrawal: Withdrawal, after: int) -> int | None:
    """The next answers; the number of the last one, None when there is none left."""
    # whoever else carries it out waits here, and then finds these withdrawn
    locked = Withdrawal.objects.select_for_update(no_key=True).get(pk=withdrawal.pk)
    project, user = withdrawal.project, withdrawal.user
    given = _standing(project, user, withdrawal.since, withdrawal.asked_at)
    chunk = _next(given, after)
    if not chunk or locked.state != Withdrawal.State.RUNNING:
        return None
    found = unsettling.hold(user, chunk, _queues(project))
    _write(withdrawal, found, timezone.now())
    counts = Counter(locked.counts) + Counter(each.fate.value for each in found)
    locked.counts = dict(counts)
    locked.save(update_fields=["counts"])
    return chunk[-1].pk


@transaction.atomic
def _finish(withdrawal: Withdrawal) -> None:
    running = Withdrawal.objects.select_for_update(no_key=True).filter(
        pk=withdrawal.pk, state=Withdrawal.State.RUNNING
    )
    done = running.first()
    if done is None:
        return
    done.state, done.ended_at = Withdrawal.State.DONE, timezone.now()
    done.save(update_fields=["state", "ended_at"])
    audit.record(
        "answers withdrawn",
        withdrawal.project,
        standing.subject(withdrawal.user_id),
        by=withdrawal.asked_by,
        after=done.counts,
        reason=withdrawal.reason,
    )


def _standing(
    project: Project, user: User, since: datetime | None, upto: datetime
) -> QuerySet[Annotation]:
    """Their answers as they stand, the oldest first."""
    found = Annotation.objects.filter(
        author=user,
        task__project=project,
        superseded_by=None,
        withdrawn=False,
        created_at__lte=upto,
    )
    if since is not None:
        found = found.filter(created_at__gte=since)
    return found.order_by("pk")


def _next(given: QuerySet[Annotation], after: int) -> list[Annotation]:
    return list(given.filter(pk__gt=after)[:CHUNK])


def _queues(project: Project) -> dict[int, Queue]:
    return {queue.pk: queue for queue in Queue.objects.filter(project=project)}


def _write(withdrawal: Withdrawal, found: Sequence[Withdrawn], at: datetime) -> None:
    """All that was decided on some answers, in the caller's transaction."""
    entries = Annotation.objects.bulk_create(
        [_entry(withdrawal, each.answer) for each in found]
    )
    Annotation.objects.filter(pk__in=[each.pk for each in entries]).update(
        created_at=at
    )
    _write_gold(withdrawal.project, found, at)
    for each in found:
        if each.state:
            Task.objects.filter(pk=each.answer.task_id).update(
                state=each.state, settled_at=None
            )
        if each.item is not None and each.queue is not None:
            _put_back(each.item, each.queue, each.fate, at)
        if each.fate == Fate.DISPUTED and each.item is not None:
            items = QueueItem.objects.select_related("task")
            consensus.dispute(items.get(pk=each.item.id))
    settled = [f"task {e.answer.task_id}" for e in found if e.fate == Fate.CHANGED]
    events.emit_all("task.settled", withdrawal.project_id, settled)
    reopened = [f"task {e.answer.task_id}" for e in found if e.state]
    events.emit_all("task.reopened", withdrawal.project_id, reopened)


def _entry(withdrawal: Withdrawal, answer: Annotation) -> Annotation:
    """What stands in the answer's place; it is no answer itself."""
    return Annotation(
        client_id=uuid.uuid4(),
        task_id=answer.task_id,
        author_id=answer.author_id,
        answer=answer.answer,
        blind=answer.blind,
        counted=False,
        check_task=answer.check_task,
        expert=answer.expert,
        withdrawn=True,
        note=withdrawal.reason,
        supersedes=answer,
    )


def _write_gold(project: Project, found: Sequence[Withdrawn], at: datetime) -> None:
    rows = [
        Gold(
            project=project,
            task_id=each.task,
            question=each.question,
            value=each.value,
            unanswerable=each.unanswerable,
            source=each.source,
            uses_model=each.uses_model,
            posterior=each.posterior,
            blind=each.blind,
            supersedes_id=each.supersedes,
        )
        for one in found
        for each in one.gold
    ]
    rows += [
        Gold(
            project=project,
            task_id=one.answer.task_id,
            question=each.question,
            unanswerable=True,
            source=Gold.Source.WITHDRAWN,
            blind=one.answer.blind,
            supersedes_id=each.id,
        )
        for one in found
        for each in one.unsettled
    ]
    made = Gold.objects.bulk_create(rows)
    Gold.objects.filter(pk__in=[each.pk for each in made]).update(created_at=at)


def _put_back(item: Item, queue: Queue, fate: Fate, at: datetime) -> None:
    """What waits anew has as long as what is new: a late one would be given up at once."""
    changed: dict[str, Any] = {
        "state": item.state,
        "wanted": item.wanted,
        "done": item.done,
    }
    if fate == Fate.REOPENED:
        changed["due_at"] = at + timedelta(hours=queue.due_hours)
    QueueItem.objects.filter(pk=item.id).update(**changed)
