"""The editor of a schema: write, look at what would change, save; two leads at once lose nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling import (
    consequences,
    differences,
    forms,
    merging,
    schemas,
    writing,
    yaml_text,
)
from labeling.pages import asking, offered
from labeling.schemas import Edit
from projects import catalogue
from projects.refused import Conflict, FieldProblem, Malformed, NotFound, Refused

if TYPE_CHECKING:
    from labeling.models import Schema, SchemaVersion
    from labeling.writing import Reading
    from projects.access import Member


@dataclass
class Draft:
    """What somebody wrote, kept on the page until it is saved."""

    text: str
    based_on: int
    note: str = ""
    small: bool = False
    title: str = ""
    problems: list[FieldProblem] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    who, schema = asking.leads(request, slug, name)
    versions = asking.versions_of(schema)
    if not versions:
        raise NotFound("This schema has no version yet.")
    newest = versions[0]
    if request.method != "POST":
        text = yaml_text.write(schemas.section_of(newest))
        return _editor(request, who, newest, Draft(text, newest.number))
    draft = _typed(request)
    if draft.based_on != newest.number:
        return _join(request, who, versions, draft)
    step = _STEPS.get(request.POST.get("step", "look"))
    if step is None:
        raise Malformed("step is look, edit or save.")
    return step(request, who, newest, draft)


def _typed(request: HttpRequest) -> Draft:
    text = request.POST.get("text", "").replace("\r\n", "\n")
    return Draft(
        text,
        asking.number(request, "based_on", 0),
        request.POST.get("note", ""),
        request.POST.get("small") == "1",
    )


def _look(
    request: HttpRequest, who: Member, newest: SchemaVersion, draft: Draft
) -> HttpResponse:
    """What saving would change, before anything is kept."""
    reading = _read(newest.schema, draft)
    try:
        draft.note = asking.note(request)
    except Refused as refused:
        draft.title = draft.title or refused.title
        draft.problems += refused.errors
    if draft.problems:
        return _editor(request, who, newest, draft, status=422)
    wanted = schemas.as_kept(reading.section)
    changed = differences.between(schemas.section_of(newest), wanted)
    counted = consequences.tasks(who.project.pk)
    context = {
        "project": who.project,
        "schema": newest.schema,
        "newest": newest,
        "number": newest.number + 1,
        "draft": draft,
        "differences": changed,
        "cautions": consequences.cautions(newest.schema, changed.changes),
        "behind": consequences.left_behind(newest.schema, counted),
    }
    return render(request, "labeling/schema_review.html", context)


def _read(schema: Schema, draft: Draft) -> Reading:
    reading = writing.from_text(draft.text, schema.name)
    draft.problems = list(reading.problems)
    if draft.problems:
        draft.title = _("It does not fit yet")
    return reading


def _again(
    request: HttpRequest, who: Member, newest: SchemaVersion, draft: Draft
) -> HttpResponse:
    """Back to the editor with what was written."""
    return _editor(request, who, newest, draft)


def _save(
    request: HttpRequest, who: Member, newest: SchemaVersion, draft: Draft
) -> HttpResponse:
    reading = _read(newest.schema, draft)
    if draft.problems:
        return _editor(request, who, newest, draft, status=422)
    change = Edit(draft.based_on, asking.note(request), small=draft.small)
    try:
        lines = schemas.apply_schema(who.project, reading.section, who.user, change)
    except schemas.ChangedMeanwhile:
        # between reading and saving: the page that joins the two reads it anew
        return _join(request, who, asking.versions_of(newest.schema), draft)
    if lines:
        number = newest.number + 1
        said = _("Version %(n)s is used for new tasks from now on.") % {"n": number}
        messages.success(request, said)
    else:
        said = _("Nothing differs from the newest version, so none was made.")
        messages.info(request, said)
    return redirect("schema", who.project.slug, newest.schema.name)


_STEPS = {"look": _look, "edit": _again, "save": _save}


def _join(
    request: HttpRequest, who: Member, versions: list[SchemaVersion], draft: Draft
) -> HttpResponse:
    """Somebody saved meanwhile: both changes, and the two of them in one text."""
    newest = versions[0]
    base = next((each for each in versions if each.number == draft.based_on), None)
    if base is None:
        raise Conflict(f"This schema has no version {draft.based_on}. Open it again.")
    reading = _read(newest.schema, draft)
    before, theirs = schemas.section_of(base), schemas.section_of(newest)
    mine = None if draft.problems else schemas.as_kept(reading.section)
    joined = merging.join(before, theirs, mine) if mine else None
    context = {
        "project": who.project,
        "schema": newest.schema,
        "newest": newest,
        "base": base,
        "draft": draft,
        "theirs": differences.between(before, theirs),
        "mine": differences.between(before, mine) if mine else None,
        "clashes": joined.clashes if joined else [],
        "text": yaml_text.write(joined.section) if joined else draft.text,
    }
    return render(request, "labeling/schema_join.html", context, status=409)


def _editor(
    request: HttpRequest,
    who: Member,
    newest: SchemaVersion,
    draft: Draft,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": who.project,
        "schema": newest.schema,
        "newest": newest,
        "number": draft.based_on + 1,
        "draft": draft,
        "scripts": offered.SCRIPTS,
        "editor": offered.to_editor(newest),
        "catalogue": catalogue.of(get_language() or "en"),
    }
    return render(request, "labeling/schema_edit.html", context, status=status)


@require_POST
def check(request: HttpRequest, slug: str, name: str) -> JsonResponse:
    """What is wrong with what is being written; nothing is kept."""
    _, schema = asking.leads(request, slug, name)
    form = None
    if "text" in request.POST:
        reading = writing.from_text(request.POST["text"], schema.name)
        form = forms.write(reading.section)
    else:
        reading = writing.from_form(asking.parts(request), schema.name)
    wanted = None if reading.problems else schemas.as_kept(reading.section)
    problems = [
        {**each, "line": reading.lines.get(each["field"])} for each in reading.problems
    ]
    answer = {
        "problems": problems,
        "form": form,
        "text": reading.text,
        "schema": wanted,
    }
    return JsonResponse(answer)
