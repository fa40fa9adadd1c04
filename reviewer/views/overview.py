"""A project at a glance: for leads what it needs and how it does, for reviewers their work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects import access, news
from projects.models import Membership
from projects.refused import NotAllowed
from reviewer import (
    arrivals,
    figures,
    policies_in_use,
    quality,
    scorecards,
    workload,
)
from reviewer.views.desk import my_queues

if TYPE_CHECKING:
    from datetime import datetime

    from projects.access import Member
    from projects.models import Project


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    who = _inside(request, slug)
    at = timezone.now()
    if who.may(access.READ_RESULTS):
        context = _for_leads(who, at)
        return render(request, "reviewer/overview.html", context)
    membership = Membership(project=who.project, user=who.user, role=who.role)
    context = {
        "project": who.project,
        "queues": my_queues(who.user, [membership], at),
        "today": scorecards.today(who.user, at),
        "at": at,
    }
    return render(request, "reviewer/my_project.html", context)


def _inside(request: HttpRequest, slug: str) -> Member:
    """Reviewers and leads; an endpoint's role works over the REST API alone."""
    try:
        return access.member(request, slug, access.REVIEW)
    except NotAllowed:
        return access.member(request, slug, access.READ_RESULTS)


def _for_leads(who: Member, at: datetime) -> dict[str, Any]:
    project = who.project
    endpoints = arrivals.endpoints_of(project)
    return {
        "project": project,
        "decisions": news.decisions([project], who.user),
        "happenings": news.happenings([project], who.user),
        "queues": workload.of_queues(workload.in_project(project), at),
        "mine": my_queues(
            who.user, [Membership(project=project, user=who.user, role=who.role)], at
        ),
        **_live(project, at),
        "endpoints": arrivals.of_endpoints(endpoints, at, 24),
        "policy": policies_in_use.active(project),
        "may_lead": who.may(access.LEAD),
        "days": quality.DEFAULT_DAYS,
        "at": at,
    }


def _live(project: Project, at: datetime) -> dict[str, Any]:
    try:
        versions, as_of = figures.of_versions(project, at, quality.DEFAULT_DAYS)
    except figures.StillCounting:
        return {"still_counting": True}
    return {"versions": versions[:3], "as_of": as_of}
