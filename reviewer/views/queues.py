"""Queues of a project: their state, and what a lead does about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_safe

from projects import access
from projects.models import Membership
from projects.refused import Conflict, Malformed, NotFound
from reviewer import flags, overlap, queueing, standing, ways, workload
from reviewer.models import Queue, QueueItem
from reviewer.queue_settings import EXPERTS
from reviewer.views.acts import act, number, reason
from reviewer.views.desk import my_queues

if TYPE_CHECKING:
    from projects.models import Project

FLAG_ACTS = {
    "return": (flags.give_back, gettext_noop("Task %(n)s waits in the queue again.")),
    "adjudicate": (
        flags.send_to_adjudication,
        gettext_noop("Task %(n)s is with the adjudicators."),
    ),
    "withdraw": (flags.withdraw, gettext_noop("Task %(n)s is withdrawn.")),
}


@require_safe
def queues(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.REVIEW)
    at = timezone.now()
    membership = Membership(project=who.project, user=who.user, role=who.role)
    context = {
        "project": who.project,
        "mine": my_queues(who.user, [membership], at),
        "leads": who.may(access.LEAD),
        "at": at,
    }
    if who.may(access.LEAD):
        found = workload.in_project(who.project)
        context["queues"] = workload.of_queues(found, at)
    return render(request, "reviewer/queues.html", context)


@require_safe
def queue(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    found = _queue(who.project, queue_id)
    at = timezone.now()
    (state,) = workload.of_queues([found], at)
    context = {
        "project": who.project,
        "queue": found,
        "state": state,
        "flagged": workload.set_aside(found),
        "leases": workload.leases(found, at),
        "waiting": workload.waiting(found),
        "ways": ways.choices(found),
        "so_far": overlap.so_far(found),
        "sure_percent": overlap.as_percent(found.sure),
        "at": at,
    }
    return render(request, "reviewer/queue.html", context)


def _queue(project: Project, queue_id: int) -> Queue:
    queues = Queue.objects.select_related("project")
    found = queues.filter(project=project, pk=queue_id).first()
    if found is None:
        raise NotFound("There is no such queue in this project.")
    return found


def _page(slug: str, queue_id: int, *_more: object, **_named: object) -> str:
    return reverse("queue", args=[slug, queue_id])


@act(_page)
def pause(request: HttpRequest, slug: str, queue_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    found = _queue(who.project, queue_id)
    paused = request.POST.get("paused") == "1"
    queueing.pause(found, who.user, paused=paused, reason=reason(request))
    if paused:
        said = _("%(queue)s is paused. Answers under way are still taken.")
    else:
        said = _("%(queue)s goes on.")
    return said % {"queue": found}


@act(_page)
def change_ways(request: HttpRequest, slug: str, queue_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    found = _queue(who.project, queue_id)
    keys = (*ways.KEYS, EXPERTS)
    wanted = {key: request.POST[key] for key in keys if key in request.POST}
    changed = ways.change(found, wanted, who.user)
    if not changed:
        return _("Nothing was changed.")
    return _("%(queue)s works like this from the next task on.") % {"queue": found}


@act(_page)
def change_overlap(request: HttpRequest, slug: str, queue_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    found = _queue(who.project, queue_id)
    if not overlap.change(found, overlap.read(request.POST.dict()), who.user):
        return _("Nothing was changed.")
    return _("%(queue)s asks for so many answers from now on.") % {"queue": found}


@act(_page)
def flagged(
    request: HttpRequest, slug: str, queue_id: int, item_id: int, verb: str
) -> str:
    who = access.member(request, slug, access.LEAD)
    found = _queue(who.project, queue_id)
    if verb not in FLAG_ACTS:
        raise NotFound("A flagged task can be returned, sent on or withdrawn.")
    function, said = FLAG_ACTS[verb]
    function(found, item_id, who.user, reason(request))
    return _(said) % {"n": _item(found, item_id).task_id}


@act(_page)
def priority(request: HttpRequest, slug: str, queue_id: int, item_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    item = _item(_queue(who.project, queue_id), item_id)
    wanted = number(request, "priority", -100, 100)
    if item.state != QueueItem.State.OPEN:
        raise Conflict("Only a waiting task can be moved. Load the page again.")
    queueing.set_priority(item, wanted, who.user)
    said = _("Task %(n)s has priority %(priority)s now.")
    return said % {"n": item.task_id, "priority": wanted}


def _item(queue: Queue, item_id: int) -> QueueItem:
    items = QueueItem.objects.select_related("queue__project")
    found = items.filter(queue=queue, pk=item_id).first()
    if found is None:
        raise NotFound("There is no such task in this queue.")
    return found


@act(_page)
def free(request: HttpRequest, slug: str, queue_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    _queue(who.project, queue_id)
    user = _person(request)
    freed = standing.free(who.project, user, by=who.user, reason=reason(request))
    said = ngettext(
        "%(n)s task waits for others now.", "%(n)s tasks wait for others now.", freed
    )
    return said % {"n": freed}


def _person(request: HttpRequest) -> int:
    given = request.POST.get("user", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise Malformed("Say which person, by number.")
    return int(given)


def _quality_page(slug: str, *_more: object, **_named: object) -> str:
    return f"{reverse('quality', args=[slug])}#reviewers"


def _skills_section(slug: str, *_more: object, **_named: object) -> str:
    return f"{reverse('quality', args=[slug])}#skills"


@act(_skills_section)
def set_skills(request: HttpRequest, slug: str, user_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    skills = request.POST.get("skills", "").split(",")
    user = standing.set_skills(who.project, user_id, skills, by=who.user)
    return _("The skills of %(user)s are kept.") % {"user": user}


@act(_quality_page)
def pause_reviewer(request: HttpRequest, slug: str, user_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    paused = request.POST.get("paused") == "1"
    user = standing.pause(
        who.project, user_id, by=who.user, paused=paused, reason=reason(request)
    )
    if paused:
        return _("%(user)s gets no more tasks.") % {"user": user}
    return _("%(user)s gets tasks again.") % {"user": user}
