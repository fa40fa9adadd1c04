"""Those who call the REST API in the journeys: an endpoint, reviewers, an adjudicator."""

from __future__ import annotations

import html
import itertools
import json
import re
import shlex
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from projects.models import Project, Role
from reviewer.models import Queue
from tests.makers import (
    bearer,
    make_endpoint,
    make_member,
    make_policy,
    make_project,
    make_queue,
    make_schema,
    make_token,
)

PROBLEM = "application/problem+json"
_numbers = itertools.count(1)


@dataclass
class Caller:
    """Somebody with a token, who sends JSON and gets JSON."""

    secret: str
    client: Client = field(default_factory=Client)

    def post(self, url: str, body: Any, **extra: Any) -> Any:
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        kind = extra.pop("content_type", "application/json")
        return self.client.post(
            f"/api/v1/{url}", text, kind, headers=bearer(self.secret), **extra
        )

    def get(self, url: str) -> Any:
        return self.client.get(f"/api/v1/{url}", headers=bearer(self.secret))


@dataclass
class Reviewer(Caller):
    """A caller who takes tasks of one queue and answers them."""

    queue: Queue = field(kw_only=True)

    def claim(self, count: int = 1) -> list[dict[str, Any]]:
        response = self.post(f"queues/{self.queue.pk}/claim", {"count": count})
        assert response.status_code == 200, response.content
        return list(response.json()["assignments"])

    def submit(self, assignment: dict[str, Any], answer: Any) -> dict[str, Any]:
        return self.hand_in([self.item(assignment, answer)])[0]

    def hand_in(self, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        response = self.post(
            f"queues/{self.queue.pk}/submissions", {"items": list(items)}
        )
        assert response.status_code == 200, response.content
        return list(response.json()["results"])

    @staticmethod
    def item(assignment: dict[str, Any], answer: Any) -> dict[str, Any]:
        return {
            "assignment": assignment["id"],
            "token": assignment["token"],
            "client_id": str(uuid.uuid4()),
            "answer": answer,
            "seconds": 1.5,
        }

    def answer_next(self, label: str) -> dict[str, Any]:
        (assignment,) = self.claim()
        return self.submit(assignment, {"label": label})


@dataclass
class Shop:
    """A project whose endpoint `pets` tells cats from dogs; everything is reviewed."""

    project: Project
    queue: Queue
    endpoint: Caller

    @property
    def predictions(self) -> str:
        return f"projects/{self.project.slug}/predictions"

    def send(self, rows: Any, **extra: Any) -> Any:
        return self.endpoint.post(self.predictions, rows, **extra)

    def state(self, inference_id: str) -> dict[str, Any]:
        response = self.endpoint.get(f"{self.predictions}/pets/{inference_id}")
        assert response.status_code == 200, response.content
        return dict(response.json())

    def reviewer(self) -> Reviewer:
        user = make_member(self.project, Role.REVIEWER)
        secret = make_token(self.project, Role.REVIEWER, user)
        return Reviewer(secret, queue=self.queue)

    def adjudicator(self) -> Reviewer:
        user = make_member(self.project, Role.ADJUDICATOR)
        secret = make_token(self.project, Role.ADJUDICATOR, user)
        queue = Queue.objects.get(project=self.project, purpose="adjudication")
        return Reviewer(secret, queue=queue)


def shown_call(client: Client, page: str) -> tuple[str, Any]:
    """Where an endpoint's page says to post, and what: as a shell reads the command."""
    text = html.unescape(client.get(page).content.decode())
    shown = re.search(r'<pre id="snippet"[^>]*>(.*?)</pre>', text, re.DOTALL)
    assert shown
    words = shlex.split(shown[1])
    return words[words.index("POST") + 1], json.loads(words[words.index("-d") + 1])


def open_shop(**queue: Any) -> Shop:
    project = make_project()
    schema = make_schema(project)
    make_endpoint(project, "pets", schema)
    make_policy(project)
    secret = make_token(project, Role.ENDPOINT)
    return Shop(project, make_queue(project, **queue), Caller(secret))


def row(**changes: Any) -> dict[str, Any]:
    """A prediction that fits; `output` and others may be changed, None takes a key out."""
    number = next(_numbers)
    sent = {
        "inference_id": f"photo-{number}",
        "endpoint": "pets",
        "model": {"name": "pets", "version": "3"},
        "input": {"text": f"It purrs, says sheet {number}"},
        "output": {"label": "cat", "confidence": 0.6},
        **changes,
    }
    return {key: value for key, value in sent.items() if value is not None}
