"""Adds people's answers up in the database: how many, how fast, and how often like the others'.

An own vote never counts: an answer is compared with the adjudicator's or a known outcome
where there is one, else with the majority of the others; where nobody else said anything
clear, with nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from labeling.models import Annotation
from reviewer.fixed_overlap import ADAPTIVE
from reviewer.models import Queue
from reviewer.rollups import hours

if TYPE_CHECKING:
    from projects.models import Project, User

# One's own card rests on so many of the newest answers.
MOST_OWN: Final = 1_000

# A value in a few letters: equal for equal values.
SHORT: Final = """case when jsonb_typeof({0}) in ('array', 'object')
    or length({0} #>> '{{}}') > 64 then md5({0}::text) else {0} #>> '{{}}' end"""
# The answer as it stands to the main question.
ANSWERS: Final = """
select a.id, a.task_id, a.author_id, a.seconds, a.check_task, a.expert, a.created_at,
       {short} as value,
       v.questions -> 0 ->> 'id' as question, {adaptive} as adaptive
from {rows} a
join labeling_task t on t.id = a.task_id
join labeling_schemaversion v on v.id = t.schema_version_id
where not a.withdrawn
  and not exists (select from labeling_annotation l where l.supersedes_id = a.id)
"""
GOLD: Final = SHORT.format("k.value")
SAID: Final = SHORT.format("(a.answer -> (v.questions -> 0 ->> 'id'))")
ALL: Final = ANSWERS.format(rows="labeling_annotation", short=SAID, adaptive=ADAPTIVE)
# Limited before anything is joined: their number does not grow.
NEWEST: Final = ANSWERS.format(
    rows="""(
  select * from labeling_annotation
  where author_id = %(author)s and id >= %(first)s and created_at >= %(begin)s
  order by id desc limit %(most)s
)""",
    short=SAID,
    adaptive=ADAPTIVE,
)
OF_PROJECT: Final = f"""{ALL}
and t.project_id = %(project)s and a.id >= %(first)s and a.created_at >= %(begin)s
"""
OF_PERSON: Final = f"{NEWEST} and t.project_id = any(%(projects)s)"
ON_THEIR_TASKS: Final = f"{ALL} and a.task_id in (select task_id from given)"  # noqa: S608 (our own)
ITS_QUEUE: Final = """(
  select min(i.queue_id) from reviewer_queueitem i
  where i.task_id = c.task_id and i.queue_id = any(%(queues)s)
)"""

# What each given answer is held against.
COMPARED: Final = """
with given as materialized ({given}), everybody as ({everybody}),
votes as (
  select task_id, value, count(*) as n from everybody
  where not expert and not check_task group by 1, 2
), totals as (
  select task_id, sum(n) as n from votes group by 1
), compared as (
  select g.*, k.id as known, {gold} as gold,
    case when g.check_task or g.expert or k.id is null then null
         when k.source in ('outcome', 'import') then {gold}
         when g.adaptive then null
         when k.source = 'expert' then {gold}
         else most.value end as reference
  from given g
  left join labeling_gold k on k.task_id = g.task_id and k.question = g.question
    and not k.uses_model and not exists (select from labeling_gold l where l.supersedes_id = k.id)
  left join totals on totals.task_id = g.task_id
  left join votes most on most.task_id = g.task_id
    and not g.check_task and not g.expert
    and (most.n - (most.value is not distinct from g.value)::int) * 2 > totals.n - 1
)
"""
TALLY: Final = f"""{COMPARED}
select {{key}} as key, count(*),
  percentile_cont(0.5) within group (order by seconds), max(created_at),
  count(reference), count(*) filter (where value = reference),
  count(*) filter (where check_task and known is not null),
  count(*) filter (where check_task and known is not null
    and value is not distinct from gold)
from compared c group by 1
"""  # noqa: S608 (our own)


@dataclass(frozen=True, slots=True)
class Tally:
    """One person's answers, added up."""

    volume: int = 0
    seconds: float | None = None
    last_at: datetime | None = None
    compared: int = 0
    agreed: int = 0
    checked: int = 0
    right: int = 0


NONE: Final = Tally()


def of_project(project: Project, begin: datetime) -> dict[int, Tally]:
    """Person -> their answers since `begin`."""
    sql = TALLY.format(
        given=OF_PROJECT,
        everybody="select * from given",
        key="author_id",
        gold=GOLD,
    )
    return _tallies(sql, begin, project=project.pk)


def of_person(
    user: User, projects: Sequence[int], queues: Sequence[int], begin: datetime
) -> dict[int, Tally]:
    """Queue -> this person's newest answers since `begin`, against all there ever were."""
    sql = TALLY.format(
        given=OF_PERSON, everybody=ON_THEIR_TASKS, key=ITS_QUEUE, gold=GOLD
    )
    return _tallies(
        sql,
        begin,
        author=user.pk,
        most=MOST_OWN,
        projects=list(projects),
        queues=list(queues),
    )


def of_queues(project: Project, begin: datetime) -> dict[tuple[int, int], Tally]:
    """(person, review queue) -> their answers since `begin` to tasks of that queue."""
    sql = TALLY.format(
        given=OF_PROJECT,
        everybody="select * from given",
        key=f"array[author_id, {ITS_QUEUE}]",
        gold=GOLD,
    )
    queues = Queue.objects.filter(project=project, purpose=Queue.Purpose.REVIEW)
    numbers = list(queues.values_list("pk", flat=True))
    rows = _rows(sql, begin, project=project.pk, queues=numbers)
    return {
        (person, queue): Tally(*rest)
        for (person, queue), *rest in rows
        if queue is not None
    }


def _tallies(sql: str, begin: datetime, **values: Any) -> dict[int, Tally]:
    # a task may be in none of the queues that were asked for
    rows = _rows(sql, begin, **values)
    return {key: Tally(*rest) for key, *rest in rows if key is not None}


def _rows(sql: str, begin: datetime, **values: Any) -> list[tuple[Any, ...]]:
    first = hours.first(Annotation, "created_at", begin)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "begin": begin, "first": first})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
