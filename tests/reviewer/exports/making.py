"""What tests of exports share: settled labels, and reading an export to its end."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.test import Client

from labeling.models import Gold
from projects.models import Project
from reviewer.exports import reading
from reviewer.models import Endpoint
from tests import makers

CURSOR = "Overread-Next-Cursor"


def make_settled(
    project: Project, label: str = "cat", *, content: Any = None, **fields: Any
) -> Gold:
    """A settled label of a task that nobody's prediction led to."""
    return makers.make_gold(makers.make_task(project, content=content), label, **fields)


def make_predicted(endpoint: Endpoint, label: str = "cat", **fields: Any) -> Gold:
    """A settled label of what an endpoint said; `fields` are the prediction's."""
    task = makers.make_task(endpoint.project)
    makers.make_prediction(endpoint, task=task, verdict="audit", **fields)
    return makers.make_gold(task, label)


def correct(gold: Gold, label: str) -> Gold:
    return makers.make_gold(gold.task, label, supersedes=gold)


def client_of(project: Project) -> Client:
    return Client(headers=makers.bearer(makers.make_token(project, "lead")))


def wait_until_readable(project: Project) -> None:
    """An export waits for every older transaction on the server, those of tests that run
    beside this one included."""
    until = time.monotonic() + 60
    newest = Gold.objects.filter(project=project).order_by("-xid").first()
    while newest and reading.open_span(project).until.xid <= newest.xid:
        assert time.monotonic() < until
        time.sleep(0.05)


def get(client: Client, project: Project, query: str = "", **headers: str) -> Any:
    """The answer, once what was committed may be read."""
    wait_until_readable(project)
    return client.get(f"/api/v1/projects/{project.slug}/labels{query}", headers=headers)


def rows_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return [json.loads(line) for line in answer.getvalue().split(b"\n")[:-1]]


def cells_of(answer: Any) -> list[dict[str, str]]:
    text = answer.getvalue().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def values(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [row["value"] for row in rows]
