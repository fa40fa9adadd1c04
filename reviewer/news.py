"""What review adds to the front door: tasks set aside, and webhooks that do not arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse

from projects.news import News
from reviewer import backlog
from reviewer.models import Queue, Webhook
from reviewer.rollups import queue_counts

if TYPE_CHECKING:
    from projects.models import Project, User


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """Queues with tasks that reviewers set aside; webhooks that fail or were ended."""
    return [*_set_aside(projects), *_failing(projects)]


def _failing(projects: Sequence[Project]) -> Iterator[News]:
    found = Webhook.objects.filter(project__in=projects).select_related("project")
    for each in found.exclude(failing_since=None):
        n = each.dead_in_a_row
        yield News(
            project=each.project,
            title=f"The webhook {each} does not arrive",
            words=each.off_because or f"{n} messages in a row are dead letters.",
            url=reverse("webhook", args=[each.project.slug, each.pk]),
            at=each.failing_since or each.created_at,
            tone="bad",
            state="Fails" if each.active else "Switched off",
        )


def _set_aside(projects: Sequence[Project]) -> list[News]:
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
