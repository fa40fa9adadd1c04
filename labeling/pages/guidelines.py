"""The guideline beside a task: the text, what changed of it, and that somebody has read it."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from labeling import guidelines, rendering
from projects import access

if TYPE_CHECKING:
    from labeling.models import SchemaVersion


@require_safe
def text(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """The guideline as a piece of a page; a version's text never changes."""
    version = _version(request, slug, version_id)
    html = rendering.guideline_html(version.guideline)
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag, response=HttpResponse(html))
    assert response is not None  # noqa: S101 (it was given one)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def changes(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """What the caller must read before a task of this version; nothing: 204."""
    version = _version(request, slug, version_id)
    news = guidelines.news(version, access.signed_in(request))
    if news is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"news": news, "guideline": rendering.guideline_html(version.guideline)}
    response = render(request, "labeling/_news.html", context)
    patch_cache_control(response, no_store=True)
    return response


@require_POST
def acknowledge(request: HttpRequest, slug: str, version_id: int) -> JsonResponse:
    version = _version(request, slug, version_id)
    guidelines.acknowledge(version, access.signed_in(request))
    return JsonResponse({"read": version.pk})


def _version(request: HttpRequest, slug: str, version_id: int) -> SchemaVersion:
    who = access.member(request, slug, access.REVIEW)
    return guidelines.of_project(who.project.pk, version_id)
