"""Endpoints of a project: what they sent, what was refused and why, how to post."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling import samples, versions
from projects import access, replica
from projects.refused import NotFound
from reviewer import arrivals, mending
from reviewer.views.acts import act

if TYPE_CHECKING:
    from reviewer.models import Endpoint

SPANS = {"24h": 24, "7d": 24 * 7}


@require_safe
def endpoints(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    at = timezone.now()
    found = arrivals.endpoints_of(who.project)
    span = _span(request)
    with replica.results():
        counted = arrivals.of_endpoints(found, at, SPANS[span])
    context = {
        "project": who.project,
        "endpoints": counted,
        "span": span,
        "spans": SPANS,
        "lost": arrivals.letters(who.project),
        "leads": who.may(access.LEAD),
        "full": arrivals.letters_are_full(who.project),
    }
    return render(request, "reviewer/endpoints.html", context)


@require_safe
def endpoint(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    at = timezone.now()
    found = arrivals.endpoints_of(who.project)
    one = next((each for each in found if each.name == name), None)
    if one is None:
        raise NotFound("There is no such endpoint in this project.")
    with replica.results():
        day, week = (
            arrivals.of_endpoints([one], at, hours)[0] for hours in arrivals.HOURS
        )
    context = {
        "project": who.project,
        "endpoint": one,
        "windows": [(_("last 24 hours"), day), (_("last 7 days"), week)],
        "letters": arrivals.letters(who.project, one.name),
        "leads": who.may(access.LEAD),
        "full": arrivals.letters_are_full(who.project),
        "url": request.build_absolute_uri(
            f"/api/v1/projects/{who.project.slug}/predictions"
        ),
        "example": shlex.quote(json.dumps(_example(one), indent=2, ensure_ascii=False)),
    }
    return render(request, "reviewer/endpoint.html", context)


def _list(slug: str, *_more: object, **_named: object) -> str:
    return reverse("endpoints", args=[slug])


@act(_list)
def send_again(request: HttpRequest, slug: str, letter_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    text = request.POST.get("row", "")
    taken = mending.send_again(who.project, letter_id, text, who.user)
    if taken.duplicate:
        said = _("%(id)s had been sent already; nothing was kept twice.")
        return said % {"id": taken.inference_id}
    said = _("%(id)s was taken in: %(verdict)s. %(reason)s")
    return said % {
        "id": taken.inference_id,
        "verdict": taken.verdict,
        "reason": taken.reason,
    }


@act(_list)
def put_away(request: HttpRequest, slug: str, letter_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    mending.put_away(who.project, letter_id, who.user)
    return _("The refused row is put away.")


def _span(request: HttpRequest) -> str:
    wanted = request.GET.get("window", "24h")
    return wanted if wanted in SPANS else "24h"


def _example(endpoint: Endpoint) -> dict[str, Any]:
    """A row that would be taken in, after the endpoint's own schema."""
    version = versions.latest(endpoint.schema_id)
    fields = versions.fields(version.pk) if version else ()
    questions = versions.questions(version.pk) if version else ()
    payload = samples.payload(questions, fields)
    return {
        "inference_id": "example-1",
        "endpoint": endpoint.name,
        "model": {"name": "my-model", "version": "1"},
        "input": payload,
        "output": samples.output(questions, payload),
    }
