"""A challenger's study of disagreements: begin it, see how far it is, stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotFound
from registry_bridge import comparison, studies, studies_drawn, studies_shown
from registry_bridge.models import RegisteredModel, Study, Training
from reviewer import csv_files
from reviewer.views.acts import act, reason

if TYPE_CHECKING:
    from projects.models import Project
    from registry_bridge.studies_shown import Page


@require_safe
def one(request: HttpRequest, slug: str, training_id: int) -> HttpResponseBase:
    who = access.member(request, slug, access.READ_RESULTS)
    training = _training(who.project, training_id)
    model = RegisteredModel.objects.filter(project=who.project).first()
    study = _study(training)
    labels = comparison.labels_of(model) if model else ()
    page = studies_shown.read(study, labels) if study else None
    if page and request.GET.get("format") == "csv":
        rows = studies_drawn.rows(page)
        return csv_files.answer(
            f"{slug}-study-{page.study.pk}", studies_drawn.COLUMNS, rows
        )
    context = {
        "project": who.project,
        "training": training,
        "study": study,
        "page": page,
        **(_drawn(page) if page else {}),
        "may_lead": who.may(access.LEAD),
        "may_begin": study is None
        and who.may(access.LEAD)
        and studies_shown.may_begin(training, model),
    }
    return render(request, "registry_bridge/study.html", context)


def _drawn(page: Page) -> dict[str, Any]:
    points = studies_drawn.points(page.look)
    return {
        "plot": studies_drawn.plot(page.look, points),
        "points": studies_drawn.some(points),
        "forest": studies_drawn.slices(page),
    }


def _training(project: Project, training_id: int) -> Training:
    found = Training.objects.filter(project=project, pk=training_id).first()
    if found is None:
        raise NotFound("There is no such training in this project.")
    return found


def _study(training: Training) -> Study | None:
    rows = Study.objects.select_related("started_by", "promotion", "shadow__endpoint")
    return rows.filter(training=training).first()


def _page(slug: str, training_id: int) -> str:
    return reverse("study", args=[slug, training_id])


@act(_page)
def begin(request: HttpRequest, slug: str, training_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    training = _training(who.project, training_id)
    studies.begin(training, by=who.user, reason=reason(request))
    return _("The study has begun. It takes predictions that come from now on.")


@act(_page)
def stop(request: HttpRequest, slug: str, training_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    study = _found(who.project, training_id)
    studies.stop(study, by=who.user, reason=reason(request))
    return _("The study is stopped. What was drawn is still answered, and counts.")


@act(_page)
def go_on(request: HttpRequest, slug: str, training_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    study = _found(who.project, training_id)
    studies.go_on(study, by=who.user, reason=reason(request))
    return _("The study goes on, with predictions that come from now on.")


def _found(project: Project, training_id: int) -> Study:
    study = _study(_training(project, training_id))
    if study is None:
        raise studies.NotRunning("There is no study of this training.")
    return study
