"""Tasks put into queues, and assignments that ended: by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from reviewer.models import Assignment
from reviewer.rollups import marks

COUNT_QUEUED: Final = """
insert into reviewer_queuedhour as kept (queue_id, hour, n)
select queue_id, date_trunc('hour', created_at, 'UTC'), count(*)
from reviewer_queueitem where id > %(after)s and id <= %(upto)s
group by 1, 2
on conflict (queue_id, hour) do update set n = kept.n + excluded.n
"""
COUNT_ENDED: Final = """
insert into reviewer_endedhour as kept (queue_id, hour, outcome, n)
select i.queue_id, date_trunc('hour', a.ended_at, 'UTC'), a.outcome, count(*)
from reviewer_assignment a join reviewer_queueitem i on i.id = a.item_id
where a.id > %(after)s and a.id <= %(upto)s
group by 1, 2, 3
on conflict (queue_id, hour, outcome) do update set n = kept.n + excluded.n
"""
QUEUED: Final = marks.Rollup("queued", "reviewer_queueitem", COUNT_QUEUED)
ENDED: Final = marks.Rollup("ended", "reviewer_assignment", COUNT_ENDED)
ARRIVED: Final = """
select queue_id, sum(n)::bigint from (
  select queue_id, n from reviewer_queuedhour
  where queue_id = any(%(queues)s) and hour >= %(begin)s
  union all
  select queue_id, 1 from reviewer_queueitem
  where id > %(after)s and queue_id = any(%(queues)s) and created_at >= %(begin)s
) hours group by 1
"""
DONE: Final = """
select queue_id, sum(n)::bigint from (
  select queue_id, n from reviewer_endedhour
  where queue_id = any(%(queues)s) and hour >= %(begin)s and outcome = %(outcome)s
  union all
  select i.queue_id, 1
  from reviewer_assignment a join reviewer_queueitem i on i.id = a.item_id
  where a.id > %(after)s and i.queue_id = any(%(queues)s) and a.ended_at >= %(begin)s
    and a.outcome = %(outcome)s
) hours group by 1
"""


def arrived(queues: Sequence[int], begin: datetime) -> dict[int, int]:
    """Queue -> tasks put into it from a full hour on."""
    values = {"queues": list(queues), "begin": begin}
    return dict(marks.with_tail(QUEUED, ARRIVED, values))


def submitted(queues: Sequence[int], begin: datetime) -> dict[int, int]:
    """Queue -> answers handed in from a full hour on."""
    outcome = Assignment.Outcome.SUBMITTED.value
    values = {"queues": list(queues), "begin": begin, "outcome": outcome}
    return dict(marks.with_tail(ENDED, DONE, values))
