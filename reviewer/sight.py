"""What one member may see of one task: nothing that would lead their own answer.

Whoever has the task in their hands sees it as their work there does, whatever their role.
Else leads see everything; adjudicators all answers, by letters until it is settled; and
reviewers what is theirs, and what others said once it is settled. A check task never looks
settled to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling.models import Annotation, Task
from projects import access
from projects.refused import NotFound
from reviewer.models import Assignment, Queue, QueueItem

if TYPE_CHECKING:
    from projects.access import Member

CLOSED: Final = (Task.State.SETTLED, Task.State.WITHDRAWN)
EVERYTHING: Final = ("answers", "names", "pre_label", "gold", "events")
State = QueueItem.State


@dataclass(frozen=True)
class Sight:
    """One member before one task."""

    who: Member
    task: Task
    # All answers; False: only one's own.
    answers: bool
    names: bool
    pre_label: bool
    gold: bool
    # Who set it aside and why, and what was sent back.
    events: bool


def of(who: Member, task_id: int) -> Sight:
    """NotFound for tasks of others, and for reviewers those they never had."""
    tasks = Task.objects.select_related("payload", "schema_version")
    task = tasks.filter(pk=task_id, project=who.project).first()
    if task is None:
        raise NotFound("There is no such task in this project.")
    items = list(QueueItem.objects.filter(task=task).select_related("queue"))
    held = _held(who, items)
    if who.may(access.LEAD) and held is None:
        return Sight(who, task, **dict.fromkeys(EVERYTHING, True))
    closed = task.state in CLOSED
    if who.may(access.ADJUDICATE) and not (_reviews(held) or _judged(who, task)):
        shown = closed or (not task.blind and not _kept_back(items, answered=True))
        return Sight(
            who,
            task,
            answers=True,
            names=closed,
            pre_label=shown,
            gold=closed,
            events=closed,
        )
    return _of_reviewer(who, task, items, closed=closed)


def _held(who: Member, items: list[QueueItem]) -> QueueItem | None:
    mine = (e for e in items if e.state == State.LEASED and e.lease_by == who.user.pk)
    return next(mine, None)


def _judged(who: Member, task: Task) -> bool:
    """One of the reviewers whose answers are still compared."""
    mine = Annotation.objects.filter(task=task, author=who.user, expert=False)
    return task.state not in CLOSED and mine.exists()


def _reviews(held: QueueItem | None) -> bool:
    return held is not None and held.queue.purpose == Queue.Purpose.REVIEW


def _of_reviewer(
    who: Member, task: Task, items: list[QueueItem], *, closed: bool
) -> Sight:
    answered = Annotation.objects.filter(task=task, author=who.user).exists()
    if not (answered or _held(who, items) or _had(who, task)):
        raise NotFound("There is no such task among yours.")
    checks = any(item.check_task for item in items)
    after = closed and answered and not checks
    shown = not task.blind and not _kept_back(items, answered=answered)
    return Sight(
        who, task, answers=after, names=False, pre_label=shown, gold=after, events=False
    )


def _had(who: Member, task: Task) -> bool:
    return Assignment.objects.filter(item__task=task, reviewer=who.user).exists()


def _kept_back(items: list[QueueItem], *, answered: bool) -> bool:
    """Whether a queue of the task does not show the model's answer (yet)."""
    for item in items:
        shown = item.queue.pre_label
        if shown == Queue.Shown.NEVER:
            return True
        if shown == Queue.Shown.AFTER_GUESS and not answered:
            return True
    return False
