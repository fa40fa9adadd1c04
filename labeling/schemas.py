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
from projects.refused import Conflict, FieldProblem
from projects.shape import Shape, refuse

KEYS = ("name", "guideline", "fields", "questions")
LONGEST_GUIDELINE = 100_000


class ChangedMeanwhile(Conflict):
    code, title = "schema_changed", "Somebody saved another version meanwhile"


@dataclass(frozen=True)
class Edit:
    """A change that was made on a page: of which version, and why."""

    based_on: int
    note: str
    small: bool = False


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
def apply_schema(
    project: Project, section: object, by: User | None, edit: Edit | None = None
) -> list[str]:
    """What changed, line by line; a new version only when something differs."""
    wanted, problems = _read(section)
    refuse(problems)
    schema, _ = Schema.objects.get_or_create(project=project, name=wanted.name)
    # two who apply at the same time would number a version alike
    Schema.objects.select_for_update(no_key=True).get(pk=schema.pk)
    before = latest(schema.pk)
    number = before.number if before else 0
    if edit and edit.based_on != number:
        raise ChangedMeanwhile(
            f"Version {number} came while you edited version {edit.based_on}. "
            "Join the two, then save again."
        )
    if before and _as_kept(before) == wanted:
        return []
    version = SchemaVersion.objects.create(
        schema=schema,
        number=number + 1,
        questions=wanted.questions,
        fields=wanted.fields,
        guideline=wanted.guideline,
        note=edit.note if edit else "",
        small=edit.small if edit else False,
        in_browser=edit is not None,
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
        reason=version.note,
    )
    line = f"schema {schema.name}: version {version.number} ({', '.join(changed)})"
    return [f"{line}{_instead_of(before, version)}"]


def _instead_of(before: SchemaVersion | None, made: SchemaVersion) -> str:
    """A file says so when it replaces what somebody made on the page."""
    if before is None or made.in_browser or not before.in_browser:
        return ""
    who = before.created_by or "somebody"
    return f"; it replaces version {before.number}, made in the browser by {who}"


@transaction.atomic
def mark_small(version: SchemaVersion, *, small: bool, by: User) -> None:
    """Whether its guideline changed so little that nobody needs to read it again."""
    changed = SchemaVersion.objects.filter(pk=version.pk, small=not small)
    if not changed.update(small=small):
        return
    audit.record(
        "guideline to be read again" if not small else "guideline changed little",
        version.schema.project,
        f"{version.schema.name} {version.number}",
        by=by,
        before={"small": not small},
        after={"small": small},
    )


def section_of(version: SchemaVersion) -> dict[str, Any]:
    """The version as a section of project.yaml."""
    wanted = _as_kept(version)
    return {key: getattr(wanted, key) for key in KEYS}


def as_kept(section: object) -> dict[str, Any]:
    """A section without problems as a version keeps it."""
    wanted = _read(section)[0]
    return {key: getattr(wanted, key) for key in KEYS}


def _as_kept(version: SchemaVersion) -> Wanted:
    return Wanted(
        version.schema.name, version.guideline, version.questions, version.fields
    )


def _changed(before: SchemaVersion | None, wanted: Wanted) -> list[str]:
    if before is None:
        return ["new"]
    parts = ("questions", "fields", "guideline")
    return [each for each in parts if getattr(before, each) != getattr(wanted, each)]
