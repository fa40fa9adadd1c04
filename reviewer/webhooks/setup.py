"""Makes and changes webhooks from the section `webhooks` of a project's file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.db import transaction

from projects.refused import FieldProblem, Refused
from projects.shape import Shape, in_list, refuse, repeated, under
from reviewer.models import Webhook
from reviewer.models.webhook import EVENTS, USUAL
from reviewer.webhooks import hooks
from reviewer.webhooks.hooks import Wanted

if TYPE_CHECKING:
    from projects.models import Project, User

KEYS = ("name", "url", "events", "format", "secret_env")


def check_webhooks(section: object) -> list[FieldProblem]:
    return _read(section)[1]


def _read(section: object) -> tuple[list[Wanted], list[FieldProblem]]:
    given, problems = in_list(section, "")
    found = []
    for at, each in enumerate(given):
        wanted, wrong = _read_one(each)
        found.append(wanted)
        problems += under(f"[{at}]", wrong)
    return found, problems + repeated([wanted.name for wanted in found])


def _read_one(given: object) -> tuple[Wanted, list[FieldProblem]]:
    shape = Shape(given, KEYS)
    wanted = Wanted(
        name=shape.slug("name", longest=60),
        url=shape.text("url", longest=500),
        events=_events(shape),
        secret=_secret(shape),
        format=shape.text("format", longest=20, default=Webhook.Format.STANDARD),
    )
    if not shape.problems:
        try:
            hooks.refuse_unfit(wanted)
        except Refused as refused:
            return wanted, [_named_as_written(each) for each in refused.errors]
    return wanted, shape.problems


def _events(shape: Shape) -> tuple[str, ...]:
    given = shape.get("events")
    if given is None:
        return USUAL
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return tuple(given)
    shape.blame("events", f"must be a list of: {', '.join(EVENTS)}")
    return USUAL


def _secret(shape: Shape) -> str:
    """`secret_env: NAME`: a file that is shared holds no secret."""
    variable = shape.text("secret_env", longest=120)
    if variable and not os.environ.get(variable):
        problem = f"the environment variable {variable} is not set"
        shape.blame("secret_env", problem)
    return os.environ.get(variable, "")


def _named_as_written(problem: FieldProblem) -> FieldProblem:
    if problem["field"] != "secret":
        return problem
    return {"field": "secret_env", "problem": f"the secret {problem['problem']}"}


@transaction.atomic
def apply_webhooks(project: Project, section: object, by: User | None) -> list[str]:
    """Webhooks that the file leaves out stay."""
    found, problems = _read(section)
    refuse(problems)
    lines = []
    for wanted in found:
        kept = Webhook.objects.filter(project=project, name=wanted.name).first()
        if kept is None:
            hooks.make(project, wanted, by=by)
            lines.append(f"webhook {wanted.name}: made")
        elif hooks.change(kept, wanted, by=by):
            lines.append(f"webhook {wanted.name}: changed")
    return lines
