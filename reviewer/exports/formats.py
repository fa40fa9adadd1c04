"""The formats labels are exported in, and how each one is written for a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling import versions
from labeling.exports import manifest
from labeling.models import SchemaVersion
from projects.refused import FieldProblem, Malformed
from reviewer.exports import rows
from reviewer.models import Endpoint
from reviewer.models.export import Format

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Question
    from projects.models import Project
    from reviewer.exports.rows import Column, Shape


# Whoever takes these wants to train, and expects the inputs in them.
WITH_PAYLOAD: Final = frozenset({Format.JSONL, Format.MANIFEST})
# A line is about one answer, with no room for the question's name.
ONE_QUESTION: Final = frozenset({Format.MANIFEST, Format.MODEL_MONITOR})
MEDIA: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}
ENDINGS: Final = {Format.CSV: "csv", Format.PARQUET: "parquet"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; payload None leaves it to the format."""

    format: str
    question: str = ""
    endpoint: str = ""
    payload: bool | None = None
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How to write it: each label's shape, what stands before them, the columns."""

    format: str
    shape: Shape
    head: bytes = b""
    columns: tuple[Column, ...] = ()

    @property
    def media_type(self) -> str:
        return MEDIA.get(Format(self.format), "application/x-ndjson")

    @property
    def ending(self) -> str:
        return ENDINGS.get(Format(self.format), "jsonl")


def plan(project: Project, wish: Wish, *, hourly: bool = False) -> Plan:
    """How the wish is written; Malformed says which part of it cannot be."""
    if wish.format not in Format.values:
        raise _wrong("format", f"must be one of: {', '.join(Format.values)}")
    asked = _questions(project)
    _refuse_unknown(project, wish, asked)
    payload = wish.format in WITH_PAYLOAD if wish.payload is None else wish.payload
    found = _plan(project, wish, asked, payload=payload, hourly=hourly)
    shape = rows.narrowed(found.shape, wish.question, wish.endpoint)
    return Plan(found.format, shape, found.head, found.columns)


Asked = dict[str, list[tuple["Question", tuple["Field", ...]]]]


def _plan(
    project: Project, wish: Wish, asked: Asked, *, payload: bool, hourly: bool
) -> Plan:
    if wish.format == Format.JSONL:
        return Plan(wish.format, rows.lines(project.pk, payload=payload))
    if wish.format == Format.MODEL_MONITOR:
        return Plan(wish.format, rows.ground_truth(hourly=hourly))
    if wish.format == Format.MANIFEST:
        question = wish.question or next(iter(asked))
        named = manifest.attribute(asked[question])
        shape = rows.manifest(project.pk, named, project.slug, payload=payload)
        return Plan(wish.format, shape)
    found = rows.columns(project.pk, payload=payload)
    guard = wish.format == Format.CSV and not wish.raw
    head = rows.header(found) if wish.format == Format.CSV else b""
    return Plan(wish.format, rows.table(found, guard=guard), head, tuple(found))


def _questions(project: Project) -> Asked:
    """Each question that the project's schemas ever asked, with its versions in order."""
    found: Asked = {}
    known = SchemaVersion.objects.filter(schema__project=project)
    for pk in known.order_by("schema", "number").values_list("pk", flat=True):
        for question in versions.questions(pk):
            found.setdefault(question.id, []).append((question, versions.fields(pk)))
    return found


def _refuse_unknown(project: Project, wish: Wish, asked: Asked) -> None:
    names = ", ".join(asked) or "none yet"
    if wish.question and wish.question not in asked:
        raise _wrong("question", f"is no question of this project; there are: {names}")
    if wish.format in ONE_QUESTION and not wish.question and len(asked) != 1:
        raise _wrong("question", f"must name one question; there are: {names}")
    _refuse_endpoint(project, wish)


def _refuse_endpoint(project: Project, wish: Wish) -> None:
    found = Endpoint.objects.filter(project=project).order_by("name")
    known = list(found.values_list("name", flat=True))
    names = ", ".join(known) or "none yet"
    if wish.endpoint and wish.endpoint not in known:
        raise _wrong("endpoint", f"is no endpoint of this project; there are: {names}")
    if wish.format == Format.MODEL_MONITOR and not wish.endpoint and len(known) > 1:
        raise _wrong("endpoint", f"must name one endpoint; there are: {names}")


def _wrong(field: str, problem: str) -> Malformed:
    errors = [FieldProblem(field=field, problem=problem)]
    return Malformed(f"{field} {problem}.", errors=errors)
