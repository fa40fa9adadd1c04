"""Open tasks on older versions of a schema: how many can move, what fits no more, and the button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from labeling.models import SchemaVersion
from projects import access
from projects.refused import Conflict, NotFound
from reviewer import moving


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    versions = SchemaVersion.objects.select_related("schema__project")
    mine = versions.filter(schema__project=who.project, schema__name=name)
    newest = mine.order_by("-number").first()
    if newest is None:
        raise NotFound("There is no such schema in this project.")
    if request.method != "POST":
        context = {
            "project": who.project,
            "schema": newest.schema,
            "newest": newest,
            "preview": moving.preview(newest),
        }
        return render(request, "reviewer/moving.html", context)
    if request.POST.get("to") != str(newest.number):
        raise Conflict("A newer version was saved meanwhile. Look at it first.")
    moved = moving.start(newest, who.user)
    if moved is None:
        messages.success(request, "The tasks are being moved; that takes some minutes.")
    else:
        tasks = "task follows" if moved == 1 else "tasks follow"
        messages.success(request, f"{moved} open {tasks} version {newest.number} now.")
    return redirect("schema", slug, name)
