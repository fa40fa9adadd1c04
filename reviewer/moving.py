"""Moves open tasks to another version of their schema, when a lead says so.

Only tasks that nobody answered and nobody holds: whoever was shown a task answers the
version that they were shown, however late the answer comes. Settled tasks never move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from labeling import drafts, payloads, prelabels, versions
from labeling.models import Draft, SchemaVersion, Task
from projects import audit, events
from projects.models import User

if TYPE_CHECKING:
    from labeling.models import Schema
    from labeling.payloads import Content

# They are locked while they move, and not handed out: few, so that others are.
CHUNK: Final = 100
# What a page waits for; more than that is left to the worker.
AT_ONCE: Final = 2_000
# So many of the first are looked at before anything is moved.
LOOKED_AT: Final = 200
MOST_COUNTED: Final = 100_000

# A lease that ran out may still bring an answer (outcome expired): such a task stays.
MOVABLE = """
select t.id from labeling_task t
join reviewer_queueitem i on i.task_id = t.id
where t.project_id = %(project)s and t.state = 'open' and t.id > %(after)s
  and t.schema_version_id = any(%(older)s) and i.state in (0, 3)
  and not exists (
    select 1 from reviewer_queueitem o
    where o.task_id = t.id and (o.state in (1, 2) or o.done > 0))
  and not exists (select 1 from labeling_annotation a where a.task_id = t.id)
  and not exists (
    select 1 from reviewer_assignment e
    where e.item_id = i.id and e.outcome = 'expired')
order by t.id limit %(limit)s
"""
# Claims skip what is locked here, and this skips what is just being claimed.
LOCKED = f"{MOVABLE} for update of i skip locked"
COUNT = f"select count(distinct m.id) from ({MOVABLE}) m"  # noqa: S608 (no values)


@dataclass(frozen=True)
class Preview:
    """What moving would do; the last three are of the first `looked_at` tasks."""

    tasks: int
    more: bool
    looked_at: int
    without_fields: int
    pre_labels: int
    drafts: int

    @property
    def at_once(self) -> bool:
        return self.tasks <= AT_ONCE


def preview(to: SchemaVersion) -> Preview:
    count = _count(to)
    ids = _ids(MOVABLE, to, after=0, limit=LOOKED_AT)
    tasks = list(Task.objects.filter(pk__in=ids).select_related("payload"))
    shown = [each for each in tasks if _can_show(to, each)]
    for each in shown:
        each.schema_version_id = to.pk  # as it would be; nothing is saved
    cut = [
        draft
        for draft in _drafts(shown)
        if drafts.fitting(to.pk, draft.answer) != draft.answer
    ]
    return Preview(
        tasks=min(count, MOST_COUNTED),
        more=count > MOST_COUNTED,
        looked_at=len(tasks),
        without_fields=len(tasks) - len(shown),
        pre_labels=sum(bool(prelabels.sorted_out(each)[1]) for each in shown),
        drafts=len(cut),
    )


def start(to: SchemaVersion, by: User) -> int | None:
    """How many were moved; None: they are many, and the worker moves them."""
    if _count(to) <= AT_ONCE:
        return move(to, by)
    _leave_to_the_worker(to, by)
    return None


@transaction.atomic
def _leave_to_the_worker(to: SchemaVersion, by: User) -> None:
    project = to.schema.project
    audit.record("open tasks to be moved", project, str(to), by=by)
    events.emit("tasks.to_move", project, subject=str(to), version=to.pk, by=by.pk)


def asked(payload: Mapping[str, Any]) -> None:
    """The worker's job; what was moved before it was killed stays moved."""
    found = SchemaVersion.objects.select_related("schema__project")
    to = found.filter(pk=payload["version"]).first()
    by = User.objects.filter(pk=payload["by"]).first()
    if to is not None:
        move(to, by)


def move(to: SchemaVersion, by: User | None) -> int:
    """Move all, some in a transaction; how many there were."""
    moved = after = 0
    while True:
        ids = _move_chunk(to, after)
        if ids is None:
            break
        moved, after = moved + ids.moved, ids.last
    audit.record(
        "open tasks moved",
        to.schema.project,
        str(to),
        by=by,
        after={"version": to.number, "tasks": moved},
    )
    return moved


@dataclass(frozen=True)
class _Chunk:
    moved: int
    last: int


@transaction.atomic
def _move_chunk(to: SchemaVersion, after: int) -> _Chunk | None:
    ids = _ids(LOCKED, to, after=after, limit=CHUNK)
    if not ids:
        return None
    tasks = _showable(to, ids)
    Task.objects.filter(pk__in=[each.pk for each in tasks]).update(schema_version=to)
    for draft in _drafts(tasks):
        drafts.cut(draft, to.pk)
    return _Chunk(len(tasks), ids[-1])


def _showable(to: SchemaVersion, ids: Sequence[int]) -> list[Task]:
    """Inputs are read only where the versions show different fields of them."""
    tasks = Task.objects.filter(pk__in=ids)
    fields = SchemaVersion.objects.filter(schema=to.schema_id, number__lt=to.number)
    if all(each == to.fields for each in fields.values_list("fields", flat=True)):
        return list(tasks)
    found = tasks.select_related("payload").iterator(chunk_size=50)
    return [each for each in found if _can_show(to, each)]


def _can_show(to: SchemaVersion, task: Task) -> bool:
    content: Content | None = task.payload.content
    return content is not None and not payloads.check(versions.fields(to.pk), content)


def _drafts(tasks: Sequence[Task]) -> list[Draft]:
    return list(Draft.objects.filter(task__in=[each.pk for each in tasks]))


def _count(to: SchemaVersion) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _values(to, after=0, limit=MOST_COUNTED + 1))
        return int(cursor.fetchone()[0])


def _ids(query: str, to: SchemaVersion, *, after: int, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, _values(to, after=after, limit=limit))
        # a task may wait in two queues
        return list(dict.fromkeys(row[0] for row in cursor.fetchall()))


def _values(to: SchemaVersion, *, after: int, limit: int) -> dict[str, Any]:
    schema: Schema = to.schema
    older = schema.versions.filter(number__lt=to.number).values_list("pk", flat=True)
    return {
        "project": schema.project_id,
        "older": list(older),
        "after": after,
        "limit": limit,
    }
