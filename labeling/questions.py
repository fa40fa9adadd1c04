"""Reads the questions and the payload fields of a schema, and says what is wrong where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling import kinds
from labeling.kinds.base import Label, Problem, Question
from labeling.kinds.text import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json

FIELD_TYPES: Final = ("text", "image")
_COMMON = frozenset({"id", "kind", "title", "required"})
_LONGEST_TITLE = 500
# an answer may say {"unanswerable": …} of all its questions
_RESERVED = "unanswerable"


@dataclass(frozen=True, slots=True)
class Field:
    """One part of a payload, and how it is shown."""

    name: str
    type: str


def read_questions(data: Json) -> tuple[tuple[Question, ...], list[Problem]]:
    """The questions, or () and every problem with its path (`questions[0].title`)."""
    if not isinstance(data, list) or not data:
        return (), [Problem("questions", "must be a list of at least one question")]
    problems = [
        problem.under(f"questions[{index}]")
        for index, question in enumerate(data)
        for problem in _check_question(question)
    ]
    problems = problems or _repeated("questions", "id", data)
    if problems:
        return (), problems
    return tuple(_question(q) for q in data if isinstance(q, dict)), []


def read_fields(data: Json) -> tuple[tuple[Field, ...], list[Problem]]:
    """The payload's fields, or () and every problem with its path (`fields[1].type`)."""
    if not isinstance(data, list) or not data:
        return (), [Problem("fields", "must be a list of at least one field")]
    problems = [
        problem.under(f"fields[{index}]")
        for index, field in enumerate(data)
        for problem in _check_field(field)
    ]
    problems = problems or _repeated("fields", "name", data)
    if problems:
        return (), problems
    return tuple(
        Field(str(f["name"]), str(f["type"])) for f in data if isinstance(f, dict)
    ), []


def _check_question(question: Json) -> list[Problem]:
    if not isinstance(question, dict):
        return [Problem("", "must be an object with id, kind, title")]
    found = _check_common(question)
    name = question.get("kind")
    if name not in kinds.NAMES:
        known = ", ".join(kinds.NAMES)
        return [*found, Problem("kind", f"must be one of: {known}")]
    kind = kinds.get(str(name))
    allowed = _COMMON | kind.keys
    found += _unknown(question, allowed)
    return found + kind.check_question(question)


def _check_common(question: Mapping[str, Json]) -> list[Problem]:
    found = []
    if wrong := wrong_with_id(question.get("id")):
        found.append(Problem("id", wrong))
    elif question["id"] == _RESERVED:
        found.append(Problem("id", f"“{_RESERVED}” is taken; choose another"))
    if wrong := wrong_with_text(question.get("title"), longest=_LONGEST_TITLE):
        found.append(Problem("title", wrong))
    if not isinstance(question.get("required", True), bool):
        found.append(Problem("required", "must be true or false"))
    return found


def _check_field(field: Json) -> list[Problem]:
    if not isinstance(field, dict):
        text = 'must be an object such as {"name": "image", "type": "image"}'
        return [Problem("", text)]
    found = _unknown(field, frozenset({"name", "type"}))
    if wrong := wrong_with_id(field.get("name")):
        found.append(Problem("name", wrong))
    if field.get("type") not in FIELD_TYPES:
        found.append(Problem("type", f"must be one of: {', '.join(FIELD_TYPES)}"))
    return found


def _unknown(given: Mapping[str, Json], allowed: frozenset[str]) -> list[Problem]:
    known = ", ".join(sorted(allowed))
    return [
        Problem(str(key)[:64], f"is not known; use: {known}")
        for key in given
        if key not in allowed
    ]


def _repeated(path: str, key: str, data: Sequence[Json]) -> list[Problem]:
    names = [str(each[key]) for each in data if isinstance(each, dict)]
    return [
        Problem(
            f"{path}[{at}].{key}", f"“{name}” is already {path}[{names.index(name)}]"
        )
        for at, name in enumerate(names)
        if names.index(name) != at
    ]


def _question(data: Mapping[str, Json]) -> Question:
    labels = data.get("labels")
    return Question(
        id=str(data["id"]),
        kind=str(data["kind"]),
        title=str(data["title"]),
        required=bool(data.get("required", True)),
        labels=tuple(
            _label(label)
            for label in (labels if isinstance(labels, list) else [])
            if isinstance(label, dict)
        ),
        settings={k: v for k, v in data.items() if k not in _COMMON | {"labels"}},
    )


def _label(data: Mapping[str, Json]) -> Label:
    return Label(str(data["id"]), str(data["name"]), str(data.get("description") or ""))
