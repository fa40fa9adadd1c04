"""A schema as people write it: as YAML, or in the parts of a form; both say the same.

The form is the section of project.yaml, except that what only a kind or a type of field
knows stands together as YAML (`settings`), and so do the values of a condition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from labeling import schemas
from projects import written
from projects.refused import FieldProblem
from projects.shape import under
from projects.written import Unreadable

LONGEST: Final = 400_000
_QUESTION: Final = ("id", "kind", "title", "required", "help", "when", "labels")
_FIELD: Final = ("name", "type", "required")
_OPTIONAL: Final = frozenset({"help", "when", "labels"})
_LABEL: Final = frozenset({"id", "name", "description"})


@dataclass(frozen=True)
class Reading:
    """What somebody wrote, as far as it can be read, and everything that is wrong with it."""

    section: Any = None
    problems: list[FieldProblem] = field(default_factory=list)
    lines: Mapping[str, int] = field(default_factory=dict)
    text: str = ""


def from_text(text: str, name: str) -> Reading:
    """The section of a text, which stays the schema of that name."""
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST:
        problem = f"must have at most {LONGEST} characters, it has {len(text)}"
        return Reading(problems=[FieldProblem(field="", problem=problem)], text=text)
    try:
        found = written.read(text, aliases=False)
        section = _plain(found.data)
    except Unreadable as error:
        problem = f"is not YAML, line {error.line}: {error.problem}"
        told = FieldProblem(field="", problem=problem)
        return Reading(problems=[told], lines={"": error.line}, text=text)
    problems = check(section, name)
    lines = {each["field"]: found.line(each["field"]) for each in problems}
    return Reading(section, problems, lines, text)


def from_form(form: object, name: str) -> Reading:
    """The section of a form's parts."""
    if not isinstance(form, dict):
        told = FieldProblem(field="", problem="must be the parts of a form")
        return Reading(problems=[told])
    problems: list[FieldProblem] = []
    section = {
        "name": name,
        "guideline": form.get("guideline", ""),
        "fields": _each(form, "fields", _FIELD, problems),
        "questions": _each(form, "questions", _QUESTION, problems),
    }
    if problems:
        # what could not be read was left out, and would be missed as well
        return Reading(section, problems)
    return Reading(section, check(section, name), text=as_text(section))


def check(section: object, name: str) -> list[FieldProblem]:
    """What is wrong with a section that is to be a version of this schema."""
    problems = schemas.check_schema(section)
    said = section.get("name", "default") if isinstance(section, dict) else name
    if said != name:
        told = f"stays {name}: a schema of another name is another schema"
        problems.append(FieldProblem(field="name", problem=told))
    return problems


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
        return _plain(written.read(text, aliases=False).data)
    except Unreadable as error:
        told = f"is not YAML, line {error.line}: {error.problem}"
        problems.append(FieldProblem(field=key, problem=told))
        return None


def _plain(data: Any) -> Any:
    """As the database keeps it; Unreadable for what only YAML can say."""
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        problem = "only text, numbers, true, false, lists and maps can be kept"
        raise Unreadable(1, problem) from error
    if "\\u0000" in text:
        raise Unreadable(1, "the character U+0000 cannot be kept")
    return json.loads(text)


def as_form(section: object) -> dict[str, Any] | None:
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
    return as_text(rest) if rest else ""


class _Dumper(yaml.SafeDumper):
    """Text of several lines stands as a block."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def as_text(data: object) -> str:
    """The YAML of it, in the order in which it is kept."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )
    return text
