"""Drawn blind answers, added up in groups of equal weight: what estimates rest on.

One pass over the predictions that were drawn blind and sent once, in the database. While a
queue is unfinished, only items before its first open one count, with c = that one's u/pi;
nothing counts while a queue in the order of doubt is: its order is no draw.
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
from projects.recent import first_id
from reviewer.models import Prediction
from reviewer.rollups.hours import EVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from projects.models import Project

GROUPS: Final = """
with drawn as materialized (
  select p.endpoint_id, p.model_name, p.model_version, p.label as said,
         p.pi * p.b as chance, t.id as task, t.state as task_state,
         v.questions -> 0 ->> 'id' as question, i.queue_id, i.priority, i.audit,
         i.place + i.priority as rank,
         case when q."order" = 'margin' then 0 else i.place + i.priority end as frontier,
         t.state in ('open', 'disputed') and i.state not in (3, 4)
           and (i.due_at is null or i.due_at >= %(at)s) as waited_for
  from reviewer_prediction p
  join labeling_task t on t.id = p.task_id
  join labeling_schemaversion v on v.id = t.schema_version_id
  join reviewer_queueitem i on i.task_id = t.id and not i.check_task
  join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
  where p.project_id = %(project)s and p.id >= %(first)s and p.received_at >= %(begin)s
    and p.verdict in ('review', 'audit') and p.blind and not p.repeats
), worked as (
  select queue_id, priority, audit, least(1, min(frontier)) as share
  from drawn where waited_for group by 1, 2, 3
), known as (
  select d.*, coalesce(w.share, 1) as share, g.id as gold, g.value, g.source
  from drawn d
  left join worked w using (queue_id, priority, audit)
  left join labeling_gold g on g.task_id = d.task and g.question = d.question
    and g.blind and not g.uses_model
    and not exists (select from labeling_gold l where l.supersedes_id = g.id)
)
select endpoint_id, model_name, model_version, said, value::text,
       coalesce(source = 'single', false), chance * share, count(*)
from known
where rank < share and (gold is not null or task_state <> 'settled')
group by 1, 2, 3, 4, 5, 6, 7
union all
select endpoint_id, model_name, model_version, null, null, false, null, count(*)
from known where rank >= share
group by 1, 2, 3
"""


class Version(NamedTuple):
    """One model version behind one endpoint, by number."""

    endpoint: int
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Drawn blind items alike: what was said, what is true, how likely each is known."""

    said: str
    true: str | None
    inclusion: float
    one_vote: bool
    n: int = 1

    @property
    def outcome(self) -> float:
        """NaN for what was closed, or is overdue, without an answer."""
        return math.nan if self.true is None else float(self.said == self.true)


@dataclass
class Seen:
    """The items of one version."""

    judged: list[Judged] = field(default_factory=list)
    # Items that are not in the estimate yet, since earlier ones are open.
    not_yet: int = 0


def of_versions(project: Project, begin: datetime, at: datetime) -> dict[Version, Seen]:
    """What is known of each version's predictions since `begin`."""
    found: dict[Version, Seen] = defaultdict(Seen)
    for endpoint, name, number, said, value, one_vote, inclusion, n in _groups(
        project, begin, at
    ):
        seen = found[Version(endpoint, name, number)]
        if inclusion is None:
            seen.not_yet += n
        else:
            true = None if value is None else as_label(json.loads(value))
            seen.judged.append(Judged(said, true, inclusion, one_vote, n))
    return found


def _groups(project: Project, begin: datetime, at: datetime) -> list[tuple[Any, ...]]:
    first = 0 if begin == EVER else first_id(Prediction, "received_at", begin)
    values: dict[str, Any] = {
        "project": project.pk,
        "begin": begin,
        "first": first,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def main_question(schema_version: int) -> str:
    """The first question: the one whose answer an endpoint's model predicts."""
    return versions.questions(schema_version)[0].id


def spread(values: Iterable[object], judged: Iterable[Judged]) -> NDArray[Any]:
    """One value for each item, from one for each group."""
    return np.repeat(np.array(list(values)), [each.n for each in judged])
