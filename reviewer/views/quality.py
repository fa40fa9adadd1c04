"""How good models and reviewers are: every number with its interval and its count."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects import access, replica
from reviewer import figures, quality, standing

WINDOWS: dict[str, int | None] = {
    **{str(days): days for days in quality.WINDOWS},
    "all": None,
}


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    at = timezone.now()
    window = request.GET.get("days", str(quality.DEFAULT_DAYS))
    window = window if window in WINDOWS else str(quality.DEFAULT_DAYS)
    days = WINDOWS[window]
    try:
        with replica.results():
            shown = figures.of_project(who.project, at, days)
    except figures.StillCounting:
        shown = None
    context = {
        "project": who.project,
        "shown": shown,
        "leads": who.may(access.LEAD),
        "window": window,
        "windows": WINDOWS,
        "method": quality.METHOD,
        "skilled": standing.skilled(who.project) if who.may(access.LEAD) else [],
        "at": at,
    }
    return render(request, "reviewer/quality.html", context)
