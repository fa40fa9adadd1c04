"""My work: my pace, my agreement, what came back to me. Nobody else opens this page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects import access
from projects.models import Membership
from reviewer import my_work, portrait, quality, scorecards, sent_back, workload
from reviewer.views.desk import my_queues


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.REVIEW)
    at = timezone.now()
    membership = Membership(project=who.project, user=who.user, role=who.role)
    context = {
        "project": who.project,
        "today": scorecards.today(who.user, at),
        "queues": my_queues(who.user, [membership], at),
        "measured": portrait.measured(who.project, who.user, at, quality.DEFAULT_DAYS),
        "days": my_work.days(who.user, who.project, at),
        "kept_days": my_work.DAYS,
        "sent_back": my_work.sent_back(who.user, who.project),
        "waiting": sent_back.of_person(who.user, [who.project.pk]),
        "flags": workload.my_flags(
            who.user,
            at,
            days=my_work.DAYS,
            most=my_work.MOST_FLAGS,
            project=who.project,
        ),
        "answers": my_work.answers(who.user, who.project),
        "most": my_work.MOST_ANSWERS,
        "at": at,
    }
    return render(request, "reviewer/mine.html", context)
