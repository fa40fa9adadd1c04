"""What becomes of a task once one answer to it is withdrawn, decided with its items locked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from labeling.models import Gold, Task
from reviewer import consensus, crowds, held
from reviewer.consensus import Settled
from reviewer.held import Asked
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from labeling.models import Annotation
    from projects.models import User
    from reviewer import handing_in
    from reviewer.held import Given, Held, Item

ELSEWHERE: Final = (Gold.Source.OUTCOME, Gold.Source.IMPORT)
State = QueueItem.State


class Fate(StrEnum):
    """What becomes of a task once an answer to it is withdrawn."""

    # No value rests on it.
    NOTHING = "nothing"
    SAME = "same"
    CHANGED = "changed"
    REOPENED = "reopened"
    DISPUTED = "disputed"
    # Its queue is gone, so that nobody can be asked: the value stays as it is.
    STUCK = "stuck"


@dataclass
class Withdrawn:
    """One answer, what becomes of its task, and of what waits for it."""

    answer: Annotation
    fate: Fate = Fate.NOTHING
    item: Item | None = None
    queue: Queue | None = None
    state: str = ""
    # Of the task as it stands, to be superseded.
    unsettled: Sequence[held.Gold] = ()
    gold: list[handing_in.Gold] = field(default_factory=list)


def hold(
    user: User, chunk: Sequence[Annotation], queues: Mapping[int, Queue]
) -> list[Withdrawn]:
    """Lock where their tasks wait, in order, and decide on each answer."""
    places = _places(chunk)
    asked = [
        Asked(n, places[each.pk], 0, uuid.uuid4())
        for n, each in enumerate(chunk)
        if each.pk in places
    ]
    found = {one.n: one for one in (held.lock(user, asked) if asked else [])}
    return list(_decided(chunk, found, queues))


def _places(chunk: Sequence[Annotation]) -> dict[int, int]:
    """Answer -> where its task waited when it was given: among experts, or not."""
    items = QueueItem.objects.filter(task__in=[each.task_id for each in chunk])
    rows = items.values_list("task", "queue__purpose", "pk")
    known = {
        (task, purpose == Queue.Purpose.ADJUDICATION): pk for task, purpose, pk in rows
    }
    wanted = {each.pk: known.get((each.task_id, each.expert)) for each in chunk}
    return {answer: item for answer, item in wanted.items() if item is not None}


def _decided(
    chunk: Sequence[Annotation], found: Mapping[int, Held], queues: Mapping[int, Queue]
) -> Iterator[Withdrawn]:
    for n, answer in enumerate(chunk):
        one = found.get(n)
        if one is None or one.item is None or one.task is None:
            yield Withdrawn(answer, Fate.STUCK)
            continue
        mine = next((e for e in one.given or () if e.id == answer.pk), None)
        # corrected while this waited for the lock: that answer came later
        if mine is not None:
            yield _decide(one, one.item, one.task, answer, mine, queues)


def _decide(
    one: Held,
    item: Item,
    task: held.Task,
    answer: Annotation,
    mine: Given,
    queues: Mapping[int, Queue],
) -> Withdrawn:
    queue = queues[item.queue]
    found = Withdrawn(answer, item=item, queue=queue)
    gold = list(one.gold or ())
    if not mine.counted:
        return found
    if mine.check_task and not mine.expert:
        return _asked_again(found, item)
    if any(each.source in ELSEWHERE for each in gold):
        return found
    if mine.expert:
        return _of_expert(found, item, task, gold)
    if _expert_has_spoken(one):
        return found
    if task.state == Task.State.OPEN:
        return _asked_again(found, item)
    if task.state != Task.State.SETTLED:
        return found
    return _of_reviewer(found, one, item, task, mine, gold)


def _expert_has_spoken(one: Held) -> bool:
    return any(each.expert and each.counted for each in one.given or ())


def _asked_again(found: Withdrawn, item: Item) -> Withdrawn:
    """Nothing rests on it yet: one more answer is wanted than was."""
    item.done -= 1
    if item.state == State.DONE:
        item.state = State.OPEN
    return found


def _of_expert(
    found: Withdrawn, item: Item, task: held.Task, gold: Sequence[held.Gold]
) -> Withdrawn:
    """Back to the adjudicators, unless reviewers had settled the same before."""
    if task.state != Task.State.SETTLED:
        return found
    theirs = [each for each in gold if each.source == Gold.Source.EXPERT]
    if not theirs and not item.check_task:
        found.fate = Fate.SAME
        return found
    # an expert check has no gold: it waits as it did at first
    found.state = Task.State.OPEN if item.check_task else Task.State.DISPUTED
    return _reopened(found, item, theirs, wanted=1)


def _of_reviewer(
    found: Withdrawn,
    one: Held,
    item: Item,
    task: held.Task,
    mine: Given,
    gold: Sequence[held.Gold],
) -> Withdrawn:
    queue = found.queue
    assert queue is not None  # noqa: S101 (set by the caller)
    said = consensus.judge_without(one, item, task, mine, queue.overlap, crowds.newest)
    if isinstance(said, Settled):
        found.gold = list(consensus.new_gold(one, task, said))
        found.fate = Fate.CHANGED if found.gold else Fate.SAME
        item.done -= 1
        item.wanted = item.done
        return found
    if said == consensus.DISPUTED:
        found.fate, found.state = Fate.DISPUTED, Task.State.DISPUTED
        found.unsettled = gold
        item.done -= 1
        item.wanted = item.done
        return found
    found.state = Task.State.OPEN
    return _reopened(found, item, gold, wanted=max(queue.overlap, item.done))


def _reopened(
    found: Withdrawn, item: Item, gold: Sequence[held.Gold], *, wanted: int
) -> Withdrawn:
    found.fate, found.unsettled = Fate.REOPENED, gold
    item.done -= 1
    item.wanted = wanted
    if item.state == State.DONE:
        item.state = State.OPEN
    return found
