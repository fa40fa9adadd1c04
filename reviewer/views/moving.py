"""Open tasks on older versions of a schema: how many can move, what fits no more, and the button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
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
        said = _("The tasks are being moved; that takes some minutes.")
    else:
        said = ngettext(
            "%(n)s open task follows version %(version)s now.",
            "%(n)s open tasks follow version %(version)s now.",
            moved,
        ) % {"n": moved, "version": newest.number}
    messages.success(request, said)
    return redirect("schema", slug, name)
