"""What is known of drawn items that evidence takes in the order of intake: one reading for all.

The first settled answer counts, whatever corrects it. One that a model helped to find, or
that saw the model's, is none; neither is a task that nobody will or can answer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection

from labeling.answers import as_label
from reviewer.rollups import intake, marks
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from datetime import datetime

# Rows of one look; whoever gets as many looks again.
AT_ONCE: Final = 5_000

# Of a task t, its place i in a review queue, and its first gold g: the last three columns.
STANDS: Final = """
  g.value::text,
  g.id is not null and g.blind and not g.uses_model and not g.unanswerable,
  g.id is null and t.state in ('open', 'disputed') and i.state not in (3, 4)
    and (i.due_at is null or i.due_at >= %(at)s)
"""
# Predictions that were drawn blind; {which}: those of them that are asked for.
BLIND: Final = f"""
select p.id, p.label, p.confidence, p.pi * p.b, {STANDS}
from reviewer_prediction p
join labeling_task t on t.id = p.task_id
join labeling_schemaversion v on v.id = t.schema_version_id
join reviewer_queueitem i on i.task_id = t.id and not i.check_task
join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
left join labeling_gold g on g.task_id = t.id and g.supersedes_id is null
  and g.question = v.questions -> 0 ->> 'id'
where p.project_id = %(project)s and p.id > %(after)s and p.id <= %(upto)s
  and p.verdict in ('review', 'audit') and p.blind and not p.repeats
  and {{which}}
order by p.id limit %(most)s
"""  # noqa: S608 (our own)


class Found(NamedTuple):
    """Whether it is settled, and as which label; None: it is not, or never will be."""

    standing: Standing
    value: str | None


class Blind(NamedTuple):
    """One prediction that was drawn blind: what was said, how surely, how likely it is known."""

    key: int
    said: str
    confidence: float | None
    inclusion: float
    known: Found


def blind(
    which: str,
    project: int,
    after: int,
    at: datetime,
    *,
    most: int = AT_ONCE,
    **values: Any,
) -> list[Blind]:
    """The next ones in the order of intake; `which` asks for values by their names.

    Only up to the row before which none can appear any more: a request that is slow
    might otherwise add one behind those that were used.
    """
    upto = marks.counted(intake.ROLLUP)
    own = {"project": project, "after": after, "upto": upto, "at": at, "most": most}
    asked: dict[str, Any] = {**own, **values}
    with connection.cursor() as cursor:
        cursor.execute(BLIND.format(which=which), asked)
        rows = cursor.fetchall()
    return [
        Blind(key, said, sure, chance, read(*told))
        for key, said, sure, chance, *told in rows
    ]


def read(value: str | None, counts: bool, open_: bool | None) -> Found:
    """Of the columns STANDS."""
    if open_:
        return Found(Standing.OPEN, None)
    if not counts or value is None:
        return Found(Standing.OVERDUE, None)
    return Found(Standing.SETTLED, as_label(json.loads(value)))
