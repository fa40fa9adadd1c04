"""How many items of each queue are in which state: counts plus the changes not in them yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db import connection

MOST_FOLDED: Final = 50_000
# One statement: a change is either still there or in the counts, whoever is killed when.
FOLD: Final = """
with gone as (
  delete from reviewer_queuedelta where id in (
    select id from reviewer_queuedelta order by id limit %(most)s for update skip locked
  )
  returning queue, waiting, leased, done, flagged, withdrawn
), added as (
  insert into reviewer_queuecount as kept
    (queue, waiting, leased, done, flagged, withdrawn)
  select queue, sum(waiting), sum(leased), sum(done), sum(flagged), sum(withdrawn)
  from gone group by queue order by queue
  on conflict (queue) do update set
    waiting = kept.waiting + excluded.waiting, leased = kept.leased + excluded.leased,
    done = kept.done + excluded.done, flagged = kept.flagged + excluded.flagged,
    withdrawn = kept.withdrawn + excluded.withdrawn
)
select count(*) from gone
"""
# Queues that are gone leave nothing behind.
EMPTY: Final = """
delete from reviewer_queuecount where (waiting, leased, done, flagged, withdrawn)
  = (0, 0, 0, 0, 0) and queue not in (select id from reviewer_queue)
"""
READ: Final = """
select queue, sum(waiting)::bigint, sum(leased)::bigint, sum(done)::bigint,
       sum(flagged)::bigint, sum(withdrawn)::bigint
from (
  select queue, waiting, leased, done, flagged, withdrawn from reviewer_queuecount
  where queue = any(%(queues)s)
  union all
  select queue, waiting, leased, done, flagged, withdrawn from reviewer_queuedelta
  where queue = any(%(queues)s)
) counts group by queue
"""


class Counts(NamedTuple):
    waiting: int
    leased: int
    done: int
    flagged: int
    withdrawn: int


NOTHING: Final = Counts(0, 0, 0, 0, 0)


def of(queues: Sequence[int]) -> dict[int, Counts]:
    """Queue -> its counts as they are now; a queue that never held anything has none."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"queues": list(queues)})
        return {queue: Counts(*rest) for queue, *rest in cursor.fetchall()}


def fold() -> bool:
    """Add changes to the counts; True: there may be more. Several may do so at once."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD, {"most": MOST_FOLDED})
        found = cursor.fetchone()
        cursor.execute(EMPTY)
    return bool(found and found[0] == MOST_FOLDED)
