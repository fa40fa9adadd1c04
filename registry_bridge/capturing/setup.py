"""Adapters and sources of endpoints in a project's file.

endpoints:
  - name: tickets
    adapter: {model: …, input: …, output: …}     # reviewer/adapting
    capture:                                     # one source, or a list of them
      kind: capture                              # or async, transform
      from: s3://our-bucket/capture/tickets
      connection: our-bucket                     # optional
      queue: https://sqs.eu-central-1.amazonaws.com/123456789012/capture   # optional
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from projects.refused import FieldProblem, Refused
from projects.shape import refuse, under
from registry_bridge.capturing import sources
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from projects.models import Project, User

KEY: Final = "capture"


def check(section: object) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for path, _, given in _given(section):
        problems += under(path, sources.read(given)[1])
    return problems


def _given(section: object) -> Iterator[tuple[str, str, object]]:
    """Path, endpoint and words of each source of the file."""
    for at, each in enumerate(section if isinstance(section, list) else ()):
        found: Any = each.get(KEY) if isinstance(each, dict) else None
        name = str(each.get("name")) if isinstance(each, dict) else ""
        if isinstance(found, list):
            for n, one in enumerate(found):
                yield f"[{at}].{KEY}[{n}]", name, one
        elif found is not None:
            yield f"[{at}].{KEY}", name, found


@transaction.atomic
def apply(project: Project, section: object, by: User | None) -> list[str]:
    """Sources that the file leaves out stay; those it names are read from now on."""
    refuse(check(section))
    lines = []
    for path, name, given in _given(section):
        endpoint = Endpoint.objects.get(project=project, name=name)
        wanted = sources.read(given)[0]
        try:
            if sources.add(endpoint, wanted, by):
                lines.append(f"endpoint {name}: reads {wanted.uri}")
        except Refused as refused:
            refuse(under(path, refused.errors))
    return lines
