"""A connection is tried, and the page says which permission is missing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from projects import access
from projects.models import Connection
from projects.refused import NotFound
from registry_bridge import trying


@require_POST
def attempt(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    kept = Connection.objects.filter(project=who.project, pk=pk).first()
    if kept is None:
        raise NotFound("There is no such connection in this project.")
    context = {
        "project": who.project,
        "connection": kept,
        "findings": trying.permissions(kept),
    }
    return render(request, "registry_bridge/connection.html", context)
