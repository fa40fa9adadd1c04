"""Withdrawing a person's answers: first what it would change, then the button."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import DoesNotFit, FieldProblem
from registry_bridge import tracing
from registry_bridge.models import RegisteredModel, SnapshotReviewer, Training
from reviewer import standing, withdrawing
from reviewer.models import Withdrawal
from reviewer.unsettling import Fate
from reviewer.views.acts import act, reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from projects.models import Project, User

FATES = (
    (Fate.SAME, gettext_lazy("keep their value by the others’ answers")),
    (Fate.CHANGED, gettext_lazy("get another value by the others’ answers")),
    (Fate.REOPENED, gettext_lazy("go back to their queue, without a value until then")),
    (Fate.DISPUTED, gettext_lazy("go to an adjudicator, since the others differ")),
    (Fate.NOTHING, gettext_lazy("have no value that rests on this person")),
    (Fate.STUCK, gettext_lazy("keep their value, since their queue is gone")),
)
MOST_SNAPSHOTS = 10
MOST_EARLIER = 10


@require_safe
def page(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    user = standing.member(who.project, user_id)
    since = _since(request.GET)
    shown = withdrawing.preview(who.project, user, since)
    context = {
        "project": who.project,
        "person": user,
        "since": since,
        "preview": shown,
        "fates": told(shown.fates),
        "earlier": _earlier(who.project, user),
        **_reach(who.project, user, since),
    }
    return render(request, "registry_bridge/withdrawal.html", context)


def told(counts: Mapping[str, int]) -> list[tuple[int, str]]:
    """How many answers are to tasks of each fate, in words."""
    return [(counts[fate], str(words)) for fate, words in FATES if counts.get(fate)]


def _earlier(project: Project, user: User) -> list[tuple[Withdrawal, list[str]]]:
    found = Withdrawal.objects.filter(project=project, user=user)
    newest = found.select_related("asked_by").order_by("-pk")[:MOST_EARLIER]
    return [
        (each, [f"{intcomma(n)} {words}" for n, words in told(each.counts)])
        for each in newest
    ]


def _reach(project: Project, user: User, since: datetime | None) -> dict[str, object]:
    """What was made of rows that rest on this person; frozen later than these answers."""
    rows = SnapshotReviewer.objects.filter(user=user, snapshot__project=project)
    if since is not None:
        rows = rows.filter(snapshot__created_at__gte=since)
    model = RegisteredModel.objects.filter(project=project).first()
    touched = tracing.of_reviewer(project, user, most=MOST_SNAPSHOTS)
    return {
        "model": model,
        "snapshots": rows.count(),
        "touched": [
            each
            for each in touched
            if since is None or each.snapshot.created_at >= since
        ],
        "champion_rows": _champion_rows(project, model, rows),
    }


def _champion_rows(
    project: Project,
    model: RegisteredModel | None,
    rows: QuerySet[SnapshotReviewer],
) -> int:
    """Rows of theirs that the version in use was trained on."""
    if model is None or not model.champion:
        return 0
    made = Training.objects.filter(
        project=project, version=model.champion, snapshot__in=rows.values("snapshot")
    )
    theirs = rows.filter(snapshot__in=made.values("snapshot"))
    return theirs.aggregate(rows=Sum("train"))["rows"] or 0


def _back(slug: str, user_id: int) -> str:
    return reverse("withdrawal", args=[slug, user_id])


@act(_back)
def start(request: HttpRequest, slug: str, user_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    since, why = _since(request.POST), reason(request)
    if request.POST.get("sure") != "1":
        raise DoesNotFit(
            "Tick the box: this cannot be taken back.",
            errors=[FieldProblem(field="sure", problem="must be ticked")],
        )
    asked = withdrawing.start(
        who.project, user_id, since=since, by=who.user, reason=why
    )
    return _("The answers of %(user)s are being withdrawn.") % {"user": asked.user}


def _since(given: Mapping[str, str]) -> datetime | None:
    """Midnight (UTC) of the day that was chosen; None: from the first answer on."""
    text = given.get("since", "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise DoesNotFit(
            "Write the day as 2026-11-27.",
            errors=[FieldProblem(field="since", problem="must be a day")],
        ) from error
    return datetime.combine(day, time.min, UTC)
