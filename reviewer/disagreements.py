"""Has people look, blind, at predictions on which two versions of a model differ.

Where both say the same, both are right or both are wrong: nobody needs to look, to know
which of them is right more often. Where they differ, each prediction is drawn by a salt of
the design's own, before anybody sees its answer. One that routing drew blind already has a
task without the model's answer; that task's first settled answer serves. Whether it does
was decided by another draw, which no answer changes, so the chance of being known stays
the design's. All others get a task of their own, without a model's answer to help.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling import versions
from labeling.models import Task
from reviewer import queueing
from reviewer.models import Prediction, QueueItem, Selection
from reviewer.stats import sampling

if TYPE_CHECKING:
    from reviewer.models import Queue

PURPOSE: Final = b"disagreement"


@dataclass(frozen=True, slots=True)
class Design:
    """The name that its draws are kept under, the key of the draws, and the chance."""

    name: str
    salt: bytes
    pi: float


def draw(design: Design, queue: Queue, differing: Sequence[Prediction]) -> int:
    """Draw among these, in the caller's transaction; how many people will look at.

    Each comes with its endpoint and has no draw of this design yet.
    """
    selections = [_drawn(design, each) for each in differing]
    won = [each for each in selections if each.u < each.pi]
    seen = _seen(won)
    own = [e for e in won if not is_answered_by_its_own(queue, e.prediction)]
    for each in own:
        each.task = _task(each.prediction)
    Selection.objects.bulk_create(selections)
    queueing.put(queue, [_waiting(queue, each, seen) for each in own])
    return len(won)


def is_drawn(design: Design, prediction: Prediction) -> bool:
    """Whether people are to look at it."""
    drawn = _drawn(design, prediction)
    return drawn.u < drawn.pi


def is_answered_by_its_own(queue: Queue, prediction: Prediction) -> bool:
    """Whether routing drew it blind, and nothing but people settles its task.

    Where overlap adapts a model may help to settle it; that is no evidence about models.
    """
    drawn = prediction.verdict in (Prediction.Verdict.REVIEW, Prediction.Verdict.AUDIT)
    until = queue.adaptive_until
    by_people = queue.sure is None and (
        until is None or prediction.received_at >= until
    )
    has_one = drawn and prediction.blind and prediction.task_id is not None
    return has_one and by_people


def _drawn(design: Design, prediction: Prediction) -> Selection:
    u = sampling.draw(design.salt, prediction.inference_id, PURPOSE)
    return Selection(prediction=prediction, design=design.name, pi=design.pi, u=u)


def _task(prediction: Prediction) -> Task:
    version = versions.latest(prediction.endpoint.schema_id)
    if version is None:
        raise ValueError(f"the schema of {prediction.endpoint} has no version")
    return Task.objects.create(
        project_id=prediction.project_id,
        payload_id=prediction.payload_id,
        schema_version_id=version.pk,
        blind=True,
    )


def _seen(won: Iterable[Selection]) -> Mapping[int, list[int]]:
    """Who has seen what the model said, by the prediction's own task."""
    tasks = [each.prediction.task_id for each in won if each.prediction.task_id]
    found: dict[int, set[int]] = {}
    rows = QueueItem.objects.filter(task__in=tasks).values_list("task", "seen")
    for task, seen in rows:
        found.setdefault(task, set()).update(seen)
    return {task: sorted(people) for task, people in found.items()}


def _waiting(
    queue: Queue, selection: Selection, seen: Mapping[int, list[int]]
) -> queueing.Waiting:
    """First of all, and the oldest before the others: evidence goes by intake."""
    prediction, task = selection.prediction, selection.task
    assert task is not None  # noqa: S101 (made for it)
    return queueing.Waiting(
        task,
        u=0.0,
        pi=1.0,
        skill=queueing.skill(queue, prediction.metadata),
        seen=tuple(seen.get(prediction.task_id or 0, ())),
    )


def withdraw(design: str) -> int:
    """Ask nobody any more whose answer would decide nothing; how many tasks that were.

    A task that somebody has begun to answer stays.
    """
    untouched = QueueItem.objects.select_for_update().filter(
        task__selection__design=design, state=QueueItem.State.OPEN, done=0
    )
    tasks = list(untouched.order_by("pk").values_list("task", flat=True))
    QueueItem.objects.filter(task__in=tasks).update(state=QueueItem.State.WITHDRAWN)
    open_ = Task.objects.filter(pk__in=tasks, state=Task.State.OPEN)
    open_.update(state=Task.State.WITHDRAWN)
    return len(tasks)
