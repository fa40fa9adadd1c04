"""Whether people lean on the model: do they keep wrong answers of it that they would not give?

Which answers of the model are wrong is told by known outcomes, imports, check tasks and
adjudicators, never by the answers that are judged. People who saw the model's answer are
held against people who did not (their first guess is one of these) in the same queue, and
there in the same draw. Adjudicators see what people dispute: a mistake that everybody
keeps reaches none, so what only they tell makes the leaning look smaller than it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection

from labeling.models import Annotation
from reviewer.rollups import hours
from reviewer.rollups.confidences import CLASSES
from reviewer.stats import anchoring
from reviewer.withdrawn import WITHDRAWN

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.stats.anchoring import Anchoring

COUNTS: Final = f"""
with said as (
  select a.author_id, i.queue_id, i.audit, not a.blind and a.guess is null as shown,
         coalesce(a.guess, a.answer) -> g.question as value,
         t.pre_label -> g.question -> 'value' as model
  from labeling_annotation a
  join labeling_task t on t.id = a.task_id
  join labeling_schemaversion v on v.id = t.schema_version_id
  join labeling_gold g on g.task_id = t.id and g.question = v.questions -> 0 ->> 'id'
    and not exists (select from labeling_gold l where l.supersedes_id = g.id)
    and g.value is not null
    and (g.source in ('expert', 'outcome', 'import') or a.check_task)
  join reviewer_queueitem i on i.task_id = t.id
  join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
  where t.project_id = %(project)s and a.id >= %(first)s and a.created_at >= %(begin)s
    and a.supersedes_id is null and not a.expert and not {WITHDRAWN}
    and v.questions -> 0 ->> 'kind' in ({CLASSES})
    and t.pre_label -> g.question -> 'value' <> g.value
)
select author_id, queue_id, audit,
  count(*) filter (where shown and value = model), count(*) filter (where shown),
  count(*) filter (where not shown and value = model), count(*) filter (where not shown)
from said group by 1, 2, 3 order by 1, 2, 3
"""  # noqa: S608 (our own)


class Counted(NamedTuple):
    """Answers of one person in one stratum, to tasks of which the model is wrong."""

    person: int
    queue: int
    audit: bool
    kept: int
    shown: int
    same: int
    blind: int


def of_project(project: Project, begin: datetime) -> dict[int, Anchoring]:
    """Person -> how far they lean on the model; whoever never met a mistake of it is not in it."""
    by_person: dict[int, list[Counted]] = defaultdict(list)
    for each in _counted(project, begin):
        by_person[each.person].append(each)
    return {person: of_counts(rows) for person, rows in by_person.items()}


def of_counts(rows: Sequence[Counted]) -> Anchoring:
    """The same of counts, one for each stratum."""
    kept, shown, same, blind = zip(*(row[3:] for row in rows), strict=True)
    return anchoring.automation_bias(kept, shown, same, blind)


def _counted(project: Project, begin: datetime) -> list[Counted]:
    first = hours.first(Annotation, "created_at", begin)
    values: dict[str, Any] = {"project": project.pk, "first": first, "begin": begin}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, values)
        return [Counted(*row) for row in cursor.fetchall()]
