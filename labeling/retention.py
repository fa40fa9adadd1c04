"""Removes drafts that nobody will finish: of settled tasks, and those too old."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from projects import retention
from projects.models import Project
from projects.sweeping import WINDOW, Step

# Somebody may still look at a task that an outcome settled under their hands.
SETTLED_FOR = timedelta(days=1)
DRAFTS = """
with kept as (
  select * from unnest(%(projects)s::bigint[], %(times)s::timestamptz[])
    as kept (project_id, until)
), seen as (
  select id from labeling_draft where id > %(after)s order by id limit %(window)s
), gone as (
  select d.id, t.project_id from labeling_draft d
  join seen on seen.id = d.id
  join labeling_task t on t.id = d.task_id
  left join kept on kept.project_id = t.project_id
  where d.updated_at < kept.until
     or (t.state in ('settled', 'withdrawn') and d.updated_at < %(settled)s)
  for update of d skip locked
), removed as (
  delete from labeling_draft d using gone where gone.id = d.id returning gone.project_id
)
select (select max(id) from seen),
  coalesce((select array_agg(project_id) from removed), '{}')
"""


def drafts(after: int, at: datetime) -> Step:
    values = {
        "after": after,
        "settled": at - SETTLED_FOR,
        "window": WINDOW,
        **due("keep_drafts", at),
    }
    with connection.cursor() as cursor:
        cursor.execute(DRAFTS, values)
        last, projects = cursor.fetchone()
    removed = {
        (project, "drafts"): n for project, n in Counter[int | None](projects).items()
    }
    # few, and any may be left at any time: each night begins at the first
    return Step(removed, last=last, again_from=1)


def due(days: str, at: datetime) -> dict[str, list[int] | list[datetime]]:
    """Projects and until when each has things to remove, as arrays for SQL."""
    found = {
        project.pk: retention.until(getattr(project, days), project, at)
        for project in Project.objects.exclude(**{days: None})
    }
    told = {pk: until for pk, until in found.items() if until is not None}
    return {"projects": list(told), "times": list(told.values())}
