"""Settled labels most probably wrong, the worst first, and the way to an expert.

The model that answered first had not seen the label, so how little it believes in it says
how likely the label is wrong (Northcutt, Jiang & Chuang 2021). Labels that estimates rest
on are left out: to correct only those with which a model disagrees would make it look
better than it is. Mistakes there show by experts' checks (expert_checks.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from labeling.answers import as_label
from projects import access, audit
from projects.refused import Conflict, NotFound
from reviewer import consensus, queueing
from reviewer.models import QueueItem

if TYPE_CHECKING:
    from projects.access import Member
    from projects.models import Project

# The newest labels are looked at, and of these so many told.
LOOKED: Final = 5_000
MOST: Final = 100
# `support`: what the model believed of the label that was settled, at most what it left
# over. Where it sent no probabilities, that is all that is known.
FOUND: Final = """
with newest as (
  select g.id, g.task_id, g.question, g.value, g.source, g.posterior, g.created_at
  from (
    select * from labeling_gold where project_id = %(project)s
    order by id desc limit %(looked)s
  ) g
  where not g.unanswerable and not g.blind and g.source in ('single', 'consensus')
    and not exists (select from labeling_gold l where l.supersedes_id = g.id)
)
select g.task_id, s.content, g.value::text, p.label, p.confidence, g.source, g.posterior,
       g.created_at, p.model_name, p.model_version, e.state is not null as asked,
       least(1 - p.confidence, coalesce(
         (t.pre_label -> g.question -> 'probabilities' ->> (g.value #>> '{}'))::float,
         1 - p.confidence)) as support
from newest g
join reviewer_prediction p on p.task_id = g.task_id and p.confidence between 0 and 1
join labeling_task t on t.id = g.task_id and not t.blind
join labeling_schemaversion v on v.id = t.schema_version_id
  and v.questions -> 0 ->> 'id' = g.question
join labeling_payload s on s.id = t.payload_id
left join reviewer_queueitem e on e.task_id = g.task_id and exists (
  select from reviewer_queue q where q.id = e.queue_id and q.purpose = 'adjudication')
where jsonb_typeof(g.value) = 'string' and p.label <> g.value #>> '{}'
order by support, coalesce(g.posterior, 0), g.id limit %(most)s
"""


class SeenByAnExpert(Conflict):
    code, title = "seen_by_an_expert", "An expert has it, or has answered it"


@dataclass(frozen=True)
class Likely:
    """One label, what the model said instead, and how much speaks for the label."""

    task: int
    content: dict[str, Any] | None
    label: str
    said: str
    confidence: float
    source: str
    # Of the answers of people, where their skills are known.
    posterior: float | None
    at: datetime
    model: str
    # An expert has it, or has answered it.
    asked: bool
    # What the model believed of the label.
    support: float


def of_project(project: Project, most: int = MOST) -> list[Likely]:
    """The label that the model believes in least comes first."""
    values = {"project": project.pk, "looked": LOOKED, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, values)
        return [_read(row) for row in cursor.fetchall()]


def _read(row: tuple[Any, ...]) -> Likely:
    task, content, value, said, sure, source, posterior, at, name, version, asked, p = (
        row
    )
    return Likely(
        task=task,
        content=json.loads(content) if isinstance(content, str) else content,
        label=as_label(json.loads(value)),
        said=said,
        confidence=sure,
        source=source,
        posterior=posterior,
        at=at,
        model=f"{name} {version}",
        asked=asked,
        support=max(0.0, p),
    )


@transaction.atomic
def to_expert(project: Project, task: int, by: Member) -> None:
    """Put it into the adjudicators' queue; what an expert says replaces the label."""
    by.require(access.ADJUDICATE)
    items = QueueItem.objects.select_related("task", "queue").filter(task=task)
    item = items.filter(queue__project=project, queue__purpose="review").first()
    if item is None:
        raise NotFound("There is no such task in a review queue of this project.")
    if item.task.blind:
        raise Conflict("Estimates rest on it: only experts’ checks look at it again.")
    queue = queueing.adjudication_queue(project)
    if items.filter(queue=queue).exists():
        raise SeenByAnExpert("Open the task to see what came of it.")
    consensus.to_adjudicators(item, queue)
    audit.record("label sent to an expert", project, f"task {task}", by=by.user)
