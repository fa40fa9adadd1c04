"""A schema version as the checked questions and fields it holds; versions never change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from labeling import answers, kinds
from labeling.models import SchemaVersion
from labeling.questions import read_fields, read_questions

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Question


@lru_cache(maxsize=512)
def get(version_id: int) -> SchemaVersion:
    return SchemaVersion.objects.get(pk=version_id)


@lru_cache(maxsize=512)
def _read(version_id: int) -> tuple[tuple[Question, ...], tuple[Field, ...]]:
    version = get(version_id)
    return read_questions(version.questions)[0], read_fields(version.fields)[0]


def questions(version_id: int) -> tuple[Question, ...]:
    return _read(version_id)[0]


def fields(version_id: int) -> tuple[Field, ...]:
    return _read(version_id)[1]


def marks(version_id: int) -> bool:
    """Whether answers mark a part of the payload, so that they are checked against it."""
    return answers.marks(questions(version_id))


def labels(version_id: int, question: str) -> tuple[str, ...]:
    """The ids of a question's labels, in their order."""
    return _labels(version_id)[question]


@lru_cache(maxsize=512)
def _labels(version_id: int) -> dict[str, tuple[str, ...]]:
    return {
        each.id: tuple(label.id for label in each.labels)
        for each in questions(version_id)
    }


def newest(project_id: int) -> dict[int, int]:
    """Each schema of a project -> the id of its newest version."""
    found = SchemaVersion.objects.filter(schema__project=project_id)
    found = found.order_by("schema_id", "-number").distinct("schema_id")
    return dict(found.values_list("schema_id", "pk"))


def has_classes(version_id: int) -> bool:
    """Whether answers to the main question are labels, one of a list."""
    return kinds.get(questions(version_id)[0].kind).classes


def latest(schema_id: int) -> SchemaVersion | None:
    versions = SchemaVersion.objects.filter(schema_id=schema_id)
    return versions.order_by("-number").first()
