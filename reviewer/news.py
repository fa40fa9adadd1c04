"""What reviewers' work adds to the front door: tasks that wait for a lead's decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Count, Min

from projects.news import News
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from projects.models import Project, User


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """One line for each queue with tasks that reviewers set aside."""
    flagged = QueueItem.objects.filter(
        queue__project__in=projects, state=QueueItem.State.FLAGGED
    )
    counted = flagged.values_list("queue").annotate(n=Count("pk"), at=Min("created_at"))
    found = {queue: (n, at) for queue, n, at in counted}
    queues = Queue.objects.filter(pk__in=found).select_related("project")
    return [
        News(
            project=queue.project,
            title=f"{n} flagged {'task' if n == 1 else 'tasks'} in {queue}",
            words="Reviewers set them aside: return, settle or withdraw each.",
            url=f"/p/{queue.project.slug}/queues/{queue.pk}/#flagged",
            at=at,
            tone="warn",
            state="Flagged",
        )
        for queue in queues
        for n, at in (found[queue.pk],)
    ]
