"""How sure models were of everything they sent once: by day, version, label and bin.

By the day, since nothing but windows of whole days reads it: a month of a million
predictions is some ten thousand rows, not a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from labeling import kinds
from reviewer.rollups import marks

# Of no confidence, or of one that is no number from 0 to 1.
NO_BIN: Final = -1
# stats.chance.bins() of a confidence in bins eight times as wide: even steps of its logit,
# 1e-6 from 0 and 1 the outermost. NaN is greater than every number here.
BIN: Final = """case when p.confidence between 0 and 1 then least(255, floor(
    (ln(least(greatest(p.confidence, 1e-6), 1 - 1e-6)
        / (1 - least(greatest(p.confidence, 1e-6), 1 - 1e-6))) / ln(999999.0) + 1)
    * 128))::int else -1 end"""
# Labels are counted apart where they are some of a list; other answers are all different.
CLASSES: Final = ", ".join(
    f"'{name}'" for name in kinds.NAMES if kinds.get(name).classes
)
PARTS: Final = f"""
select p.endpoint_id, (p.received_at at time zone 'UTC')::date as day, p.model_name,
       p.model_version, case when c.classes then p.label else '' end as said,
       {BIN} as bin, p.confidence
from reviewer_prediction p
join (
  select e.id, (
    select v.questions -> 0 ->> 'kind' in ({CLASSES})
    from labeling_schemaversion v where v.schema_id = e.schema_id
    order by v.number desc limit 1
  ) as classes from reviewer_endpoint e
) c on c.id = p.endpoint_id
where p.id > %(after)s and not p.repeats
"""  # noqa: S608 (our own)
SUM: Final = "coalesce(sum(confidence) filter (where bin >= 0), 0)"
COUNT: Final = f"""
insert into reviewer_confidenceday as kept
  (endpoint_id, day, model_name, model_version, said, bin, n, total)
select endpoint_id, day, model_name, model_version, said, bin, count(*), {SUM}
from ({PARTS} and p.id <= %(upto)s) parts
group by 1, 2, 3, 4, 5, 6
on conflict (endpoint_id, day, model_name, model_version, said, bin)
do update set n = kept.n + excluded.n, total = kept.total + excluded.total
"""  # noqa: S608 (our own)
ROLLUP: Final = marks.Rollup("confidences", "reviewer_prediction", COUNT)
SINCE: Final = f"""
select endpoint_id, model_name, model_version, said, bin, sum(n)::bigint, sum(total)
from (
  select endpoint_id, model_name, model_version, said, bin, n, total
  from reviewer_confidenceday
  where endpoint_id = any(%(endpoints)s) and day >= (%(begin)s at time zone 'UTC')::date
    and day < (%(end)s::timestamptz at time zone 'UTC')::date
  union all
  select endpoint_id, model_name, model_version, said, bin, count(*), {SUM}
  from ({PARTS} and p.endpoint_id = any(%(endpoints)s) and p.received_at >= %(begin)s
    and p.received_at < %(end)s::timestamptz)
    parts group by 1, 2, 3, 4, 5
) days
group by 1, 2, 3, 4, 5
"""  # noqa: S608 (our own)


class Sure(NamedTuple):
    """Predictions of one version, alike in label and confidence; `total` adds these up."""

    endpoint: int
    name: str
    version: str
    said: str
    bin: int
    n: int
    total: float


def since(
    endpoints: Sequence[int], begin: datetime, end: datetime | None = None
) -> list[Sure]:
    """What these endpoints sent once from the day of `begin` on, up to now or that of `end`."""
    until = end or "infinity"
    values = {"endpoints": list(endpoints), "begin": begin, "end": until}
    return sorted(Sure(*row) for row in marks.with_tail(ROLLUP, SINCE, values))
