"""The front door: what to do now, my queues, and what waits for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from labeling import guidelines, parts
from projects import access, catalogue, news
from projects.models import Membership
from projects.refused import NotFound
from reviewer import scorecards, sent_back, ways, workload
from reviewer.models import Queue, Reviewer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from projects.models import User
    from reviewer.workload import MyQueue


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = access.signed_in(request)
    at = timezone.now()
    memberships = list(
        Membership.objects.active().filter(user=user).select_related("project")
    )
    queues = my_queues(user, memberships, at)
    led = [each.project for each in memberships if _may(each, access.LEAD)]
    context = {
        "queues": queues,
        "start": next(
            (each for each in queues if each.waiting and not each.queue.paused), None
        ),
        "waiting": sum(each.waiting for each in queues if not each.queue.paused),
        "more": any(each.more for each in queues),
        "paused": _paused(user, memberships),
        "today": scorecards.today(user, at),
        "flags": workload.my_flags(user, at),
        "sent_back": sent_back.of_person(user, [m.project_id for m in memberships]),
        "decisions": news.decisions(led, user),
        "projects": [each.project for each in memberships],
        "leads": bool(led),
        "at": at,
    }
    return render(request, "reviewer/home.html", context)


def my_queues(
    user: User, memberships: Iterable[Membership], at: datetime
) -> list[MyQueue]:
    """The queues that these roles may work, the most urgent first."""
    reviewed = [m.project_id for m in memberships if _may(m, access.REVIEW)]
    settled = [m.project_id for m in memberships if _may(m, access.ADJUDICATE)]
    if not reviewed:
        return []
    found = [
        queue
        for queue in Queue.objects.filter(project__in=reviewed).select_related(
            "project"
        )
        if queue.purpose == Queue.Purpose.REVIEW or queue.project_id in settled
    ]
    cards = scorecards.by_queue(user, found, at)
    return workload.for_person(user, found, at, cards)


def _may(membership: Membership, ability: str) -> bool:
    return ability in access.ABILITIES[membership.role]


def _paused(user: User, memberships: Sequence[Membership]) -> list[Reviewer]:
    projects = [each.project_id for each in memberships]
    standing = Reviewer.objects.filter(user=user, project__in=projects, paused=True)
    return list(standing.select_related("project"))


@require_safe
def work(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    """The page on which tasks are answered; the rest happens over the REST API."""
    who = access.member(request, slug, access.REVIEW)
    queue = Queue.objects.filter(project=who.project, pk=queue_id).first()
    if queue is None:
        raise NotFound("There is no such queue in this project.")
    if queue.purpose == Queue.Purpose.ADJUDICATION:
        access.member(request, slug, access.ADJUDICATE)
    project = {"slug": who.project.slug, "name": who.project.name}
    desk = {
        "queue": {
            "id": queue.pk,
            "name": queue.title,
            "purpose": queue.purpose,
            "decision_reason": queue.decision_reason,
        },
        "project": project,
        "user": {"id": who.user.pk, "name": str(who.user)},
        "urls": {
            "claim": reverse("api-claim", args=[queue.pk]),
            "submissions": reverse("api-submissions", args=[queue.pk]),
            "renew": reverse("api-renew", args=[queue.pk]),
            "release": reverse("api-release", args=[queue.pk]),
            "assignment": "/api/v1/assignments/{id}/{action}",
            "task": reverse("task", args=[slug, 0]).replace("/0/", "/{id}/"),
            "home": reverse("home"),
            "signin": reverse("account_login"),
            "version": f"/p/{who.project.slug}/schemas/{{id}}/{{part}}",
        },
        "lease_seconds": queue.lease_seconds,
        "parts": parts.addresses(),
        "known": guidelines.known_to(who.project.pk, who.user),
    }
    context = {
        "project": who.project,
        "queue": {"name": queue.title},
        "after_a_skip": ways.after_a_skip(queue),
        "desk": desk,
        "core": parts.CORE,
        "catalogue": catalogue.of(get_language() or "en"),
        "first": parts.first(who.project.pk),
    }
    return render(request, "labeling/workbench.html", context)
