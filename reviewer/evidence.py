"""Drawn blind answers, added up in groups of equal weight and confidence: what estimates rest on.

One pass over the predictions that were drawn blind and sent once, in the database. While a
queue is unfinished, only items before its first open one count, with c = that one's u/pi;
nothing counts while an open one stands elsewhere than its draw says (by doubt, or due): the
order in which those before it were worked is no draw.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from django.db import connection

from labeling import versions
from labeling.answers import as_label
from projects.recent import SLACK
from reviewer.models import Prediction
from reviewer.rollups import hours
from reviewer.rollups.confidences import BIN, NO_BIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from projects.models import Project

# A place is u/pi, kept with at least 46 bits; where it is not, the queue is in another order
# than the draw's, or was when the item came.
SAME: Final = 1e-9
NO_LAST: Final = 2**63 - 1
# {part}: what the items of a version are told apart by. `counts`: worked in the order of the
# draw so far, and answered, or closed without an answer.
KNOWN: Final = f"""
with drawn as materialized (
  select p.endpoint_id, p.model_name, p.model_version, p.label as said,
         {{part}} as part, {BIN} as bin, p.confidence,
         p.id as prediction, p.received_at, q.expert_since,
         p.pi * p.b as chance, t.id as task, t.state as task_state,
         v.questions -> 0 ->> 'id' as question, i.queue_id, i.priority, i.audit,
         p.u / p.pi as rank,
         case when abs(i.place + i.priority - p.u / p.pi) < {SAME} then p.u / p.pi
              else 0 end as frontier,
         t.state in ('open', 'disputed') and i.state not in (3, 4)
           and (i.due_at is null or i.due_at >= %(at)s) as waited_for
  from reviewer_prediction p
  join labeling_task t on t.id = p.task_id
  join labeling_schemaversion v on v.id = t.schema_version_id
  join reviewer_queueitem i on i.task_id = t.id and not i.check_task
  join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
  where p.project_id = %(project)s and p.id >= %(first)s and p.received_at >= %(begin)s
    and p.id < %(last)s and p.received_at < %(end)s::timestamptz
    and p.verdict in ('review', 'audit') and p.blind and not p.repeats
), worked as (
  select queue_id, priority, audit, least(1, min(frontier)) as share
  from drawn where waited_for group by 1, 2, 3
), known as (
  select d.*, coalesce(w.share, 1) as share, g.id as gold, g.value, g.source,
         d.rank < coalesce(w.share, 1)
           and (g.id is not null or d.task_state <> 'settled') as counts
  from drawn d
  left join worked w using (queue_id, priority, audit)
  left join labeling_gold g on g.task_id = d.task and g.question = d.question
    and g.blind and not g.uses_model
    and not exists (select from labeling_gold l where l.supersedes_id = g.id)
)
"""  # noqa: S608 (our own)
GROUPS: Final = f"""{KNOWN}
select endpoint_id, model_name, model_version, part, said, value::text,
       coalesce(source = 'single', false), chance * share, bin,
       avg(confidence) filter (where bin >= 0), count(*), sum(1 / chance), 0
from known
where counts
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
union all
select endpoint_id, model_name, model_version, part, null, null, false, null, null, null,
       sum(later), sum(size), sum(case when counts then 0 else size end)
from (
  select endpoint_id, model_name, model_version, part,
         count(*) filter (where rank >= share) as later,
         sum(1 / chance) filter (where rank >= share) as size,
         bool_or(counts) as counts
  from known
  group by endpoint_id, model_name, model_version, part, queue_id, priority, audit
) of_one_kind
where later > 0
group by 1, 2, 3, 4
"""  # noqa: S608 (our own)
# What is worked on, one by one, since experts check a part of it (reviewer/expert_checks.py).
CHECKED: Final = f"""{KNOWN}
select k.endpoint_id, k.model_name, k.model_version, k.said,
       case when coalesce(r.source, 'withdrawn') = 'withdrawn' then k.value
            else r.value end::text as value,
       coalesce(nullif(r.source, 'withdrawn'), k.source) as source,
       k.chance * k.share, s.pi, s.u,
       i.state in (0, 1) and (i.due_at is null or i.due_at >= %(at)s) as waits,
       abs(i.place + i.priority - s.u / s.pi) < {SAME} as in_order, (a.answer -> k.question)::text as expert,
       k.chance, k.rank < k.share as counts
from known k
left join reviewer_selection s on s.prediction_id = k.prediction and s.design = %(design)s
-- by reviewers, whatever anybody made of it since
left join lateral (
  select g.value, g.source from labeling_gold g
  where g.task_id = k.task and g.question = k.question and g.blind and not g.uses_model
    and g.source in ('single', 'consensus', 'withdrawn')
  order by g.id desc limit 1
) r on s.id is not null
left join reviewer_queueitem i on i.task_id = s.task_id and i.check_task
left join labeling_annotation a on a.task_id = s.task_id and a.expert and a.counted
  and not exists (select from labeling_annotation l where l.supersedes_id = a.id)
