"""What endpoints sent: by hour, model version and verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from reviewer.models import Endpoint
from reviewer.rollups import marks

COUNT: Final = """
insert into reviewer_intakehour as kept
  (endpoint_id, hour, model_name, model_version, verdict, repeats, blind,
   n, first_at, last_at, least)
select endpoint_id, date_trunc('hour', received_at, 'UTC'), model_name, model_version,
       verdict, repeats, blind and verdict <> 'accepted',
       count(*), min(received_at), max(received_at), min(pi * b)
from reviewer_prediction where id > %(after)s and id <= %(upto)s
group by 1, 2, 3, 4, 5, 6, 7
on conflict (endpoint_id, hour, model_name, model_version, verdict, repeats, blind)
do update set n = kept.n + excluded.n,
  first_at = least(kept.first_at, excluded.first_at),
  last_at = greatest(kept.last_at, excluded.last_at),
  least = least(kept.least, excluded.least)
"""
ROLLUP: Final = marks.Rollup("intake", "reviewer_prediction", COUNT)
SINCE: Final = """
select endpoint_id, model_name, model_version, verdict, repeats, blind,
       sum(n)::bigint, min(first_at), max(last_at), min(least)
from (
  select endpoint_id, model_name, model_version, verdict, repeats, blind,
         n, first_at, last_at, least
  from reviewer_intakehour where endpoint_id = any(%(endpoints)s) and hour >= %(begin)s
    and hour < %(end)s::timestamptz
  union all
  select endpoint_id, model_name, model_version, verdict, repeats,
         blind and verdict <> 'accepted', 1, received_at, received_at, pi * b
  from reviewer_prediction
  where id > %(after)s and endpoint_id = any(%(endpoints)s) and received_at >= %(begin)s
    and received_at < %(end)s::timestamptz
) hours
group by 1, 2, 3, 4, 5, 6
"""


class Sent(NamedTuple):
    """Predictions of one model version with one verdict."""

    endpoint: int
    name: str
    version: str
    verdict: str
    repeats: bool
    blind: bool
    n: int
    first_at: datetime
    last_at: datetime
    least: float

    @property
    def is_evidence(self) -> bool:
        """Drawn blind, and sent once: what estimates rest on."""
        return self.blind and not self.repeats


def since(
    endpoints: Sequence[int], begin: datetime, end: datetime | None = None
) -> list[Sent]:
    """What these endpoints sent from a full hour on, up to now or to another full hour."""
    until = end or "infinity"
    values = {"endpoints": list(endpoints), "begin": begin, "end": until}
    return [Sent(*row) for row in marks.with_tail(ROLLUP, SINCE, values)]


def of_project(project_id: int, begin: datetime) -> list[Sent]:
    """The same of all endpoints of a project."""
    held = Endpoint.objects.filter(project=project_id)
    return since(list(held.values_list("pk", flat=True)), begin)
