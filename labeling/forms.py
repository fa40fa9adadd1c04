"""A schema in the parts of a form.

They are those of the section in project.yaml, except that what only a kind or a type of
field knows stands together as YAML (`settings`), and so do the values of a condition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from labeling import yaml_text
from projects.refused import FieldProblem
from projects.shape import under
from projects.written import Unreadable

_QUESTION: Final = ("id", "kind", "title", "required", "help", "when", "labels")
_FIELD: Final = ("name", "type", "required")
_OPTIONAL: Final = frozenset({"help", "when", "labels"})
_LABEL: Final = frozenset({"id", "name", "description"})


def read(form: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Guideline, fields and questions of a form, and the YAML in it that cannot be read."""
    problems: list[FieldProblem] = []
    section = {
        "guideline": form.get("guideline", ""),
        "fields": _each(form, "fields", _FIELD, problems),
        "questions": _each(form, "questions", _QUESTION, problems),
    }
    return section, problems


def _each(
    form: Mapping[str, Any],
    key: str,
    known: Sequence[str],
    problems: list[FieldProblem],
) -> list[Any]:
    given = form.get(key)
    found = []
    for at, each in enumerate(given if isinstance(given, list) else []):
        one, wrong = _one(each if isinstance(each, dict) else {}, known)
        problems += under(f"{key}[{at}]", wrong)
        found.append(one)
    return found


def _one(
    part: Mapping[str, Any], known: Sequence[str]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """A question or field; empty inputs of a form say nothing."""
    one = {
        key: part[key]
        for key in known
        if key in part and not (key in _OPTIONAL and part[key] in (None, "", []))
    }
    problems: list[FieldProblem] = []
    if isinstance(one.get("when"), dict):
        values = _yaml(one["when"].get("is"), "when", problems)
        several = values if isinstance(values, list) else [values]
        one["when"] = {"question": one["when"].get("question"), "is": several}
    settings = _yaml(part.get("settings"), "settings", problems)
    if settings is not None and not isinstance(settings, dict):
        told = "must be lines such as `key: value`"
        problems.append(FieldProblem(field="settings", problem=told))
        settings = None
    # what the form asks for itself is not said a second time
    twice = [key for key in settings or {} if key in one]
    for key in twice:
        told = f"“{key}” has its own place above"
        problems.append(FieldProblem(field="settings", problem=told))
    return {**one, **(settings or {})}, problems


def _yaml(text: object, key: str, problems: list[FieldProblem]) -> Any:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return yaml_text.read(text).data
    except Unreadable as error:
        told = f"is not YAML, line {error.line}: {error.problem}"
        problems.append(FieldProblem(field=key, problem=told))
        return None


def write(section: object) -> dict[str, Any] | None:
    """The parts of a form; None where the section is too far from what a form can show."""
    if not isinstance(section, dict) or not isinstance(
        section.get("guideline", ""), str
    ):
        return None
    fields, questions = section.get("fields") or [], section.get("questions") or []
    if not _all_maps(fields) or not _all_maps(questions):
        return None
    if not all(_is_plain(each) for each in [*fields, *questions]):
        return None
    return {
        "guideline": section.get("guideline", ""),
        "fields": [_field_parts(each) for each in fields],
        "questions": [_question_parts(each) for each in questions],
    }


def _all_maps(items: object) -> bool:
    return isinstance(items, list) and all(isinstance(each, dict) for each in items)


def _is_plain(part: Mapping[str, Any]) -> bool:
    """Whether what a form asks for has the type of its inputs."""
    texts = [
        part.get(key, "") for key in ("id", "kind", "title", "help", "name", "type")
    ]
    when = part.get("when")
    fits = when is None or (isinstance(when, dict) and set(when) == {"question", "is"})
    return (
        all(isinstance(each, str) for each in texts)
        and isinstance(part.get("required", True), bool)
        and (fits and (when is None or isinstance(when["question"], str)))
    )


def _field_parts(part: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in part.items() if key not in _FIELD}
    return {
        "name": part.get("name", ""),
        "type": part.get("type", ""),
        "required": part.get("required", True),
        "settings": _settings(rest),
    }


def _question_parts(part: Mapping[str, Any]) -> dict[str, Any]:
    labels = part.get("labels")
    listed = _are_labels(labels)
    known = _QUESTION if listed else _QUESTION[:-1]
    rest = {key: value for key, value in part.items() if key not in known}
    when = part.get("when")
    return {
        **{key: part.get(key, "") for key in ("id", "kind", "title", "help")},
        "required": part.get("required", True),
        "when": when
        and {
            "question": when["question"],
            "is": json.dumps(when["is"], ensure_ascii=False),
        },
        "labels": labels if listed else [],
        "settings": _settings(rest),
    }


def _are_labels(labels: object) -> bool:
    """Whether a list of labels has nothing but what the list of a form can show."""
    return isinstance(labels, list) and all(
        isinstance(each, dict)
        and _LABEL.issuperset(each)
        and all(isinstance(value, str) for value in each.values())
        for each in labels
    )


def _settings(rest: Mapping[str, Any]) -> str:
    return yaml_text.write(rest) if rest else ""
