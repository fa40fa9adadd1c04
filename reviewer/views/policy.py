"""The routing policy: what it does in words, who changed it when and why, and what may be done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from reviewer import (
    budgets_shown,
    policies_in_use,
    policy_versions,
    promises_shown,
    shadows,
    stops,
)
from reviewer.views.acts import act, number, reason

LARGEST = 2**31 - 1


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    active, at = policies_in_use.active(who.project), timezone.now()
    context = {
        "project": who.project,
        "active": active,
        "rules": policies_in_use.read(active) if active else None,
        "sentences": policy_versions.in_words(active) if active else [],
        "shown": promises_shown.of_policy(active, at) if active else None,
        "budget": budgets_shown.of_policy(active, at) if active else None,
        "history": policy_versions.history(who.project),
        "shadow": shadows.in_force(who.project),
        "stop": stops.in_force(who.project),
        "stops": stops.history(who.project),
        "may_edit": who.may(access.LEAD),
    }
    return render(request, "reviewer/policy.html", context)


def _page(slug: str, policy_id: int = 0) -> str:
    return reverse("policy", args=[slug])


@act(_page)
def roll_back(request: HttpRequest, slug: str, policy_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    saved, version = policy_versions.roll_back(
        who.project,
        policy_id,
        by=who.user,
        reason=reason(request),
        based_on=number(request, "based_on", 0, LARGEST),
    )
    said = _("%(policy)s has the rules of version %(n)s and routes new predictions.")
    return said % {"policy": saved, "n": version}
