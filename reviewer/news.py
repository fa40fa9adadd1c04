"""What review adds to the front door: tasks set aside, and webhooks that do not arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.news import News
from reviewer import backlog
from reviewer.models import Alarm, Queue, Reviewer, Webhook
from reviewer.rollups import queue_counts

if TYPE_CHECKING:
    from projects.models import Project, User


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """Queues with tasks that reviewers set aside; people who changed; failing webhooks."""
    return [*_set_aside(projects), *_changed(projects), *_failing(projects)]


def _changed(projects: Sequence[Project]) -> Iterator[News]:
    """One line for each person about whom an alarm is open, by the newest one."""
    found = Alarm.objects.filter(project__in=projects, closed_at=None)
    newest = found.order_by("project_id", "user_id", "-pk")
    newest = newest.distinct("project_id", "user_id")
    alarms = list(newest.select_related("project", "user"))
    paused = _paused(projects) if alarms else set()
    for each in alarms:
        is_paused = (each.project_id, each.user_id) in paused
        yield News(
            project=each.project,
            title=_("More of %(user)s’s answers differ than usual")
            % {"user": each.user},
            words=_(
                "%(wrong)s of the last %(of)s that could be judged. Look at their page, "
                "talk to them, and close the alarm there."
            )
            % {"wrong": each.wrong, "of": each.of},
            url=reverse("reviewer", args=[each.project.slug, each.user_id]),
            at=each.at,
            tone="warn",
            state=_("Paused") if is_paused else _("Alarm"),
        )


def _paused(projects: Sequence[Project]) -> set[tuple[int, int]]:
    found = Reviewer.objects.filter(project__in=projects, paused=True)
    return set(found.values_list("project_id", "user_id"))


def _failing(projects: Sequence[Project]) -> Iterator[News]:
    found = Webhook.objects.filter(project__in=projects).select_related("project")
    for each in found.exclude(failing_since=None):
        n = each.dead_in_a_row
        yield News(
            project=each.project,
            title=_("The webhook %(webhook)s does not arrive") % {"webhook": each},
            words=each.off_because or _in_a_row(n),
            url=reverse("webhook", args=[each.project.slug, each.pk]),
            at=each.failing_since or each.created_at,
            tone="bad",
            state=_("Fails") if each.active else _("Switched off"),
        )


def _in_a_row(n: int) -> str:
    return ngettext(
        "%(n)s message in a row is a dead letter.",
        "%(n)s messages in a row are dead letters.",
        n,
    ) % {"n": n}


def _set_aside(projects: Sequence[Project]) -> list[News]:
    """One line for each queue with tasks that reviewers set aside."""
    queues = Queue.objects.filter(project__in=projects).select_related("project")
    by_id = {queue.pk: queue for queue in queues.order_by("pk")}
    counts = queue_counts.of(list(by_id))
    since = backlog.oldest_flagged([pk for pk in counts if counts[pk].flagged])
    return [
        News(
            project=queue.project,
            title=_flagged(n, queue),
            words=_("Reviewers set them aside: return, settle or withdraw each."),
            url=f"/p/{queue.project.slug}/queues/{queue.pk}/#flagged",
            at=at,
            tone="warn",
            state=_("Flagged"),
        )
        for pk, queue in by_id.items()
        if pk in since
        for n, at in ((counts[pk].flagged, since[pk]),)
    ]


def _flagged(n: int, queue: Queue) -> str:
    said = ngettext(
        "%(n)s flagged task in %(queue)s", "%(n)s flagged tasks in %(queue)s", n
    )
    return said % {"n": n, "queue": queue}
