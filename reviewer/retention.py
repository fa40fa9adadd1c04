"""Removes predictions that nobody looked at, and blanks inputs, when their time is over.

Evidence stays: whatever was drawn, has a task, a selection, or shares its input with a
task. So estimates, samples and snapshots say the same before and after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from labeling.models import Payload
from labeling.retention import due
from projects.models import Project
from projects.recent import first_id
from projects.sweeping import WINDOW, Step
from reviewer.models import DeadLetter, Mark, Prediction
from reviewer.rollups import confidences, intake

# Whoever looks at the last day sees each prediction, not only counts.
COUNTED_AFTER = timedelta(days=1)


def counted_up_to(at: datetime) -> int:
    """Predictions with smaller numbers are counted elsewhere: they may go, counts stay."""
    names = {intake.ROLLUP.name, confidences.ROLLUP.name}
    marks = dict(Mark.objects.filter(name__in=names).values_list("name", "counted"))
    counted = min(marks.values()) + 1 if marks.keys() == names else 0
    return min(counted, first_id(Prediction, "received_at", at - COUNTED_AFTER))


# Locked rows are passed by: whoever holds one is making evidence of it.
PREDICTIONS = """
with kept as (
  select * from unnest(%(projects)s::bigint[], %(times)s::timestamptz[])
    as kept (project_id, until)
), seen as (
  select p.id, p.project_id, p.payload_id, p.received_at,
         p.verdict = 'accepted' and p.task_id is null as unseen
  from reviewer_prediction p
  where p.id > %(after)s and p.id < %(end)s order by p.id limit %(window)s
), gone as (
  select p.id from reviewer_prediction p
  join seen on seen.id = p.id join kept on kept.project_id = p.project_id
  where seen.unseen and seen.received_at < kept.until and p.task_id is null
    and not exists (select from reviewer_selection s where s.prediction_id = p.id)
    and not exists (select from labeling_task t where t.payload_id = p.payload_id)
  for update of p skip locked
), scores as (
  delete from reviewer_score s using gone where s.prediction_id = gone.id
), removed as (
  delete from reviewer_prediction p using gone where p.id = gone.id
  returning p.project_id, p.payload_id
)
select (select max(id) from seen),
  (select min(id) from seen
   where unseen and project_id = any(%(bounded)s)
     and id not in (select id from gone)
     and received_at >= coalesce(
       (select until from kept where kept.project_id = seen.project_id), '-infinity')),
  coalesce((select array_agg(project_id) from removed), '{}'),
  coalesce((select array_agg(payload_id) from removed), '{}')
"""
# What no prediction and no task needs any more.
UNUSED = """
delete from labeling_payload where id in (
  select y.id from labeling_payload y
  where y.id = any(%s)
    and not exists (select from reviewer_prediction p where p.payload_id = y.id)
    and not exists (select from labeling_task t where t.payload_id = y.id)
  for update of y skip locked)
returning project_id
"""
PAYLOADS = """
with kept as (
  select * from unnest(%(projects)s::bigint[], %(times)s::timestamptz[])
    as kept (project_id, until)
), seen as (
  select y.id, y.project_id, y.created_at, y.content is not null as filled
  from labeling_payload y
  where y.id > %(after)s and y.id < %(end)s order by y.id limit %(window)s
), gone as (
  select y.id from labeling_payload y
  join seen on seen.id = y.id join kept on kept.project_id = y.project_id
  where seen.filled and seen.created_at < kept.until
    and not exists (
      select from labeling_task t
      where t.payload_id = y.id and (t.state in ('open', 'disputed') or exists (
        select from reviewer_queueitem i
        where i.task_id = t.id and i.state in (0, 1, 3))))
    and not exists (
      select from reviewer_prediction p
      where p.payload_id = y.id and p.received_at >= kept.until)
  for update of y skip locked
), removed as (
  update labeling_payload y set content = null from gone where y.id = gone.id
  returning y.project_id
)
select (select max(id) from seen),
  (select min(id) from seen
   where filled and project_id = any(%(bounded)s) and id not in (select id from gone)),
  coalesce((select array_agg(project_id) from removed), '{}')
"""
# The rows of dead letters hold inputs as well.
LETTERS = """
with kept as (
  select * from unnest(%(projects)s::bigint[], %(times)s::timestamptz[])
    as kept (project_id, until)
), seen as (
  select id from reviewer_deadletter
  where id > %(after)s and id < %(end)s order by id limit %(window)s
), gone as (
  select d.id from reviewer_deadletter d
  join seen on seen.id = d.id join kept on kept.project_id = d.project_id
  where d.created_at < kept.until
  for update of d skip locked
), removed as (
  delete from reviewer_deadletter d using gone where gone.id = d.id
  returning d.project_id
)
select (select max(id) from seen), coalesce((select array_agg(project_id) from removed), '{}')
"""


def predictions(after: int, at: datetime) -> Step:
    values = _values("keep_predictions", after, at)
    if not values["times"]:
        return Step()
    oldest = first_id(Prediction, "received_at", max(values["times"]))
    values["end"] = min(oldest, counted_up_to(at))
    with connection.cursor() as cursor:
        cursor.execute(PREDICTIONS, values)
        last, again_from, projects, payloads_ = cursor.fetchone()
        cursor.execute(UNUSED, [payloads_])
        unused = [row[0] for row in cursor.fetchall()]
    removed = {
        **_by_project("predictions", projects),
        **_by_project("unused payloads", unused),
    }
    return Step(removed, last, again_from)


def payloads(after: int, at: datetime) -> Step:
    values = _values("keep_payloads", after, at)
    if not values["times"]:
        return Step()
    values["end"] = first_id(Payload, "created_at", max(values["times"]))
    with connection.cursor() as cursor:
        cursor.execute(PAYLOADS, values)
        last, again_from, projects = cursor.fetchone()
    return Step(_by_project("payloads", projects), last, again_from)


def letters(after: int, at: datetime) -> Step:
    values = _values("keep_payloads", after, at)
    if not values["times"]:
        return Step()
    values["end"] = first_id(DeadLetter, "created_at", max(values["times"]))
    with connection.cursor() as cursor:
        cursor.execute(LETTERS, values)
        last, projects = cursor.fetchone()
    return Step(_by_project("refused rows", projects), last, again_from=1)


def _values(days: str, after: int, at: datetime) -> dict[str, Any]:
    bounded = Project.objects.exclude(**{days: None}).values_list("pk", flat=True)
    return {
        "after": after,
        "window": WINDOW,
        "bounded": list(bounded),
        **due(days, at),
    }


def _by_project(
    what: str, projects: Iterable[int]
) -> dict[tuple[int | None, str], int]:
    return {(project, what): n for project, n in Counter(projects).items()}
