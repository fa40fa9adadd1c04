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
  (select coalesce(sum(c.n), 0)::int from reviewer_queue_sets(w.queue) s
   cross join lateral (
     select count(*) n from (
       select 1 from reviewer_queueitem h
       where h.queue_id = w.queue and h.state = 0 and h.skill = s.skill
         and h.audit = s.audit and h.seen = s.seen
         and not exists (
           select from reviewer_putoff o
           where o.item_id = h.id and o.user_id = any (w.able::bigint[]))
       limit %(most)s
     ) few
   ) c
   where w.able <> '{}' and not exists (
     select 1 from unnest(w.able::bigint[]) a (person)
     where not s.seen @> array[a.person] and (s.skill = '' or exists (
       select 1 from reviewer_reviewer r join reviewer_queue q
         on q.id = w.queue and q.project_id = r.project_id
       where r.user_id = a.person and s.skill = any (r.skills)))))
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


class Backlog(NamedTuple):
    oldest: datetime | None
    due_at: datetime | None
    late: Capped
    # Whoever may take it has seen it and did not put it off, or nobody has the skill.
    stuck: Capped


NOTHING: Final = Backlog(None, None, Capped(0, more=False), Capped(0, more=False))


def of(able: Mapping[int, Sequence[int]], at: datetime) -> dict[int, Backlog]:
    """Queue -> what waits in it; `able` says who may take its tasks."""
    values: dict[str, Any] = {
        "at": at,
        "most": COUNTED + 1,
        "queues": list(able),
        "able": [f"{{{','.join(map(str, people))}}}" for people in able.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITS, values)
        return {
            queue: Backlog(oldest, due_at, _capped(late), _capped(stuck))
            for queue, oldest, due_at, late, stuck in cursor.fetchall()
        }


def _capped(n: int) -> Capped:
    return Capped(min(n, COUNTED), more=n > COUNTED)


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
