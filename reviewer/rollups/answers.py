"""Answers that people gave: by project, person and hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from reviewer.rollups import marks

COUNT: Final = """
insert into reviewer_answerhour as kept (project_id, author_id, hour, first, corrections)
select t.project_id, a.author_id, date_trunc('hour', a.created_at, 'UTC'),
       count(*) filter (where a.supersedes_id is null), count(a.supersedes_id)
from labeling_annotation a join labeling_task t on t.id = a.task_id
where a.id > %(after)s and a.id <= %(upto)s and not a.withdrawn
group by 1, 2, 3
on conflict (project_id, author_id, hour) do update set
  first = kept.first + excluded.first,
  corrections = kept.corrections + excluded.corrections
"""
ROLLUP: Final = marks.Rollup("answers", "labeling_annotation", COUNT)
OF_PERSON: Final = """
select coalesce(sum(n), 0)::bigint from (
  select first n from reviewer_answerhour
  where author_id = %(author)s and hour >= %(begin)s
  union all
  select 1 from labeling_annotation
  where id > %(after)s and author_id = %(author)s and created_at >= %(begin)s
    and supersedes_id is null
) hours
"""
OF_PROJECT: Final = """
select coalesce(sum(n), 0)::bigint from (
  select first + corrections n from reviewer_answerhour
  where project_id = %(project)s and hour >= %(begin)s
  union all
  select 1 from labeling_annotation a join labeling_task t on t.id = a.task_id
  where a.id > %(after)s and t.project_id = %(project)s and a.created_at >= %(begin)s
    and not a.withdrawn
) hours
"""


def of_person(author: int, begin: datetime) -> int:
    """First answers of one person from a full hour on, in all projects."""
    return _count(OF_PERSON, {"author": author, "begin": begin})


def of_project(project: int, begin: datetime) -> int:
    """All answers from a full hour on, corrections too."""
    return _count(OF_PROJECT, {"project": project, "begin": begin})


def _count(sql: str, values: dict[str, Any]) -> int:
    return int(marks.with_tail(ROLLUP, sql, values)[0][0])
