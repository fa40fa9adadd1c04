"""Quality over time: accuracy and drift by day or week, and how far confidence is to be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects import access, replica
from reviewer import csv_files, figures, quality, trends, trends_shown
from reviewer.models import Trend, VersionPeriod

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project
    from reviewer.quality import VersionQuality

Unit = VersionPeriod.Unit


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    who = access.member(request, slug, access.READ_RESULTS)
    at, asked = timezone.now(), request.GET.get("unit", "")
    unit = asked if asked in Unit.values else Unit.WEEK
    with replica.results():
        shown = trends_shown.of(trends.of_project(who.project, unit, at), unit)
        versions, as_of = _versions(who.project, at)
    if request.GET.get("format") == "csv":
        return _csv(request, slug, shown, versions or [])
    context: dict[str, Any] = {
        "project": who.project,
        "unit": unit,
        "units": Unit.choices,
        "shown": shown,
        "described": trends_shown.described(shown),
        "curves": None if versions is None else trends_shown.curves(versions),
        "as_of": as_of,
        "days": quality.DEFAULT_DAYS,
        "trend": Trend.objects.filter(project=who.project).first(),
        "limit": trends.limit(unit),
        "least": trends.LEAST_PSI,
    }
    return render(request, "reviewer/trends.html", context)


def _versions(
    project: Project, at: datetime
) -> tuple[list[VersionQuality] | None, datetime | None]:
    """None while they are computed for the first time."""
    try:
        return figures.of_versions(project, at, quality.DEFAULT_DAYS)
    except figures.StillCounting:
        return None, None


def _csv(
    request: HttpRequest,
    slug: str,
    shown: trends_shown.Shown,
    versions: list[VersionQuality],
) -> HttpResponseBase:
    if request.GET.get("table") == "calibration":
        rows = trends_shown.curve_rows(versions)
        return csv_files.answer(f"{slug}-calibration", trends_shown.CURVE_COLUMNS, rows)
    rows = trends_shown.time_rows(shown)
    return csv_files.answer(f"{slug}-quality", trends_shown.TIME_COLUMNS, rows)
