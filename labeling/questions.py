"""Reads the questions and the payload fields of a schema, and says what is wrong where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from labeling import fields as field_types
from labeling import kinds
from labeling.fields.base import Field
from labeling.kinds.base import Condition, Label, Problem, Question
from labeling.kinds.checks import unknown_keys
from labeling.kinds.wording import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labeling.kinds.base import Json

_COMMON: Final = frozenset({"id", "kind", "title", "help", "required", "when"})
_FIELD: Final = frozenset({"name", "type", "required"})
_LONGEST_TITLE: Final = 500
_LONGEST_HELP: Final = 2_000
# an answer may say {"unanswerable": …} of all its questions
_RESERVED: Final = "unanswerable"


def read_schema(
    questions: Json, fields: Json
) -> tuple[tuple[Question, ...], tuple[Field, ...], list[Problem]]:
    """Questions and fields that fit together, or both empty and every problem."""
    asked, wrong_questions = read_questions(questions)
    shown, wrong_fields = read_fields(fields)
    problems = [*wrong_questions, *wrong_fields] or [
        *_misplaced(asked, shown),
        *_absent(asked, shown),
    ]
    if problems:
        return (), (), problems
    return tuple(_placed(each, shown) for each in asked), shown, []


def read_questions(data: Json) -> tuple[tuple[Question, ...], list[Problem]]:
    """The questions, or () and every problem with its path (`questions[0].title`)."""
    if not isinstance(data, list) or not data:
        return (), [Problem("questions", "must be a list of at least one question")]
    problems = [
        problem.under(f"questions[{index}]")
        for index, question in enumerate(data)
        for problem in _check_question(question)
    ]
    problems = problems or _repeated("questions", "id", data) or list(_unmet(data))
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
    return tuple(_field(each) for each in data if isinstance(each, dict)), []


def _check_question(question: Json) -> list[Problem]:
    if not isinstance(question, dict):
        return [Problem("", "must be an object with id, kind, title")]
    found = _check_common(question)
    name = question.get("kind")
    if name not in kinds.NAMES:
        known = ", ".join(kinds.NAMES)
        return [*found, Problem("kind", f"must be one of: {known}")]
    kind = kinds.get(str(name))
    marks = frozenset({"field"}) if kind.marks else frozenset()
    found += unknown_keys(question, _COMMON | kind.keys | marks)
    return found + kind.check_question(question)


def _check_common(question: Mapping[str, Json]) -> list[Problem]:
    found = []
    if wrong := wrong_with_id(question.get("id")):
        found.append(Problem("id", wrong))
    elif question["id"] == _RESERVED:
        found.append(Problem("id", f"“{_RESERVED}” is taken; choose another"))
    if wrong := wrong_with_text(question.get("title"), longest=_LONGEST_TITLE):
        found.append(Problem("title", wrong))
    text = question.get("help")
    if text and (wrong := wrong_with_text(text, longest=_LONGEST_HELP)):
        found.append(Problem("help", wrong))
    if not isinstance(question.get("required", True), bool):
        found.append(Problem("required", "must be true or false"))
    if "when" in question and _condition(question["when"]) is None:
        text = 'must be an object such as {"question": "spam", "is": ["yes"]}'
        found.append(Problem("when", text))
    return found


def _condition(data: Json) -> Condition | None:
    if not isinstance(data, dict) or set(data) != {"question", "is"}:
        return None
    question, values = data["question"], data["is"]
    given = values if isinstance(values, list) else [values]
    plain = all(isinstance(each, str | int | float | bool) for each in given)
    if not isinstance(question, str) or not given or not plain:
        return None
    return Condition(question, tuple(given))


def _unmet(data: Sequence[Json]) -> Iterator[Problem]:
    """Conditions on what is not asked before."""
    before: list[str] = []
    for at, each in enumerate(data):
        if not isinstance(each, dict):
            continue
        condition = _condition(each.get("when"))
        if condition and condition.question not in before:
            text = f"“{condition.question[:64]}” is no question before this one"
            yield Problem(f"questions[{at}].when.question", text)
        before.append(str(each["id"]))


def _check_field(field: Json) -> list[Problem]:
    if not isinstance(field, dict):
        text = 'must be an object such as {"name": "image", "type": "image"}'
        return [Problem("", text)]
    found = []
    if wrong := wrong_with_id(field.get("name")):
        found.append(Problem("name", wrong))
    if not isinstance(field.get("required", True), bool):
        found.append(Problem("required", "must be true or false"))
    name = field.get("type")
    if name not in field_types.NAMES:
        known = ", ".join(field_types.NAMES)
        return [
            *unknown_keys(field, _FIELD),
            *found,
            Problem("type", f"must be one of: {known}"),
        ]
    its_type = field_types.get(str(name))
    return [
        *unknown_keys(field, _FIELD | its_type.keys),
        *found,
        *its_type.check_field(field),
    ]


def _misplaced(
    questions: Sequence[Question], fields: Sequence[Field]
) -> Iterator[Problem]:
    """Questions that name a field which is not there, or not of a type that fits."""
    types = {each.name: each.type for each in fields}
    for at, question in enumerate(questions):
        kind = kinds.get(question.kind)
        wrong = kind.check_fields(question, types)
        yield from (problem.under(f"questions[{at}]") for problem in wrong)
        marks = kind.marks
        fitting = [each.name for each in fields if each.type in marks]
        if not marks or question.field in fitting:
            continue
        if question.field or len(fitting) != 1:
            known = ", ".join(fitting) or f"none: add one of type {_either(marks)}"
            text = f"must name the field that is marked; there is {known}"
            yield Problem(f"questions[{at}].field", text)


def _absent(
    questions: Sequence[Question], fields: Sequence[Field]
) -> Iterator[Problem]:
    """Fields that a question names (see Kind.shows) and no payload has."""
    known = [each.name for each in fields]
    for at, question in enumerate(questions):
        for key in kinds.get(question.kind).shows:
            if question.settings[key] not in known:
                text = f"must name a field; there is {', '.join(known)}"
                yield Problem(f"questions[{at}].{key}", text)


def _either(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))


def _placed(question: Question, fields: Sequence[Field]) -> Question:
    """The question with the field that it marks written out."""
    marks = kinds.get(question.kind).marks
    if not marks or question.field:
        return question
    only = next(each.name for each in fields if each.type in marks)
    return replace(question, settings={**question.settings, "field": only})


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
    # Only lists of labels stand apart; the kind reads all other keys of its own.
    labels = data.get("labels")
    own = {k: v for k, v in data.items() if k not in _COMMON | {"labels"}}
    return Question(
        id=str(data["id"]),
        kind=str(data["kind"]),
        title=str(data["title"]),
        required=bool(data.get("required", True)),
        help=str(data.get("help") or ""),
        when=_condition(data.get("when")),
        labels=tuple(
            _label(label)
            for label in (labels if isinstance(labels, list) else [])
            if isinstance(label, dict)
        ),
        settings=kinds.get(str(data["kind"])).complete(own),
    )


def _label(data: Mapping[str, Json]) -> Label:
    return Label(str(data["id"]), str(data["name"]), str(data.get("description") or ""))


def _field(data: Mapping[str, Json]) -> Field:
    return Field(
        name=str(data["name"]),
        type=str(data["type"]),
        required=bool(data.get("required", True)),
        settings={key: value for key, value in data.items() if key not in _FIELD},
    )
