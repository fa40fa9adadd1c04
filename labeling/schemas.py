"""Makes and changes schemas from a written section; versions that exist never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from labeling.models import Schema, SchemaVersion
from labeling.questions import read_schema
from labeling.versions import latest
from projects import audit
from projects.models import Project, User
from projects.refused import FieldProblem
from projects.shape import Shape, refuse

KEYS = ("name", "guideline", "fields", "questions")
LONGEST_GUIDELINE = 100_000


@dataclass(frozen=True)
class Wanted:
    """A schema as somebody wrote it, questions in the form that is kept."""

    name: str
    guideline: str
    questions: list[Any]
    fields: list[Any]


def check_schema(section: object) -> list[FieldProblem]:
    return _read(section)[1]


def _read(section: object) -> tuple[Wanted, list[FieldProblem]]:
    shape = Shape(section, KEYS)
    name = shape.slug("name", longest=60, default="default")
    guideline = shape.text("guideline", longest=LONGEST_GUIDELINE, default="")
    if not isinstance(section, dict):
        return Wanted(name, guideline, [], []), shape.problems
    questions, fields, wrong = read_schema(shape.get("questions"), shape.get("fields"))
    for problem in wrong:
        shape.blame(problem.field, problem.problem)
    wanted = Wanted(
        name,
        guideline,
        [question.as_json() for question in questions],
        [field.as_json() for field in fields],
    )
    return wanted, shape.problems


@transaction.atomic
def apply_schema(project: Project, section: object, by: User | None) -> list[str]:
    """What changed, line by line; a new version only when something differs."""
    wanted, problems = _read(section)
    refuse(problems)
    schema, _ = Schema.objects.get_or_create(project=project, name=wanted.name)
    # two who apply at the same time would number a version alike
    Schema.objects.select_for_update(no_key=True).get(pk=schema.pk)
    before = latest(schema.pk)
    if before and _as_kept(before) == wanted:
        return []
    version = SchemaVersion.objects.create(
        schema=schema,
        number=before.number + 1 if before else 1,
        questions=wanted.questions,
        fields=wanted.fields,
        guideline=wanted.guideline,
        created_by=by,
    )
    changed = _changed(before, wanted)
    audit.record(
        "schema version made",
        project,
        f"{schema.name} {version.number}",
        by=by,
        before={"version": before.number} if before else None,
        after={"version": version.number, "changed": changed},
    )
    return [f"schema {schema.name}: version {version.number} ({', '.join(changed)})"]


def _as_kept(version: SchemaVersion) -> Wanted:
    return Wanted(
        version.schema.name, version.guideline, version.questions, version.fields
    )


def _changed(before: SchemaVersion | None, wanted: Wanted) -> list[str]:
    if before is None:
        return ["new"]
    parts = ("questions", "fields", "guideline")
    return [each for each in parts if getattr(before, each) != getattr(wanted, each)]
