"""Since when tasks wait, which is due first, how many are late or stuck: found by index.

Nothing here counts all that waits: what may be many is counted up to a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection

COUNTED: Final = 1_000

WAITS: Final = """
select w.queue,
  (select created_at from reviewer_queueitem
   where queue_id = w.queue and state = 0 order by id limit 1),
  (select due_at from reviewer_queueitem
   where queue_id = w.queue and state = 0 and due_at is not null
   order by due_at limit 1),
  (select count(*) from (
     select 1 from reviewer_queueitem
     where queue_id = w.queue and state = 0 and due_at < %(at)s
     order by due_at limit %(most)s
   ) late),
  (select count(*) filter (where seen <> '{}' and seen @> w.able::bigint[]) from (
     select seen from reviewer_queueitem
     where queue_id = w.queue and state = 0 order by place, id limit %(scanned)s
   ) next_up)
from unnest(%(queues)s::bigint[], %(able)s::text[]) as w(queue, able)
"""


@dataclass(frozen=True, slots=True)
class Capped:
    """A count that ends at a limit."""

    n: int
    more: bool

    def __bool__(self) -> bool:
        return self.n > 0

    def __str__(self) -> str:
        return f"{self.n:,}+" if self.more else f"{self.n:,}"


class Waits(NamedTuple):
    oldest: datetime | None
    due_at: datetime | None
    late: Capped
    # Of the next COUNTED in turn: what nobody takes stays in front.
    stuck: Capped


NOTHING: Final = Waits(None, None, Capped(0, more=False), Capped(0, more=False))


def of(able: Mapping[int, Sequence[int]], at: datetime) -> dict[int, Waits]:
    """Queue -> what waits in it; `able` says who may take its tasks."""
    anybody = any(able.values())
    values: dict[str, Any] = {
        "at": at,
        "most": COUNTED + 1,
        "scanned": COUNTED if anybody else 0,
        "queues": list(able),
        "able": [f"{{{','.join(map(str, people))}}}" for people in able.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITS, values)
        return {
            queue: Waits(oldest, due_at, _capped(late), _stuck(stuck))
            for queue, oldest, due_at, late, stuck in cursor.fetchall()
        }


def _capped(n: int) -> Capped:
    return Capped(min(n, COUNTED), more=n > COUNTED)


def _stuck(n: int) -> Capped:
    return Capped(n, more=n >= COUNTED)


OLDEST_FLAGGED: Final = """
select q.queue, (
  select created_at from reviewer_queueitem
  where queue_id = q.queue and state = 3 order by id limit 1
)
from unnest(%(queues)s::bigint[]) as q(queue)
"""


def oldest_flagged(queues: Sequence[int]) -> dict[int, datetime]:
    """Queue -> when the first of its flagged tasks came, where there is one."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_FLAGGED, {"queues": list(queues)})
        return {queue: at for queue, at in cursor.fetchall() if at is not None}
