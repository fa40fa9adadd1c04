"""Lineage as pages: what a version is made of, and where a label or a person got to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotFound
from registry_bridge import composition, tracing
from registry_bridge.api.lineage import number, only
from registry_bridge.models import RegisteredModel, Snapshot
from registry_bridge.views import tables
from registry_bridge.views.links import Links
from reviewer import csv_files, standing

if TYPE_CHECKING:
    from projects.models import Project
    from registry_bridge.tracing import Touched


@require_safe
def version(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    model = _models(who.project).first()
    found = tracing.of_version(who.project, version)
    context = {
        "project": who.project,
        "model": model,
        "links": Links(model),
        "version": found,
        "snapshot": found.snapshot,
        "reviewers": found.reviewers,
        "withdrawals": found.withdrawals,
        "in_use": model is not None and model.champion == version,
        "may_lead": who.may(access.LEAD),
    }
    return render(request, "registry_bridge/version.html", context)


@require_safe
def rows(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = _snapshot(who.project, snapshot_id)
    wanted, after = only(request.GET), number(request.GET, "after") or 0
    labels = tracing.labels(found, wanted, after=after)
    context = {
        "project": who.project,
        "snapshot": found,
        "labels": labels,
        "only": wanted,
        "sides": found.items.model.Side.choices,
        "sources": tracing.Source.choices,
        "reviewers": tracing.reviewers(found),
        "after": after,
        "following": labels[-1].gold if len(labels) == tracing.PER_PAGE else None,
        "may_lead": who.may(access.LEAD),
    }
    return render(request, "registry_bridge/rows.html", context)


@require_safe
def rows_file(
    request: HttpRequest, slug: str, snapshot_id: int
) -> StreamingHttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = _snapshot(who.project, snapshot_id)
    labels = tracing.every_label(found, only(request.GET))
    name = f"{slug}-snapshot-{found.pk}-labels"
    return csv_files.answer(name, tables.LABELS, map(tables.label, labels))


@require_safe
def changes_file(
    request: HttpRequest, slug: str, snapshot_id: int
) -> StreamingHttpResponse:
    """What differs from the snapshot before."""
    who = access.member(request, slug, access.READ_RESULTS)
    found = _snapshot(who.project, snapshot_id)
    name = f"{slug}-snapshot-{found.pk}-changes"
    return csv_files.answer(name, tables.CHANGES, composition.changes(found))


@require_safe
def task(request: HttpRequest, slug: str, task_id: int) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    before = number(request.GET, "before")
    found = tracing.of_task(who.project, task_id, before=before)
    context = {"task_id": task_id, **_page(who.project, found)}
    return render(request, "registry_bridge/task_lineage.html", context)


@require_safe
def task_file(request: HttpRequest, slug: str, task_id: int) -> StreamingHttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = tracing.of_task(who.project, task_id, most=tracing.MOST)
    name = f"{slug}-task-{task_id}-lineage"
    return csv_files.answer(name, tables.TOUCHED, tables.touched(found))


@require_safe
def reviewer(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    user = standing.member(who.project, user_id)
    before = number(request.GET, "before")
    found = tracing.of_reviewer(who.project, user, before=before)
    context = {"person": user, **_page(who.project, found)}
    return render(request, "registry_bridge/reviewer_lineage.html", context)


@require_safe
def reviewer_file(
    request: HttpRequest, slug: str, user_id: int
) -> StreamingHttpResponse:
    who = access.member(request, slug, access.LEAD)
    user = standing.member(who.project, user_id)
    found = tracing.of_reviewer(who.project, user, most=tracing.MOST)
    name = f"{slug}-reviewer-{user_id}-lineage"
    return csv_files.answer(name, tables.TOUCHED, tables.touched(found))


def _page(project: Project, found: list[Touched]) -> dict[str, object]:
    is_full = len(found) == tracing.PER_PAGE
    model = _models(project).first()
    return {
        "project": project,
        "model": model,
        "touched": found,
        "following": found[-1].snapshot.pk if is_full else None,
    }


def _models(project: Project) -> QuerySet[RegisteredModel]:
    models = RegisteredModel.objects.select_related("connection")
    return models.filter(project=project)


def _snapshot(project: Project, snapshot_id: int) -> Snapshot:
    found = Snapshot.objects.filter(project=project, pk=snapshot_id).first()
    if found is None:
        raise NotFound("There is no such snapshot in this project.")
    return found
