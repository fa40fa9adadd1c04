"""One reviewer as leads see them: skill, pace, leaning on the model, alarms and pauses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from reviewer import portrait, standing
from reviewer.views.acts import act
from reviewer.views.quality import WINDOWS, window


@require_safe
def page(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    user = standing.member(who.project, user_id)
    at, chosen = timezone.now(), window(request)
    context = {
        "project": who.project,
        "person": portrait.of_person(who.project, user, at, WINDOWS[chosen]),
        "window": chosen,
        "windows": WINDOWS,
        "pauses": standing.pauses(who.project),
        "at": at,
    }
    return render(request, "reviewer/person.html", context)


def _person(slug: str, user_id: int, *_more: object) -> str:
    return reverse("reviewer", args=[slug, user_id])


@act(_person)
def close_alarms(request: HttpRequest, slug: str, user_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    user = standing.close_alarms(who.project, user_id, by=who.user)
    return _("What was told of %(user)s is put away.") % {"user": user}


def _reviewers(slug: str, *_more: object) -> str:
    return f"{reverse('quality', args=[slug])}#reviewers"


@act(_reviewers)
def set_pauses(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    pauses = request.POST.get("pauses") == "1"
    standing.set_pauses(who.project, pauses, by=who.user)
    if pauses:
        return _("An alarm pauses the person from now on.")
    return _("An alarm pauses nobody from now on.")
