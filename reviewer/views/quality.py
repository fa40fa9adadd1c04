"""How good models and reviewers are: every number with its interval and its count."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access, replica
from reviewer import figures, quality, slices, standing

if TYPE_CHECKING:
    from projects.models import Project

WINDOWS: dict[str, int | None] = {
    **{str(days): days for days in quality.WINDOWS},
    "all": None,
}


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    at = timezone.now()
    chosen = window(request)
    days = WINDOWS[chosen]
    try:
        with replica.results():
            shown = figures.of_project(who.project, at, days)
    except figures.StillCounting:
        shown = None
    context = {
        "project": who.project,
        "shown": shown,
        "leads": who.may(access.LEAD),
        "window": chosen,
        "windows": WINDOWS,
        "method": _(quality.METHOD),
        "pauses": standing.pauses(who.project),
        "skilled": standing.skilled(who.project) if who.may(access.LEAD) else [],
        "at": at,
        **_slices(request, who.project, at, days),
    }
    return render(request, "reviewer/quality.html", context)


def window(request: HttpRequest) -> str:
    """The key of WINDOWS that was asked for; what is none of them is the usual one."""
    asked = request.GET.get("days", "")
    return asked if asked in WINDOWS else str(quality.DEFAULT_DAYS)


def _slices(
    request: HttpRequest, project: Project, at: datetime, days: int | None
) -> dict[str, Any]:
    """The form of slices, and what it asked for."""
    by, together = request.GET.get("slice", ""), "together" in request.GET
    with replica.results():
        keys = [f"{slices.METADATA}{key}" for key in slices.keys(project)]
        try:
            sliced = by and slices.of_project(project, by, at, days, together=together)
        except slices.NoSuchKey:
            sliced = None
    return {"keys": keys, "by": by, "together": together, "sliced": sliced}
