"""Operations: what waits for outside systems, what died and why, sending it round again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotAllowed
from registry_bridge import operations
from reviewer.views.acts import act, reason

if TYPE_CHECKING:
    from projects.models import User


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """For staff: all projects, and work that belongs to none."""
    _staff(request)
    context = {"operations": operations.overview(None, timezone.now()), "project": None}
    return render(request, "registry_bridge/operations.html", context)


@require_safe
def of_project(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    context = {
        "operations": operations.overview([who.project], timezone.now()),
        "project": who.project,
    }
    return render(request, "registry_bridge/operations.html", context)


def _staff(request: HttpRequest) -> User:
    user = access.signed_in(request)
    if not user.is_staff:
        raise NotAllowed("This page is for those who run the service.")
    return user


@act(lambda **_named: reverse("operations"))
def revive_any(request: HttpRequest, job_id: int) -> str:
    user = _staff(request)
    return _said(operations.revive(job_id, user, None, reason(request)).handler)


@act(lambda slug, **_named: reverse("project-operations", args=[slug]))
def revive(request: HttpRequest, slug: str, job_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    job = operations.revive(job_id, who.user, who.project, reason(request))
    return _said(job.handler)


def _said(handler: str) -> str:
    said = _("%(handler)s goes round again; its attempts are counted anew.")
    return said % {"handler": handler.rpartition(".")[2]}
