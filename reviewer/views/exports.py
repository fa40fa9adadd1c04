"""Exports of a project: what was written, how far the others are, and having one written."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling.models import SchemaVersion
from projects import access
from projects.refused import NotFound
from reviewer.exports import asking, files, targets
from reviewer.exports.asking import Order
from reviewer.exports.formats import Wish
from reviewer.models import Endpoint, Export
from reviewer.models.export import Format
from reviewer.views.acts import act

PER_PAGE = 25
# An export has as many files as parts, Model Monitor's one for each hour.
SHOWN_FILES = 12
LINK_SECONDS = 60
PAYLOADS = {"": None, "1": True, "0": False}


@require_safe
def exports(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = Export.objects.filter(project=who.project).select_related("created_by")
    page = Paginator(found.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    going = (Export.State.WAITING, Export.State.RUNNING)
    context = {
        "project": who.project,
        "page": page,
        "going": any(each.state in going for each in page),
        "since": next((files.next_cursor(each) for each in page if each.until_xid), ""),
        "formats": Format.choices,
        "endpoints": Endpoint.objects.filter(project=who.project).order_by("name"),
        "questions": _questions(who),
        "shown_files": SHOWN_FILES,
        "may_lead": who.may(access.LEAD),
        "address": request.build_absolute_uri(f"/api/v1/projects/{slug}/labels"),
    }
    return render(request, "reviewer/exports.html", context)


def _questions(who: access.Member) -> list[str]:
    """Ids of the questions that the project's schemas ever asked."""
    asked = SchemaVersion.objects.filter(schema__project=who.project)
    found = asked.order_by("schema", "number").values_list("questions", flat=True)
    return list(dict.fromkeys(each["id"] for version in found for each in version))


@require_safe
def file(
    request: HttpRequest, slug: str, export_id: int, number: int
) -> HttpResponseRedirect:
    """One of its files, by an address of the object store that ends soon."""
    who = access.member(request, slug, access.READ_RESULTS)
    found = Export.objects.select_related("project").filter(project=who.project)
    export = found.filter(pk=export_id).first()
    if export is None or not 1 <= number <= len(export.files):
        raise NotFound("There is no such file, or it is not written yet.")
    key = str(export.files[number - 1]["key"])
    return HttpResponseRedirect(targets.of(export).store.sign(key, LINK_SECONDS))


def _list(slug: str, export_id: int = 0) -> str:
    return reverse("exports", args=[slug])


@act(_list)
def ask(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    given = request.POST
    wish = Wish(
        format=given.get("format", Format.JSONL),
        question=given.get("question", ""),
        endpoint=given.get("endpoint", ""),
        payload=PAYLOADS.get(given.get("payload", "")),
    )
    order = Order(
        wish,
        since=given.get("since", "").strip(),
        to=given.get("to", "").strip(),
        gzip=bool(given.get("gzip")),
    )
    export = asking.ask(who.project, order, who.user)
    said = _("%(export)s is being written. Its files appear below.")
    return said % {"export": export}


@act(_list)
def retry(request: HttpRequest, slug: str, export_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    export = asking.retry(who.project, export_id, who.user)
    if export is None:
        raise NotFound("There is no such export in this project.")
    return _("%(export)s goes on where it stopped.") % {"export": export}
