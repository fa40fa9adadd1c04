"""Schemas of a project: their versions, what changed from one to another, who has read it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling import consequences, differences, guidelines, rendering, schemas
from labeling.consequences import Counted
from labeling.models import Schema, SchemaVersion
from labeling.pages import asking
from projects import access
from projects.models import Role
from projects.refused import NotFound

REVIEWERS = (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD, Role.OWNER)


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    counted = consequences.tasks(who.project.pk)
    found = Schema.objects.filter(project=who.project).order_by("name")
    rows = []
    for schema in found:
        versions = asking.versions_of(schema)
        if versions:
            rows.append(
                {
                    "schema": schema,
                    "newest": versions[0],
                    "versions": [(each, _counted(counted, each)) for each in versions],
                    "behind": sum(_counted(counted, v).open for v in versions[1:]),
                }
            )
    context = {"project": who.project, "rows": rows}
    return render(request, "labeling/schemas.html", context)


def _counted(counted: consequences.Tasks, version: SchemaVersion) -> Counted:
    return counted.get(version.pk, Counted())


@require_safe
def one(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """One schema: the newest version, all versions, and two of them compared."""
    who, schema = asking.leads(request, slug, name)
    versions = asking.versions_of(schema)
    if not versions:
        raise NotFound("This schema has no version yet.")
    newest = versions[0]
    to = _chosen(versions, asking.number(request, "to", newest.number))
    from_ = _chosen(versions, asking.number(request, "from", max(to.number - 1, 1)))
    counted = consequences.tasks(who.project.pk)
    people = access.people(who.project, REVIEWERS)
    read = guidelines.readers(versions[::-1], people)
    context = {
        "project": who.project,
        "schema": schema,
        "newest": newest,
        "versions": [
            (each, _counted(counted, each), read[each.pk]) for each in versions
        ],
        "readers": read[newest.pk],
        "behind": sum(_counted(counted, each).open for each in versions[1:]),
        "guideline": rendering.guideline_html(newest.guideline),
        "from": from_,
        "to": to,
        "differences": differences.between(
            schemas.section_of(from_), schemas.section_of(to)
        ),
    }
    return render(request, "labeling/schema.html", context)


def _chosen(versions: list[SchemaVersion], number: int) -> SchemaVersion:
    found = next((each for each in versions if each.number == number), None)
    if found is None:
        raise NotFound(f"This schema has no version {number}.")
    return found


@require_POST
def small(request: HttpRequest, slug: str, name: str, number: int) -> HttpResponse:
    """A lead says whether a guideline changed so little that nobody reads it again."""
    who, schema = asking.leads(request, slug, name)
    version = _chosen(asking.versions_of(schema), number)
    is_small = request.POST.get("small") == "1"
    schemas.mark_small(version, small=is_small, by=who.user)
    if is_small:
        said = _(
            "Nobody who read the version before is asked to read version %(n)s again."
        )
    else:
        said = _("Everybody is asked to read version %(n)s before their next task.")
    messages.success(request, said % {"n": number})
    return redirect("schema", slug, name)
