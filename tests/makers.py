"""Makers of test data: each takes only what matters and makes up the rest."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
import uuid
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from labeling.models import Annotation, Gold, Payload, Schema, SchemaVersion, Task
from projects import audit, tokens
from projects.models import Membership, Project, Role, Token, User
from reviewer.models import (
    DeadLetter,
    Endpoint,
    Policy,
    Prediction,
    Queue,
    QueueItem,
    Webhook,
)
from reviewer.webhooks import hooks

PASSWORD = "seven grey herons wait"
SALT = b"known to everybody, 32 bytes lng"
_numbers = itertools.count(1)


def new_uuid() -> uuid.UUID:
    return uuid.uuid4()


def _new(name: str) -> str:
    return f"{name}-{next(_numbers)}"


def make_user(username: str | None = None, **fields: Any) -> User:
    """Somebody who can sign in with PASSWORD."""
    username = username or _new("person")
    fields.setdefault("name", username.replace("-", " ").title())
    user = User(username=username, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_project(slug: str | None = None, **fields: Any) -> Project:
    slug = slug or _new("project")
    return Project.objects.create(slug=slug, **{"name": slug.title(), **fields})


def make_member(
    project: Project, role: str = Role.REVIEWER, user: User | None = None
) -> User:
    """The user, now a member of the project in that role."""
    user = user or make_user(_new(role))
    Membership.objects.create(project=project, user=user, role=role)
    return user


def make_token(
    project: Project,
    role: str = Role.ENDPOINT,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> str:
    """The secret of a new token."""
    return make_token_row(project, role, user, expires_at)[1]


def make_token_row(
    project: Project,
    role: str = Role.ENDPOINT,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    return tokens.make(
        project, role=role, name=_new(role), user=user, expires_at=expires_at
    )


def seal(wanted: int) -> int:
    """Chain so many audit entries; how many there were.

    The sealer waits for every older transaction on the server, those of tests that run
    beside this one included.
    """
    sealed, until = 0, time.monotonic() + 30
    while sealed < wanted and time.monotonic() < until:
        sealed += audit.seal()
        time.sleep(0.05)
    return sealed


def bearer(secret: str) -> dict[str, str]:
    """Headers for Django's test client: client.get(url, headers=bearer(secret))."""
    return {"Authorization": f"Bearer {secret}"}


def sign_in(user: User, *, check_csrf: bool = False) -> Client:
    """A browser in which the user is signed in."""
    client = Client(enforce_csrf_checks=check_csrf)
    client.force_login(user)
    return client


def make_questions(*labels: str) -> list[dict[str, Any]]:
    """One question of kind choice with the id `label`."""
    return [
        {
            "id": "label",
            "kind": "choice",
            "title": "What is it?",
            "labels": [
                {"id": label, "name": label.title()}
                for label in labels or ("cat", "dog")
            ],
        }
    ]


def make_schema(
    project: Project | None = None,
    *,
    name: str = "schema",
    labels: tuple[str, ...] = ("cat", "dog"),
    questions: list[dict[str, Any]] | None = None,
    fields: list[dict[str, Any]] | None = None,
    guideline: str = "",
) -> SchemaVersion:
    """The next version of the project's schema of that name."""
    project = project or make_project()
    schema, _ = Schema.objects.get_or_create(project=project, name=name)
    return SchemaVersion.objects.create(
        schema=schema,
        number=schema.versions.count() + 1,
        questions=questions or make_questions(*labels),
        fields=fields or [{"name": "text", "type": "text"}],
        guideline=guideline,
    )


def make_endpoint(
    project: Project | None = None,
    name: str = "endpoint",
    schema: SchemaVersion | None = None,
) -> Endpoint:
    project = project or (schema.schema.project if schema else make_project())
    schema = schema or _schema_of(project)
    return Endpoint.objects.create(project=project, name=name, schema=schema.schema)


def _schema_of(project: Project) -> SchemaVersion:
    latest = SchemaVersion.objects.filter(schema__project=project).order_by("-number")
    return latest.first() or make_schema(project)


def make_policy(project: Project, **rules: Any) -> Policy:
    """The next policy of the project, and the active one; all reviewed unless told."""
    if not rules:
        rules = {"rules": [{"name": "everything", "when": {}}]}
    Policy.objects.filter(project=project).update(active=False)
    return Policy.objects.create(
        project=project,
        version=Policy.objects.filter(project=project).count() + 1,
        rules=rules,
        salt=SALT,
    )


