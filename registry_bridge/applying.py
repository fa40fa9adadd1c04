"""Makes or changes a project as its file says: all of it, or nothing with every problem told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.db import transaction

from labeling.models import Schema
from labeling.schemas import apply_schema, check_schema
from projects.models import Project, User
from projects.refused import FieldProblem, Refused
from projects.setup import (
    apply_connections,
    apply_members,
    apply_project,
    apply_retention,
    check_connections,
    check_members,
    check_project,
    check_retention,
)
from projects.shape import under
from registry_bridge.capturing import setup as capture
from registry_bridge.project_file import ProjectFile
from registry_bridge.setup import apply_model
from reviewer.models import Policy
from reviewer.setup import (
    apply_endpoints,
    apply_pausing,
    apply_policy,
    apply_queues,
    check_endpoints,
    check_pausing,
    check_policy,
    check_queues,
)
from reviewer.webhooks.setup import apply_webhooks, check_webhooks

Check = Callable[[object], list[FieldProblem]]
Apply = Callable[[Project, object, User | None], list[str]]


def _check_endpoints(section: object) -> list[FieldProblem]:
    return check_endpoints(section) + capture.check(section)


CHECKS: dict[str, Check] = {
    "project": check_project,
    "retention": check_retention,
    "connections": check_connections,
    "schema": check_schema,
    "endpoints": _check_endpoints,
    "policy": check_policy,
    "queues": check_queues,
    "pause_reviewers": check_pausing,
    "members": check_members,
    "webhooks": check_webhooks,
}
SECTIONS = (*CHECKS, "model")


def apply(file: ProjectFile, by: User | None, *, only_check: bool = False) -> list[str]:
    """What changed, line by line; WrongFile tells every problem at once."""
    problems = check(file)
    if problems:
        raise file.wrong(problems)
    with transaction.atomic():
        lines = _apply(file, by)
        # a rehearsal: what needs the database is tried too, then undone
        transaction.set_rollback(only_check)
    return lines


def check(file: ProjectFile) -> list[FieldProblem]:
    """What can be seen to be wrong before anything is written."""
    problems: list[FieldProblem] = [
        {"field": key, "problem": f"is not known; use: {', '.join(SECTIONS)}"}
        for key in map(str, file.data)
        if key not in SECTIONS
    ]
    if "project" not in file.data:
        problems.append({"field": "project", "problem": "is missing"})
    for name, check_section in CHECKS.items():
        if name in file.data:
            problems += under(name, check_section(file.data[name]))
    return problems


def _apply(file: ProjectFile, by: User | None) -> list[str]:
    project, lines = apply_project(file.data["project"], by)
    problems: list[FieldProblem] = []
    for name, section, apply_section in _steps(file):
        try:
            with transaction.atomic():
                lines += apply_section(project, section, by)
        except Refused as refused:
            problems += _placed(name, refused)
    if problems:
        raise file.wrong(problems)
    if not Policy.objects.filter(project=project, active=True).exists():
        lines.append("policy: none; predictions are refused until the file has one")
    return lines


def _steps(file: ProjectFile) -> list[tuple[str, object, Apply]]:
    """In the order in which one needs another."""
    given = file.data
    steps: list[tuple[str, Apply]] = [
        ("retention", apply_retention),
        ("connections", apply_connections),
        ("schema", apply_schema),
        ("endpoints", _endpoints_of(file)),
        ("policy", apply_policy),
        ("queues", apply_queues),
        ("pause_reviewers", apply_pausing),
        ("members", apply_members),
        ("webhooks", apply_webhooks),
        ("model", partial(_apply_model, folder=file.folder)),
    ]
    found = [(name, given[name], step) for name, step in steps if name in given]
    if "queues" not in given:
        found.append(("queues", [], apply_queues))
    return found


def _endpoints_of(file: ProjectFile) -> Apply:
    schema = file.data.get("schema") or {}

    def apply_them(project: Project, section: object, by: User | None) -> list[str]:
        name = schema.get("name", "default")
        found = Schema.objects.filter(project=project, name=name).first()
        lines = apply_endpoints(project, section, by, schema=found)
        return lines + capture.apply(project, section, by)

    return apply_them


def _apply_model(
    project: Project, section: object, by: User | None, *, folder: Path
) -> list[str]:
    return apply_model(project, section, by, folder)


def _placed(name: str, refused: Refused) -> list[FieldProblem]:
    """With whole paths; a section that was refused as a whole is told as one."""
    found = refused.errors or [FieldProblem(field="", problem=refused.detail)]
    inside = [each for each in found if not _is_under(name, each["field"])]
    return [*under(name, inside), *(each for each in found if each not in inside)]


def _is_under(name: str, path: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))
