"""From several answers to one: gold, one more reviewer, or an adjudicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from labeling import answers, gold, versions
from labeling.models import Gold, Task
from reviewer import handing_in, queueing
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from reviewer import held
    from reviewer.held import Given, Held, Item

ONE_MORE: Literal["one more"] = "one more"
DISPUTED: Literal["disputed"] = "disputed"
NOTHING: Literal["nothing"] = "nothing"


@dataclass(frozen=True)
class Settled:
    """The values of all questions, and who they rest on."""

    values: answers.Answer
    source: str


Judgement: TypeAlias = Settled | Literal["one more", "disputed", "nothing"]


def judge(
    one: Held,
    item: Item,
    task: held.Task,
    answer: answers.Answer,
    previous: Given | None,
) -> Judgement:
    """What a task's answers add up to, now that all wanted ones are in; pure.

    `answer` is the newest, not among the given ones yet; it replaces `previous`.
    """
    if item.check_task:
        return NOTHING
    if item.expert:
        return Settled(answer, Gold.Source.EXPERT)
    if _expert_has_spoken(one):
        return NOTHING
    said = [each.answer for each in _votes(one, previous)]
    questions = versions.questions(task.schema_version)
    values = answers.settle(questions, [*said, answer])
    if values is not None:
        source = Gold.Source.CONSENSUS if said else Gold.Source.SINGLE
        return Settled(values, source)
    return ONE_MORE if item.wanted < item.max_overlap else DISPUTED


def _votes(one: Held, previous: Given | None) -> list[Given]:
    """The other answers that count towards consensus, as they stand, oldest first."""
    replaced = previous.id if previous else None
    return [
        each
        for each in one.given or ()
        if each.counted
        and not each.expert
        and not each.check_task
        and each.id != replaced
    ]


def _expert_has_spoken(one: Held) -> bool:
    return any(each.source == Gold.Source.EXPERT for each in one.gold or ())


def new_gold(one: Held, task: held.Task, found: Settled) -> list[handing_in.Gold]:
    """Gold to be written: a value that differs supersedes the one before."""
    before = {each.question: each for each in one.gold or ()}
    rows = []
    for question, value in found.values.items():
        old = before.get(question)
        if old is not None and not gold.differs(old, value):
            continue
        refused = answers.is_unanswerable(value)
        rows.append(
            handing_in.Gold(
                project=task.project,
                task=task.id,
                question=question,
                value=None if refused else value,
                unanswerable=refused,
                source=found.source,
                blind=task.blind,
                supersedes=old.id if old else None,
            )
        )
    return rows


def dispute(item: QueueItem) -> None:
    """Hand a task on to the adjudicators, once; whoever answered it is left out."""
    task = item.task
    if task.state == Task.State.OPEN:
        task.state = Task.State.DISPUTED
        task.save(update_fields=["state"])
    to_adjudicators(item, queueing.adjudication_queue(task.project))


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