def make_queue(
    project: Project | None = None,
    name: str | None = None,
    purpose: str = Queue.Purpose.REVIEW,
    **fields: Any,
) -> Queue:
    project = project or make_project()
    name = name or _new(purpose)
    return Queue.objects.create(
        project=project, name=name, title=name.title(), purpose=purpose, **fields
    )


def make_payload(project: Project, content: dict[str, Any] | None = None) -> Payload:
    content = content or {"text": _new("Something to read")}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return Payload.objects.create(project=project, sha256=digest, content=content)


def make_task(
    project: Project | None = None,
    *,
    schema: SchemaVersion | None = None,
    label: str | None = None,
    confidence: float = 0.6,
    content: dict[str, Any] | None = None,
    **fields: Any,
) -> Task:
    """An open task; with `label`, the model's answer a person starts from."""
    project = project or (schema.schema.project if schema else make_project())
    if label is not None:
        fields["pre_label"] = {"label": {"value": label, "confidence": confidence}}
    return Task.objects.create(
        project=project,
        payload=make_payload(project, content),
        schema_version=schema or _schema_of(project),
        **fields,
    )


def make_queue_item(
    queue: Queue | None = None, task: Task | None = None, **fields: Any
) -> QueueItem:
    """A task that waits in a queue, behind those made before it."""
    queue = queue or make_queue(task.project if task else None)
    task = task or make_task(queue.project)
    fields.setdefault("place", next(_numbers) / 1e6)
    fields.setdefault("wanted", queue.overlap)
    return QueueItem.objects.create(queue=queue, task=task, **fields)


def make_prediction(
    endpoint: Endpoint | None = None,
    *,
    inference_id: str | None = None,
    label: str = "cat",
    confidence: float | None = 0.9,
    verdict: str = Prediction.Verdict.ACCEPTED,
    pi: float | None = None,
    task: Task | None = None,
    **fields: Any,
) -> Prediction:
    """What an endpoint said; drawn or not as the verdict needs."""
    project = task.project if task else None
    endpoint = endpoint or make_endpoint(project)
    project = endpoint.project
    pi = pi or (1.0 if verdict == Prediction.Verdict.REVIEW else 0.125)
    policy = Policy.objects.filter(project=project, active=True).first()
    defaults: dict[str, Any] = {
        "model_name": "model",
        "model_version": "1",
        "output": {"label": label, "confidence": confidence},
        "content_hash": uuid.uuid4().hex,
        "u": pi if verdict == Prediction.Verdict.ACCEPTED else pi / 2,
        "b": 0.25,
        "blind": task.blind if task else False,
        "reason": "made for a test",
        "policy": policy or make_policy(project),
        "payload": fields.pop("payload", None)
        or (task.payload if task else make_payload(project)),
    }
    return Prediction.objects.create(
        project=project,
        endpoint=endpoint,
        inference_id=inference_id or _new("inference"),
        label=label,
        confidence=confidence,
        verdict=verdict,
        pi=pi,
        task=task,
        **{**defaults, **fields},
    )


def make_dead_letter(project: Project, row: str = "{}", **fields: Any) -> DeadLetter:
    """A row that was refused."""
    defaults = {"code": "does_not_fit", "detail": "made for a test"}
    return DeadLetter.objects.create(project=project, row=row, **{**defaults, **fields})


def make_annotation(
    task: Task | None = None,
    author: User | None = None,
    label: str = "cat",
    **fields: Any,
) -> Annotation:
    return Annotation.objects.create(
        task=task or make_task(),
        author=author or make_user(),
        **{
            "client_id": uuid.uuid4(),
            "answer": {"label": label},
            "blind": False,
            **fields,
        },
    )


def make_gold(task: Task | None = None, label: str = "cat", **fields: Any) -> Gold:
    """The settled value of a task, which is closed by it."""
    task = task or make_task()
    task.state, task.settled_at = Task.State.SETTLED, timezone.now()
    task.save(update_fields=["state", "settled_at"])
    return Gold.objects.create(
        project=task.project,
        task=task,
        **{
            "question": "label",
            "value": label,
            "source": Gold.Source.SINGLE,
            **fields,
        },
    )


def make_webhook(
    project: Project | None = None,
    url: str = "https://example.org/hooks",
    *,
    name: str | None = None,
    secret: str = "",
    **fields: Any,
) -> Webhook:
    """A webhook that tells of everything from now on."""
    project = project or make_project()
    wanted = hooks.Wanted(name or _new("webhook"), url, secret=secret)
    webhook, _ = hooks.make(project, wanted, by=None)
    Webhook.objects.filter(pk=webhook.pk).update(**fields)
    webhook.refresh_from_db()
    return webhook
