"""Tasks that refer to something, and people who look at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from labeling.media import links
from labeling.models import Task
from projects import connections
from projects.models import Project, User
from tests import makers

IMAGE = {"name": "image", "type": "image"}
TEXT = {"name": "text", "type": "text"}


@dataclass
class Scene:
    """A task, and somebody who may review it."""

    project: Project
    task: Task
    user: User
    client: Client

    def links(self) -> list[dict[str, Any]]:
        return links.given(self.task, self.project, self.user, timezone.now())

    def get(self, at: int = 0, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(self.links()[at]["address"], headers=named)

    def told(self, at: int = 0) -> tuple[int, str, str]:
        """Status, code and words of a refusal."""
        answer = self.get(at)
        body = answer.json()
        return answer.status_code, body["code"], body["detail"]


def make_scene(content: dict[str, Any], *fields: dict[str, Any]) -> Scene:
    project = makers.make_project()
    schema = makers.make_schema(project, fields=list(fields or [IMAGE]))
    task = makers.make_task(project, schema=schema, content=content)
    user = makers.make_member(project)
    return Scene(project, task, user, makers.sign_in(user))


def make_connection(project: Project, endpoint: str, **more: Any) -> None:
    keys = {"access_key_id": "known", "secret_access_key": "to everybody"}
    wanted = connections.Wanted(
        name=f"s3-{project.connections.count()}",
        kind="s3",
        **{
            "uri": "s3://photos",
            "options": {"endpoint_url": endpoint, "region": "us-east-1"},
            "secret": keys,
            **more,
        },
    )
    connections.make(project, wanted, by=None)
