"""From several answers to one: gold, one more reviewer, or an adjudicator."""

from __future__ import annotations

from labeling import answers, gold, versions
from labeling.annotations import counted
from labeling.models import Gold, Task
from projects import events
from reviewer import queueing
from reviewer.models import Queue, QueueItem

State = QueueItem.State


def is_expert(item: QueueItem) -> bool:
    return item.queue.purpose == Queue.Purpose.ADJUDICATION


def settle(item: QueueItem) -> None:
    """Look at a task whose wanted answers are in; runs in the caller's transaction."""
    if item.check_task:
        return
    if is_expert(item):
        _settle_by_expert(item)
    else:
        _settle_by_vote(item)


def _settle_by_vote(item: QueueItem) -> None:
    given = counted(item.task)
    questions = versions.questions(item.task.schema_version_id)
    values = answers.settle(questions, [each.answer for each in given])
    if values is not None:
        source = Gold.Source.SINGLE if len(given) == 1 else Gold.Source.CONSENSUS
        _write(item.task, values, source)
    elif item.wanted < item.queue.max_overlap:
        _ask_one_more(item)
    else:
        _dispute(item)


def _settle_by_expert(item: QueueItem) -> None:
    said = item.task.annotations.filter(expert=True, superseded_by=None)
    latest = said.order_by("-pk").first()
    if latest is not None:
        _write(item.task, latest.answer, Gold.Source.EXPERT)


def _write(task: Task, values: answers.Answer, source: str) -> None:
    if source != Gold.Source.EXPERT and _expert_has_spoken(task):
        return
    if gold.settle(task, values, source=source, blind=task.blind):
        events.emit("task.settled", task.project, subject=f"task {task.pk}")


def _expert_has_spoken(task: Task) -> bool:
    current = Gold.objects.current().filter(task=task)
    return current.filter(source=Gold.Source.EXPERT).exists()


def _ask_one_more(item: QueueItem) -> None:
    item.wanted += 1
    item.state = State.OPEN
    item.save(update_fields=["wanted", "state"])


def _dispute(item: QueueItem) -> None:
    """Hand a task on to the adjudicators, once; whoever answered it is left out."""
    task, queue = item.task, queueing.adjudication_queue(item.task.project)
    if _expert_has_spoken(task):
        return
    if task.state == Task.State.OPEN:
        task.state = Task.State.DISPUTED
        task.save(update_fields=["state"])
    to_adjudicators(item, queue)


def to_adjudicators(item: QueueItem, queue: Queue) -> None:
    if QueueItem.objects.filter(queue=queue, task=item.task_id).exists():
        return
    waiting = queueing.Waiting(
        item.task,
        u=item.place + item.priority,
        pi=1.0,
        audit=item.audit,
        seen=tuple(item.seen),
    )
    queueing.put(queue, [waiting])
