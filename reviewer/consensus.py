"""From several answers to one: gold, one more reviewer, or an adjudicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from labeling import answers, gold, versions
from labeling.models import Gold, Task
from reviewer import adaptive, handing_in, queueing
from reviewer.adaptive import KnownOf, Vote
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from reviewer import held
    from reviewer.held import Given, Held, Item

ONE_MORE: Literal["one more"] = "one more"
DISPUTED: Literal["disputed"] = "disputed"
NOTHING: Literal["nothing"] = "nothing"


@dataclass(frozen=True)
class Settled:
    """The values of all questions, who they rest on, and how probable the main one's is."""

    values: answers.Answer
    source: str
    uses_model: bool = False
    posterior: float | None = None


Judgement: TypeAlias = Settled | Literal["one more", "disputed", "nothing"]


def judge(
    one: Held,
    item: Item,
    task: held.Task,
    newest: Vote,
    previous: Given | None,
    known_of: KnownOf,
) -> Judgement:
    """What a task's answers add up to, now that all wanted ones are in; pure.

    `newest` is not among the given ones yet; it replaces `previous`. What is known of the
    people is asked for only in a queue with adaptive overlap.
    """
    if item.check_task:
        return NOTHING
    if item.expert:
        return Settled(newest.answer, Gold.Source.EXPERT)
    if _expert_has_spoken(one):
        return NOTHING
    before = [Vote(e.author, e.answer, e.blind) for e in _votes(one, previous)]
    found = _settled(item, task, [*before, newest], known_of)
    if found is not None:
        return found
    return ONE_MORE if item.wanted < item.max_overlap else DISPUTED


def _settled(
    item: Item, task: held.Task, votes: list[Vote], known_of: KnownOf
) -> Settled | None:
    """By the posterior where a queue asks for it and answers are labels, else as they agree."""
    source = Gold.Source.CONSENSUS if len(votes) > 1 else Gold.Source.SINGLE
    if item.sure is None or not adaptive.decides(task.schema_version, votes):
        questions = versions.questions(task.schema_version)
        values = answers.settle(questions, [each.answer for each in votes])
        return None if values is None else Settled(values, source)
    found = adaptive.find(
        task.schema_version,
        votes,
        sure=item.sure,
        known_of=known_of,
        pre_label=task.pre_label if adaptive.may_be_helped(task.id) else None,
    )
    if found is None:
        return None
    return Settled(found.values, source, found.uses_model, found.posterior)


def judge_without(
    one: Held, item: Item, task: held.Task, gone: Given, overlap: int, known_of: KnownOf
) -> Judgement:
    """What the other answers to a task add up to once one is withdrawn; pure.

    By the same rules: with fewer than the queue asks for, one more is asked.
    """
    votes = [Vote(e.author, e.answer, e.blind) for e in _votes(one, gone)]
    if len(votes) < overlap:
        return ONE_MORE
    found = _settled(item, task, votes, known_of)
    if found is not None:
        return found
    return ONE_MORE if len(votes) < item.max_overlap else DISPUTED


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
    return any(each.expert and each.counted for each in one.given or ())


def new_gold(one: Held, task: held.Task, found: Settled) -> list[handing_in.Gold]:
    """Gold to be written: a value that differs supersedes the one before.

    So does the same value once people settle it who needed no model's help.
    """
    before = {each.question: each for each in one.gold or ()}
    main = versions.questions(task.schema_version)[0].id
    rows = []
    for question, value in found.values.items():
        old = before.get(question)
        freed = old is not None and old.uses_model and not found.uses_model
        known = old is not None and gold.stands(old) and not freed
        if old is not None and known and not gold.differs(old, value):
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
                uses_model=found.uses_model,
                posterior=found.posterior if question == main else None,
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
