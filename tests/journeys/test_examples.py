"""Every example in examples/ can be set up as it stands, and its predictions are taken in."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.management import call_command

from labeling.models import Task
from projects.models import Project, Role
from reviewer.models import Endpoint
from tests.journeys.callers import Caller, shown_call
from tests.makers import make_member, make_token, sign_in

pytestmark = pytest.mark.django_db

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/project.yaml"))
WITH_DATA = [path for path in EXAMPLES if (path.parent / "data.jsonl").exists()]


def named(path: Path) -> str:
    return path.parent.name


def apply(path: Path) -> Project:
    call_command("apply", str(path), stdout=StringIO())
    return Project.objects.get(slug=yaml.safe_load(path.read_text())["project"]["slug"])


def rows(path: Path, project: Project) -> list[dict[str, Any]]:
    """What is sent: a project with one endpoint need not name it in every row."""
    endpoint = Endpoint.objects.filter(project=project).first()
    lines = (path.parent / "data.jsonl").read_text().splitlines()
    default = {"endpoint": endpoint.name} if endpoint else {}
    return [{**default, **json.loads(line)} for line in lines]


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_is_set_up_as_it_stands_and_safe_to_repeat(path: Path) -> None:
    apply(path)

    again = StringIO()
    call_command("apply", str(path), stdout=again)

    assert again.getvalue() == "nothing to change\n"


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_what_an_endpoints_page_shows_is_taken_in_as_it_stands(path: Path) -> None:
    project = apply(path)
    lead = sign_in(make_member(project, Role.LEAD))
    caller = Caller(make_token(project, Role.ENDPOINT))
    name = Endpoint.objects.get(project=project).name

    url, row = shown_call(lead, f"/p/{project.slug}/endpoints/{name}/")
    path_of_call = urlsplit(url).path.removeprefix("/api/v1/")
    response = caller.post(f"{path_of_call}?dry_run=1", row)

    assert response.status_code == 201, response.content
    assert response.json()["inference_id"] == "example-1"
    assert not Task.objects.filter(payload__project=project).exists()


@pytest.mark.parametrize("path", WITH_DATA, ids=named)
def test_every_prediction_of_an_example_is_taken_in(path: Path) -> None:
    project = apply(path)
    sent = rows(path, project)
    caller = Caller(make_token(project, Role.ENDPOINT))

    response = caller.post(
        f"projects/{project.slug}/predictions", {"predictions": sent}
    )

    assert response.status_code == 200, response.content
    results = response.json()["results"]
    assert [each for each in results if "decision" not in each] == []
    assert len(results) == len(sent) > 5
    # something is left for people to look at
    assert Task.objects.filter(payload__project=project).exists()
