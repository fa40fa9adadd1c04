"""What the pages of schemas share: who asks, and for which schema."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from labeling.models import Schema, SchemaVersion
from projects import access
from projects.access import Member
from projects.refused import DoesNotFit, FieldProblem, Malformed, NotFound

LONGEST_NOTE = 2_000


def leads(request: HttpRequest, slug: str, name: str) -> tuple[Member, Schema]:
    """A lead, and the schema that the address names."""
    who = access.member(request, slug, access.LEAD)
    schemas = Schema.objects.select_related("project")
    schema = schemas.filter(project=who.project, name=name).first()
    if schema is None:
        raise NotFound("There is no such schema in this project.")
    return who, schema


def versions_of(schema: Schema) -> list[SchemaVersion]:
    """Newest first, each with its maker."""
    found = schema.versions.select_related("created_by", "schema__project")
    return list(found.order_by("-number"))


def parts(request: HttpRequest) -> Any:
    """The parts of the editor's form, as its script sends them."""
    try:
        return json.loads(request.POST.get("form", ""))
    except (ValueError, RecursionError) as error:
        raise Malformed("Send `text`, or the parts of the form as JSON.") from error


def note(request: HttpRequest) -> str:
    """Why somebody changes it; a version always says so."""
    given = request.POST.get("note", "").strip()
    if not given or "\0" in given or len(given) > LONGEST_NOTE:
        problem = f"must say what changed, in 1 to {LONGEST_NOTE} characters"
        told = [FieldProblem(field="note", problem=problem)]
        raise DoesNotFit("Say what changed; it is kept with your name.", errors=told)
    return given


def number(request: HttpRequest, name: str, otherwise: int) -> int:
    """The number of a version, as forms and addresses carry it."""
    given = request.POST.get(name) or request.GET.get(name) or str(otherwise)
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise Malformed(f"{name} is the number of a version.")
    return int(given)
