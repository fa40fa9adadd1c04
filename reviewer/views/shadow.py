"""The shadow policy beside the one in use, day by day; adopting it or ending it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling.text_diff import lines
from projects import access
from reviewer import policies_in_use, policy_versions, shadows
from reviewer.models import ShadowPolicy
from reviewer.replaying import window
from reviewer.views.acts import act, number, reason
from reviewer.views.policy import LARGEST


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    shadow = shadows.in_force(who.project)
    active = policies_in_use.active(who.project)
    context: dict[str, object] = {
        "project": who.project,
        "shadow": shadow,
        "active": active,
        "ended": shadows.ended(who.project),
        "may_edit": who.may(access.LEAD),
    }
    if shadow is not None:
        text = policy_versions.written(shadow.rules)
        before = policy_versions.as_yaml(active) if active else ""
        context |= {"differences": lines(before, text), **_compared(shadow)}
    return render(request, "reviewer/policy_shadow.html", context)


def _compared(shadow: ShadowPolicy) -> dict[str, object]:
    try:
        return {"compared": shadows.compare(shadow, timezone.now())}
    except window.StillReading as reading:
        return {"reading": reading}
    except window.NothingToReplay:
        # the page says that no prediction has come
        return {}


def _page(slug: str) -> str:
    return reverse("policy-shadow", args=[slug])


def _policy(slug: str) -> str:
    return reverse("policy", args=[slug])


@act(_policy)
def adopt(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    saved = shadows.adopt(
        who.project,
        by=who.user,
        reason=reason(request),
        based_on=number(request, "based_on", 0, LARGEST),
    )
    return _("%(policy)s routes new predictions from now on.") % {"policy": saved}


@act(_page)
def end(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    shadows.end(who.project, by=who.user, reason=reason(request))
    return _("The shadow policy has ended, without effect.")
