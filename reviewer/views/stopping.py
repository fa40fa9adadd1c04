"""The stop switch on pages: one click with a reason, and another one to end it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from projects import access
from projects.refused import Malformed
from reviewer import stops
from reviewer.models import Stop
from reviewer.views.acts import act, reason


def _policy(slug: str) -> str:
    return reverse("policy", args=[slug])


@act(_policy)
def begin(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    mode = request.POST.get("mode", Stop.Mode.REVIEW)
    if mode not in Stop.Mode.values:
        raise Malformed("mode is review or hold.")
    stops.begin(who.project, by=who.user, reason=reason(request), mode=mode)
    return _("Stopped. Nothing is accepted unseen until a lead ends it.")


@act(_policy)
def end(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    stops.end(who.project, by=who.user, reason=reason(request))
    return _("The stop has ended. The policy decides again.")
