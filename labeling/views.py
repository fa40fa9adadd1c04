"""Hands what a task refers to to the person who holds a link to it."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request

from labeling.media import links, opening, serving
from projects import access


@extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
@api_view(["GET", "HEAD"])
def media(request: Request, project: str, token: str) -> HttpResponseBase:
    """The link alone gives nothing: it is one person's, who must still be a member."""
    who = access.member(request, project, access.REVIEW)
    now = timezone.now()
    link = links.read(token, who.project, who.user, now)
    opened = opening.behind(link, who.project, who.user, now)
    return serving.answer(opened, str(request.method), request.headers)
