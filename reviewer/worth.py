"""Return on review: how long people worked for each mistake of a model that they put right.

By queue, and by the rule that sent the predictions there. A mistake is an answer of the
model that differs from what people settled; the time is that of all answers to the task.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from labeling.models import Gold
from reviewer import quality
from reviewer.rollups import hours
from reviewer.stats.cost_ratio import cost_per_event
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from projects.models import Project

# The newest settled labels of the window are looked at: about 0.1 s.
LOOKED: Final = 5_000
WHAT: Final = "mistakes put right"
TIMED: Final = "timed reviews"
# Tasks of which some answer came without a time are left out: their sum would be too small.
SETTLED: Final = """
with newest as (
  select g.id, g.task_id, g.question, g.value from (
    select * from labeling_gold where project_id = %(project)s and id >= %(first)s
    order by id desc limit %(looked)s
  ) g
  where g.created_at >= %(begin)s and not g.unanswerable
    and g.source in ('single', 'consensus', 'expert') and jsonb_typeof(g.value) = 'string'
    and not exists (select from labeling_gold l where l.supersedes_id = g.id)
)
select q.title, case p.verdict when 'audit' then '' else p.rule end, p.verdict,
       a.seconds, p.label <> g.value #>> '{}'
from newest g
join labeling_task t on t.id = g.task_id
join labeling_schemaversion v on v.id = t.schema_version_id
  and v.questions -> 0 ->> 'id' = g.question
join reviewer_prediction p on p.task_id = g.task_id
join reviewer_queueitem i on i.task_id = g.task_id and not i.check_task
join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
cross join lateral (
  select sum(seconds) as seconds, count(*) = count(seconds) as timed
  from labeling_annotation where task_id = g.task_id
) a
where a.timed and a.seconds is not null
order by g.id
"""


@dataclass(frozen=True)
class Worth:
    """Some tasks of a queue: all of it, or those that one rule, or chance, sent there."""

    queue: str
    # "" with `audit` False: the whole queue.
    rule: str
    audit: bool
    tasks: int
    hours: float
    mistakes: int
    # Of these tasks, the share in which the model was wrong; no estimate for all predictions.
    share: Estimate
    # Minutes for each mistake.
    minutes: Estimate | NotEnough

    @property
    def is_whole(self) -> bool:
        return not self.rule and not self.audit


def of_project(project: Project, at: datetime, days: int | None) -> list[Worth]:
    """Queues by name, each with its parts under it."""
    found: dict[tuple[str, str, bool], list[tuple[float, bool]]] = defaultdict(list)
    for queue, rule, verdict, seconds, wrong in _rows(project, at, days):
        found[queue, "", False].append((seconds, wrong))
        if verdict == "audit" or rule:
            found[queue, rule, verdict == "audit"].append((seconds, wrong))
    return [_worth(*key, rows) for key, rows in sorted(found.items())]


def minutes_a_review(
    project: Project, at: datetime, days: int | None
) -> Estimate | NotEnough:
    """Minutes that people take for one reviewed prediction, all answers to it together."""
    minutes = [seconds / 60 for _, _, _, seconds, _ in _rows(project, at, days)]
    return cost_per_event(minutes, [True] * len(minutes), what=TIMED)


def _rows(
    project: Project, at: datetime, days: int | None
) -> Iterable[tuple[Any, ...]]:
    begin = quality.begin_of(at, days)
    values: dict[str, Any] = {
        "project": project.pk,
        "begin": begin,
        "first": hours.first(Gold, "created_at", begin),
        "looked": LOOKED,
    }
    with connection.cursor() as cursor:
        cursor.execute(SETTLED, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _worth(
    queue: str, rule: str, audit: bool, rows: Sequence[tuple[float, bool]]
) -> Worth:
    minutes = [seconds / 60 for seconds, _ in rows]
    wrong = [each for _, each in rows]
    n, mistakes = len(rows), sum(wrong)
    share = Estimate(mistakes / n, *wilson(mistakes, n), n, "Wilson")
    return Worth(
        queue=queue,
        rule=rule,
        audit=audit,
        tasks=n,
        hours=sum(minutes) / 60,
        mistakes=mistakes,
        share=share,
        minutes=cost_per_event(minutes, wrong, what=WHAT),
    )
