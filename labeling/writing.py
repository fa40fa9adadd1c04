"""Reads a schema that somebody writes, as YAML or in a form, with everything wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from labeling import forms, schemas, yaml_text
from projects.refused import FieldProblem
from projects.written import Unreadable

LONGEST: Final = 400_000


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
        found = yaml_text.read(text)
    except Unreadable as error:
        problem = f"is not YAML, line {error.line}: {error.problem}"
        told = FieldProblem(field="", problem=problem)
        return Reading(problems=[told], lines={"": error.line}, text=text)
    problems = check(found.data, name)
    lines = {each["field"]: found.line(each["field"]) for each in problems}
    return Reading(found.data, problems, lines, text)


def from_form(form: object, name: str) -> Reading:
    """The section of a form's parts."""
    if not isinstance(form, dict):
        told = FieldProblem(field="", problem="must be the parts of a form")
        return Reading(problems=[told])
    said, problems = forms.read(form)
    section = {"name": name, **said}
    if problems:
        # what could not be read was left out, and would be missed as well
        return Reading(section, problems)
    try:
        return Reading(section, check(section, name), text=yaml_text.write(section))
    except RecursionError:
        return Reading(problems=[FieldProblem(field="", problem="is too deep")])


def check(section: object, name: str) -> list[FieldProblem]:
    """What is wrong with a section that is to be a version of this schema."""
    problems = schemas.check_schema(section)
    said = section.get("name", "default") if isinstance(section, dict) else name
    if said != name:
        told = f"stays {name}: a schema of another name is another schema"
        problems.append(FieldProblem(field="name", problem=told))
    return problems
