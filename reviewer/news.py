"""What reviewers' work adds to the front door: tasks that wait for a lead's decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from projects.news import News
from reviewer import backlog
from reviewer.models import Queue
from reviewer.rollups import queue_counts

if TYPE_CHECKING:
    from projects.models import Project, User


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """One line for each queue with tasks that reviewers set aside."""
    queues = Queue.objects.filter(project__in=projects).select_related("project")
    by_id = {queue.pk: queue for queue in queues.order_by("pk")}
    counts = queue_counts.of(list(by_id))
    since = backlog.oldest_flagged([pk for pk in counts if counts[pk].flagged])
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
        for pk, queue in by_id.items()
        if pk in since
        for n, at in ((counts[pk].flagged, since[pk]),)
    ]
