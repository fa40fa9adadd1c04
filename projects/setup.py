"""Makes and changes a project, its members and connections from written sections."""

from __future__ import annotations

import os
from typing import Any

from django.db import transaction

from projects import audit, connections, members, retention, settings
from projects.connections import Wanted
from projects.models import Connection, Membership, Project, User
from projects.refused import FieldProblem, Refused
from projects.retention import Retention
from projects.shape import Shape, in_list, refuse, repeated, under

RETENTION_KEYS = ("predictions", "payloads", "drafts")
CONNECTION_KEYS = ("name", "kind", "uri", "options", "secret_env")


def _read_project(section: object) -> tuple[dict[str, str], list[FieldProblem]]:
    shape = Shape(section, ("slug", "name", "description"))
    slug = shape.slug("slug", longest=60)
    wanted = {
        "slug": slug,
        "name": shape.text("name", longest=120, default=slug.capitalize()),
        "description": shape.text("description", longest=5000, default=""),
    }
    return wanted, shape.problems


def check_project(section: object) -> list[FieldProblem]:
    return _read_project(section)[1]


@transaction.atomic
def apply_project(section: object, by: User | None) -> tuple[Project, list[str]]:
    wanted, problems = _read_project(section)
    refuse(problems)
    project, made = Project.objects.get_or_create(
        slug=wanted["slug"],
        defaults={"name": wanted["name"], "description": wanted["description"]},
    )
    # whoever else applies a file to this project waits until this one is through
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if made:
        audit.record("project made", project, project.slug, by=by)
        return project, [f"project {project.slug}: made"]
    changed = settings.describe(
        project, name=wanted["name"], description=wanted["description"], by=by
    )
    return project, [f"project {project.slug}: described anew"] if changed else []


def _read_retention(section: object) -> tuple[Retention, list[FieldProblem]]:
    shape = Shape(section, RETENTION_KEYS)
    days = {key: _days(shape, key) for key in RETENTION_KEYS}
    return Retention(**days), shape.problems


def _days(shape: Shape, key: str) -> int | None:
    if shape.get(key) is None:
        return None
    return shape.whole(key, low=1, high=retention.LONGEST_DAYS, default=1)


def check_retention(section: object) -> list[FieldProblem]:
    return _read_retention(section)[1]


@transaction.atomic
def apply_retention(project: Project, section: object, by: User | None) -> list[str]:
    """What the section leaves out is kept for ever; a file without it changes nothing."""
    wanted, problems = _read_retention(section)
    refuse(problems)
    if not retention.change(project, wanted, by):
        return []
    return [f"retention: {wanted}"]


def check_members(section: object) -> list[FieldProblem]:
    return _read_members(section)[1]


def _read_members(
    section: object,
) -> tuple[list[tuple[User, str]], list[FieldProblem]]:
    shape = Shape(section, list(section) if isinstance(section, dict) else ["username"])
    found: list[tuple[User, str]] = []
    for username in section if isinstance(section, dict) else ():
        role = shape.one_of(username, members.ROLES_OF_PEOPLE)
        user = User.objects.filter(username=username, is_service=False).first()
        if user is None:
            command = f"manage.py account --username {username}"
            shape.blame(str(username), f"there is no such account; make it: {command}")
        else:
            found.append((user, role))
    return found, shape.problems


@transaction.atomic
def apply_members(project: Project, section: object, by: User | None) -> list[str]:
    """Members that the file leaves out stay."""
    wanted, problems = _read_members(section)
    refuse(problems)
    # who rises goes first, so that owners can change places
    wanted.sort(key=lambda each: each[1] != "owner")
    lines = []
    for user, role in wanted:
        lines += _apply_member(project, user, role, by)
    return lines


def _apply_member(
    project: Project, user: User, role: str, by: User | None
) -> list[str]:
    kept = Membership.objects.active().filter(project=project, user=user).first()
    if kept is None:
        members.add(project, user, role, by=by)
        return [f"member {user.username}: {role}"]
    before = kept.role
    if before == role:
        return []
    try:
        members.change_role(kept, role, by=by)
    except Refused as refused:
        refuse([{"field": user.username, "problem": refused.detail}])
    return [f"member {user.username}: {before} → {role}"]


def check_connections(section: object) -> list[FieldProblem]:
    return _read_connections(section)[1]


def _read_connections(section: object) -> tuple[list[Wanted], list[FieldProblem]]:
    given, problems = in_list(section, "")
    found = []
    for at, each in enumerate(given):
        wanted, wrong = _read_connection(each)
        found.append(wanted)
        problems += under(f"[{at}]", wrong)
    return found, problems + repeated([wanted.name for wanted in found])


def _read_connection(given: object) -> tuple[Wanted, list[FieldProblem]]:
    shape = Shape(given, CONNECTION_KEYS)
    wanted = Wanted(
        name=shape.slug("name", longest=60),
        kind=shape.one_of("kind", Connection.Kind.values),
        uri=shape.text("uri", longest=500, default=""),
        options=_options(shape),
        secret=_secret(shape),
    )
    if not shape.problems:
        try:
            connections.refuse_unfit(wanted)
        except Refused as refused:
            return wanted, refused.errors
    return wanted, shape.problems


def _options(shape: Shape) -> dict[str, Any]:
    options = shape.get("options") or {}
    if isinstance(options, dict):
        return options
    shape.blame("options", "must be a map")
    return {}


def _secret(shape: Shape) -> dict[str, str] | None:
    """`secret_env: {password: MLFLOW_PASSWORD}`: a file that is shared holds no secret."""
    names = shape.get("secret_env")
    if names is None:
        return None
    if not isinstance(names, dict):
        shape.blame("secret_env", "must be a map: name to environment variable")
        return None
    for key, variable in names.items():
        if str(variable) not in os.environ:
            problem = f"the environment variable {variable} is not set"
            shape.blame(f"secret_env.{key}", problem)
    return {str(k): os.environ.get(str(v), "") for k, v in names.items()}


@transaction.atomic
def apply_connections(project: Project, section: object, by: User | None) -> list[str]:
    """Connections that the file leaves out stay."""
    found, problems = _read_connections(section)
    refuse(problems)
    lines = []
    for at, wanted in enumerate(found):
        kept = Connection.objects.filter(project=project, name=wanted.name).first()
        if kept is None:
            connections.make(project, wanted, by=by)
            lines.append(f"connection {wanted.name}: made")
        elif kept.kind != wanted.kind:
            problem = f"stays {kept.kind}; make a connection of another name"
            refuse([{"field": f"[{at}].kind", "problem": problem}])
        elif connections.change(kept, wanted, by=by):
            lines.append(f"connection {wanted.name}: changed")
    return lines
