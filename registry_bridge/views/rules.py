"""The rules of promotions: who must agree, how a new version is brought in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access, stamps
from projects.refused import DoesNotFit, FieldProblem
from projects.typed import Typed
from registry_bridge import promotion_rules
from registry_bridge.models import RegisteredModel
from reviewer.views.acts import act, number, reason, text

LONGEST_CHOICE = 13


@require_safe
def one(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    models = RegisteredModel.objects.select_related("roll_back_set_by")
    model = models.filter(project=who.project).first()
    context = {
        "project": who.project,
        "model": model,
        "stamp": stamps.of(promotion_rules.values(model)) if model else "",
        "margin": _percent(model.watch_margin) if model else "",
        "roll_backs": RegisteredModel.RollBack.choices,
        "may_own": who.may(access.OWN),
        "approvals": RegisteredModel.Approvals.choices,
    }
    return render(request, "registry_bridge/rules.html", context)


def _percent(share: float) -> str:
    """As a field for numbers takes it, in every language."""
    return f"{round(share * 100, 1):g}"


def _share(request: HttpRequest) -> float:
    given = Typed(request.POST.dict()).number("watch_margin")
    if isinstance(given, int | float):
        return round(given / 100, 4)
    problem = "must be a number of percent"
    raise DoesNotFit(
        f"The watch_margin {problem}.",
        errors=[FieldProblem(field="watch_margin", problem=problem)],
    )


def _page(slug: str) -> str:
    return reverse("promotion-rules", args=[slug])


@act(_page)
def change(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.OWN)
    access.require_person(who)
    wanted = {
        "approvals": text(request, "approvals", LONGEST_CHOICE),
        "canary_percent": number(
            request, "canary_percent", 0, promotion_rules.MOST_PERCENT
        ),
        "canary_calls": number(request, "canary_calls", 1, promotion_rules.MOST_CALLS),
        "canary_minutes": number(
            request, "canary_minutes", 1, promotion_rules.MOST_MINUTES
        ),
        "watch_days": number(request, "watch_days", 0, promotion_rules.MOST_DAYS),
        "watch_margin": _share(request),
        "roll_back": text(request, "roll_back", LONGEST_CHOICE),
    }
    why = reason(request)
    shown = request.POST.get(stamps.FIELD)
    promotion_rules.change(who.project, wanted, by=who.user, reason=why, shown=shown)
    return _("These rules hold from now on, also for what is proposed already.")
