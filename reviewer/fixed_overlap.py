"""Tasks whose number of answers did not depend on what was said.

In a queue with adaptive overlap a task is answered again where the first answer left it in
doubt. Whoever compares people there by tasks with several answers looks at the doubtful
ones only: people who are right in 97 % seem right in half of them, and a watch that knows
5 % as usual sounds one alarm after the other. So such tasks tell nothing of people, but
by what is known from elsewhere (outcomes, imports, check tasks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Exists, F, OuterRef, Q

from labeling.models import Annotation
from reviewer.models import QueueItem

if TYPE_CHECKING:
    from django.db.models import QuerySet

    Rows = TypeVar("Rows", bound=QuerySet[Annotation, Any])

# Whether the task t is, or was when it came, in such a queue. A project has few queues.
ADAPTIVE: Final = """exists (
  select from reviewer_queue aq
  join reviewer_queueitem ai on ai.queue_id = aq.id and ai.task_id = t.id
  where aq.project_id = t.project_id
    and (aq.sure is not null or t.created_at < aq.adaptive_until)
)"""


def answers(rows: Rows) -> Rows:
    """Of these answers, those to tasks whose overlap was fixed."""
    return rows.filter(~adapted())


def adapted() -> Exists:
    """Of an answer: whether the overlap of its task was not fixed."""
    adapting = Q(queue__sure__isnull=False) | Q(
        queue__adaptive_until__gt=F("task__created_at")
    )
    return Exists(QueueItem.objects.filter(adapting, task=OuterRef("task")))
