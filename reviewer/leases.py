"""Many leases of one person at once: renewed, or given back, by one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from reviewer.leasing import COUNTED_WAITING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projects.models import User
    from reviewer.models import Queue

# Locked in the order of their ids, as everywhere. A lease that ran out and that nobody
# took over is still good (leasing.live).
MINE = """
with asked (item, token) as (select * from unnest(%(items)s::bigint[], %(tokens)s::bigint[])),
mine as (
  select i.id, i.token, i.leased_at
  from reviewer_queueitem i
  join asked a on a.item = i.id and a.token = i.token
  where i.queue_id = %(queue)s and i.state = 1 and i.lease_by = %(user)s
  order by i.id for update of i
)"""
RENEW = f"""
{MINE},
renewed as (
  update reviewer_queueitem i
  set lease_until = %(at)s + q.lease_seconds * interval '1 second'
  from mine, reviewer_queue q
  where i.id = mine.id and q.id = i.queue_id
  returning i.id, i.lease_until
)
select others.count, free.count, renewed.id, renewed.lease_until
from (
  select count(distinct i.lease_by) from reviewer_queueitem i
  where i.queue_id = %(queue)s and i.state = 1 and i.lease_until >= %(at)s
    and i.lease_by <> %(user)s
) others
cross join (
  select count(*) from (
    select 1 from reviewer_queueitem i
    where i.queue_id = %(queue)s and i.state = 0 limit %(counted)s
  ) few
) free
left join renewed on true
"""  # noqa: S608 - put together from constants
GIVE_BACK = f"""
{MINE},
ended as (
  insert into reviewer_assignment (
    item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
  select id, %(user)s, token, 'released', '', coalesce(leased_at, %(at)s), %(at)s
  from mine
)
update reviewer_queueitem i
set state = 0, lease_by = null, lease_until = null, leased_at = null
from mine where i.id = mine.id
returning i.id
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Renewed:
    """Until when, by item, for those that were still this person's.

    And how many others hold tasks of the queue, and how many tasks nobody holds, counted
    up to COUNTED_WAITING.
    """

    until: dict[int, datetime]
    others: int
    free: int


def renew(queue: Queue, user: User, tokens: Mapping[int, int], at: datetime) -> Renewed:
    """Renew the leases of these items, each proved by its token."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW, _values(queue, user, tokens, at))
        rows = cursor.fetchall()
    until = {item: lease_until for *_, item, lease_until in rows if item is not None}
    others, free, *_ = rows[0]
    return Renewed(until, others=others, free=free)


def give_back(
    queue: Queue, user: User, tokens: Mapping[int, int], at: datetime
) -> set[int]:
    """Let these items wait again at their old places; the ids of those that do."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, _values(queue, user, tokens, at))
        return {item for (item,) in cursor.fetchall()}


def _values(
    queue: Queue, user: User, tokens: Mapping[int, int], at: datetime
) -> dict[str, Any]:
    return {
        "queue": queue.pk,
        "user": user.pk,
        "items": list(tokens),
        "tokens": list(tokens.values()),
        "at": at,
        "counted": COUNTED_WAITING,
    }