where k.received_at >= k.expert_since and (k.gold is not null or k.task_state <> 'settled')
"""  # noqa: S608 (our own)
WHOLE: Final = "null::text"
BY_LABEL: Final = "p.label"
BY_METADATA: Final = "p.metadata ->> %(key)s"


class Version(NamedTuple):
    """One model version behind one endpoint, by number."""

    endpoint: int
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Drawn blind items alike: what was said, what is true, how likely each is known.

    `confidence` is the mean of the items, which share a bin of rollups/confidences.py;
    NaN in NO_BIN.
    """

    said: str
    true: str | None
    inclusion: float
    one_vote: bool
    n: int = 1
    bin: int = NO_BIN
    confidence: float = math.nan

    @property
    def place(self) -> tuple[str, str, int, float, bool]:
        """An order of groups that is the same at every look."""
        true = "" if self.true is None else self.true
        return self.said, true, self.bin, self.inclusion, self.one_vote

    @property
    def outcome(self) -> float:
        """NaN for what was closed, or is overdue, without an answer."""
        return math.nan if self.true is None else float(self.said == self.true)


@dataclass
class Seen:
    """The items of one version, or of one part of it."""

    judged: list[Judged] = field(default_factory=list)
    # Items that are not in the estimate yet, since earlier ones are open.
    not_yet: int = 0
    # How many predictions all its items were drawn from, as far as their chances tell.
    size: float = 0.0
    # Of these, how many are of a kind (queue, priority, audit or not) that none counts of yet.
    unheard: float = 0.0

    @property
    def unseen(self) -> float:
        """The share of its predictions that no item stands for which counts."""
        return self.unheard / self.size if self.size else 0.0

    @classmethod
    def together(cls, parts: Iterable[Seen]) -> Seen:
        """Several parts as one."""
        found = cls()
        for each in parts:
            found.judged += each.judged
            found.not_yet += each.not_yet
            found.size += each.size
            found.unheard += each.unheard
        found.judged.sort(key=lambda judged: judged.place)
        return found


def of_versions(
    project: Project, begin: datetime, at: datetime, end: datetime | None = None
) -> dict[Version, Seen]:
    """What is known of each version's predictions since `begin`, until `end` if given."""
    parts = _parts(WHOLE, {**values_since(project, begin, at), **_until(end)})
    return {version: seen for (version, _), seen in parts.items()}


def of_labels(
    project: Project, begin: datetime, at: datetime, *, first: int = 0
) -> dict[tuple[Version, str | None], Seen]:
    """The same of predictions numbered from `first` on, told apart by what was said."""
    return _parts(BY_LABEL, values_since(project, begin, at, first))


def of_metadata(
    project: Project, key: str, begin: datetime, at: datetime, *, first: int = 0
) -> dict[tuple[Version, str | None], Seen]:
    """The same, told apart by the value of one key of the metadata; None: without it."""
    return _parts(BY_METADATA, {**values_since(project, begin, at, first), "key": key})


def _parts(
    part: str, values: Mapping[str, Any]
) -> dict[tuple[Version, str | None], Seen]:
    found: dict[tuple[Version, str | None], Seen] = defaultdict(Seen)
    for endpoint, name, number, value, *group, n, size, unheard in _groups(
        part, values
    ):
        seen = found[Version(endpoint, name, number), value]
        seen.size += size
        seen.unheard += unheard
        if group[0] is None:
            seen.not_yet += int(n)
        else:
            seen.judged.append(_judged(group, n))
    for seen in found.values():
        seen.judged.sort(key=lambda each: each.place)
    return found


def _judged(group: Sequence[Any], n: int) -> Judged:
    said, value, one_vote, inclusion, place, confidence = group
    true = None if value is None else as_label(json.loads(value))
    sure = math.nan if confidence is None else float(confidence)
    return Judged(said, true, inclusion, one_vote, n, place, sure)


def checked(
    project: Project, design: str, begin: datetime, at: datetime
) -> list[tuple[Any, ...]]:
    """A row of CHECKED for each item drawn blind since experts check a part of them."""
    values = {**values_since(project, begin, at), "design": design}
    with connection.cursor() as cursor:
        cursor.execute(CHECKED.format(part=WHOLE), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def values_since(
    project: Project, begin: datetime, at: datetime, first: int = 0
) -> dict[str, Any]:
    """What KNOWN asks for: predictions since `begin`, numbered from `first` on."""
    first = max(first, hours.first(Prediction, "received_at", begin))
    values = {"project": project.pk, "begin": begin, "first": first, "at": at}
    return {**values, **_until(None)}


def _until(end: datetime | None) -> dict[str, Any]:
    if end is None:
        return {"end": "infinity", "last": NO_LAST}
    # rows numbered out of order are a few minutes apart at most
    last = hours.first(Prediction, "received_at", end + 2 * SLACK)
    return {"end": end, "last": last}


def _groups(part: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(GROUPS.format(part=part), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def main_question(schema_version: int) -> str:
    """The first question: the one whose answer an endpoint's model predicts."""
    return versions.questions(schema_version)[0].id


def spread(values: Iterable[object], judged: Iterable[Judged]) -> NDArray[Any]:
    """One value for each item, from one for each group."""
    return np.repeat(np.array(list(values)), [each.n for each in judged])
