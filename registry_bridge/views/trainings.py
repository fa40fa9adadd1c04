"""Trainings: what was trained on what, how it ended, and starting one by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from projects import access, stamps
from projects.refused import NotFound
from registry_bridge import (
    evidence,
    gates,
    plans,
    repeating,
    retraining,
    scheduling,
    study_in_the_way,
    triggers,
)
from registry_bridge.models import (
    Promotion,
    RegisteredModel,
    Training,
)
from registry_bridge.views.links import Links
from reviewer.views.acts import act, number

if TYPE_CHECKING:
    from projects.models import Project

PER_PAGE = 25
State = Training.State
WEEKDAYS = tuple(
    zip(
        plans.WEEKDAYS,
        (
            *(gettext_lazy("Mondays"), gettext_lazy("Tuesdays")),
            *(gettext_lazy("Wednesdays"), gettext_lazy("Thursdays")),
            *(gettext_lazy("Fridays"), gettext_lazy("Saturdays")),
            gettext_lazy("Sundays"),
        ),
        strict=True,
    )
)


@require_safe
def trainings(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    model = RegisteredModel.objects.filter(project=who.project).first()
    found = Training.objects.filter(project=who.project).defer(
        "evidence", "log_tail", "metrics", "hyperparameters"
    )
    found = found.select_related("snapshot", "started_by", "gate").order_by("-pk")
    context = {
        "project": who.project,
        "model": model,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "under_way": Training.objects.under_way().filter(project=who.project).exists(),
        "gates": gates.last_looks(who.project),
        "may_lead": who.may(access.LEAD),
        **(_plan(model) if model else {}),
    }
    return render(request, "registry_bridge/trainings.html", context)


def _plan(model: RegisteredModel) -> dict[str, object]:
    """When the next starts by itself, or why it does not."""
    at = timezone.now()
    failures = triggers.failed_in_a_row(model)
    why_not = triggers.why_not(model, at)
    failed = Training.objects.filter(project=model.project_id, state=State.FAILED)
    return {
        "plan": plans.of(model),
        "plan_stamp": stamps.of(model.retraining),
        "weekdays": WEEKDAYS,
        "due": scheduling.due(model),
        "now": at,
        "used": triggers.used(model, at),
        "why_not": why_not,
        # a running study is one of the reasons
        "in_the_way": study_in_the_way.of(model.project, at) if why_not else None,
        "must_look": failures >= triggers.MOST_FAILURES,
        "last_failed": failed.order_by("-pk").first() if failures else None,
    }


@require_safe
def one(request: HttpRequest, slug: str, training_id: int) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = _training(who.project, training_id)
    models = RegisteredModel.objects.select_related("connection")
    model = models.filter(project=who.project).first()
    promotions = found.promotions.defer("evidence").order_by("-pk")
    context = {
        "project": who.project,
        "training": found,
        "model": model,
        "links": Links(model),
        "evidence": evidence.read(found.evidence) if found.evidence else None,
        "promotions": promotions,
        "repetitions": found.repetitions.order_by("-pk"),
        "may_repeat": who.may(access.LEAD) and repeating.may(found),
        "may_lead": who.may(access.LEAD),
        "may_propose": who.may(access.LEAD) and _may_propose(found, model),
    }
    return render(request, "registry_bridge/training.html", context)


def _may_propose(found: Training, model: RegisteredModel | None) -> bool:
    if model is None or not model.champion or found.version in ("", model.champion):
        return False
    return not Promotion.objects.open().filter(project=found.project_id).exists()


def _training(project: Project, training_id: int) -> Training:
    rows = Training.objects.select_related("snapshot", "started_by", "gate", "repeats")
    found = rows.filter(project=project, pk=training_id).first()
    if found is None:
        raise NotFound("There is no such training in this project.")
    return found


def _list(slug: str, **_named: object) -> str:
    return reverse("trainings", args=[slug])


@act(_list)
def start(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    if request.POST.get("first") == "1":
        started = retraining.first_model(who.project, by=who.user)
    else:
        started = retraining.start(who.project, by=who.user)
    return _("The training %(training)s is asked for.") % {"training": started}


@act(_list)
def change_plan(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    shown = request.POST.get(stamps.FIELD)
    if plans.change(who.project, _section(request), who.user, shown):
        return _("Trainings start by themselves as you said.")
    return _("Nothing was changed.")


def _section(request: HttpRequest) -> dict[str, object]:
    """The form as the section of a project's file that says the same."""
    section: dict[str, object] = {}
    schedule = request.POST.get("schedule", "")
    if schedule == "days":
        section["every"] = f"{number(request, 'days', 1, plans.LONGEST_DAYS)} days"
    elif schedule:
        hour = number(request, "hour", 0, 23)
        section["every"] = {"weekday": schedule, "hour": hour}
    for name, most in plans.NUMBERS.items():
        if request.POST.get(name, "").strip():
            section[name] = number(request, name, 1, most)
    return section


@act(_list)
def looked(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    triggers.looked(who.project, who.user)
    return _("Trainings may start by themselves again.")


def _page(slug: str, training_id: int) -> str:
    return reverse("training", args=[slug, training_id])


@act(_page)
def again(request: HttpRequest, slug: str, training_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    started = retraining.again(_training(who.project, training_id), who.user)
    said = _("Attempt %(attempt)s is asked for: %(training)s.")
    return said % {"attempt": started.attempt, "training": started}


@act(_page)
def repeat(request: HttpRequest, slug: str, training_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    started = repeating.again(_training(who.project, training_id), who.user)
    said = _("It is run again as %(training)s; its page will say whether it agrees.")
    return said % {"training": started}
