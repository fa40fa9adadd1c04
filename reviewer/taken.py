"""Reads what reviewer_take answers: queue items with their tasks, and what belongs to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from labeling.models import Payload, Task
from labeling.workbench import Begun
from reviewer.models import QueueItem

Json = Any


class Taken(NamedTuple):
    """What a claim gives: the tasks, what this person began, and how many wait still."""

    items: list[QueueItem]
    begun: Begun
    waiting: int
    # When the queue shows the model's answer (Queue.Shown).
    shown: str
    # Answers of this person that were sent back, by number, the oldest first.
    returned: list[int]


class _Task(msgspec.Struct):
    id: int
    project: int
    payload: int
    schema_version: int
    pre_label: Json
    blind: bool
    context: Json
    state: str
    created_at: datetime
    settled_at: datetime | None
    sha256: str
    content: Json


class _Item(msgspec.Struct):
    id: int
    queue: int
    state: int
    priority: int
    place: float
    skill: str
    audit: bool
    check_task: bool
    wanted: int
    done: int
    seen: list[int]
    skips: int
    lease_by: int | None
    lease_until: datetime | None
    leased_at: datetime | None
    token: int
    note: str
    due_at: datetime | None
    created_at: datetime
    task: _Task
    draft: Json
    guess: Json
    comments: int


_ITEMS = msgspec.json.Decoder(list[_Item])


def read(found: str, waiting: int, shown: str, returned: list[int]) -> Taken:
    rows = _ITEMS.decode(found)
    return Taken(
        items=[_item(row) for row in rows],
        begun=Begun(
            drafts={row.task.id: row.draft for row in rows if row.draft is not None},
            guesses={row.task.id: row.guess for row in rows if row.guess is not None},
            comments={row.task.id: row.comments for row in rows if row.comments},
        ),
        waiting=waiting,
        shown=shown,
        returned=returned,
    )


def _item(row: _Item) -> QueueItem:
    item = QueueItem(
        id=row.id,
        queue_id=row.queue,
        state=row.state,
        priority=row.priority,
        place=row.place,
        skill=row.skill,
        audit=row.audit,
        check_task=row.check_task,
        wanted=row.wanted,
        done=row.done,
        seen=row.seen,
        skips=row.skips,
        lease_by=row.lease_by,
        lease_until=row.lease_until,
        leased_at=row.leased_at,
        token=row.token,
        note=row.note,
        due_at=row.due_at,
        created_at=row.created_at,
        task=_task(row.task),
    )
    item._state.adding = False
    return item


def _task(row: _Task) -> Task:
    payload = Payload(
        id=row.payload,
        project_id=row.project,
        sha256=row.sha256,
        content=row.content,
    )
    payload._state.adding = False
    task = Task(
        id=row.id,
        project_id=row.project,
        payload=payload,
        schema_version_id=row.schema_version,
        pre_label=row.pre_label,
        blind=row.blind,
        context=row.context,
        state=row.state,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
    task._state.adding = False
    return task
