"""Two projects with one of everything each, so that ids of the other can be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from labeling import comments
from labeling.media import links
from labeling.models import Comment, Task
from projects import addresses, invitations, storage
from projects.models import Job, Membership, Project, User
from registry_bridge.models import Gate, Promotion, Snapshot, Training
from reviewer import leasing
from reviewer.models import Export, QueueItem
from tests import makers
from tests.registry_bridge.makers import make_model


@dataclass
class World:
    """A project, and what of it addresses and bodies name."""

    project: Project
    ids: dict[str, Any]

    def lease(self, user: User | None) -> int:
        """The token of the item, which is now with this user."""
        user = user or User.objects.get(pk=self.ids["person"])
        item = QueueItem.objects.get(pk=self.ids["item"])
        held = leasing.take(item.queue, user, 1, at=timezone.now())
        return held[0].token


def make(slug: str) -> World:
    """A project in which nobody works but one reviewer and the maker of an invitation."""
    project = makers.make_project(slug)
    schema = makers.make_schema(project, name=f"{slug}-schema")
    endpoint = makers.make_endpoint(project, f"{slug}-endpoint", schema)
    policy = makers.make_policy(project)
    queue = makers.make_queue(project, f"{slug}-review")
    experts = makers.make_queue(project, f"{slug}-experts", "adjudication")
    task = makers.make_task(project, label="cat")
    item = makers.make_queue_item(queue, task, wanted=9)
    flagged = makers.make_queue_item(queue, state=QueueItem.State.FLAGGED)
    person = makers.make_member(project)
    inviter = makers.make_member(project, "owner")
    invitation, code = invitations.invite(project, name="x", role="lead", by=inviter)
    token, _ = makers.make_token_row(project)
    return World(
        project,
        {
            "slug": slug,
            "project": slug,
            "endpoint": endpoint.name,
            "schema": schema.schema.name,
            "version": schema.pk,
            "queue": queue.pk,
            "experts": experts.pk,
            "policy": policy.pk,
            "task": task.pk,
            "item": item.pk,
            "said": makers.make_annotation(task, person).pk,
            "comment": _comment(task, person).pk,
            "flagged": flagged.pk,
            "letter": makers.make_dead_letter(project).pk,
            "prediction": makers.make_prediction(endpoint).inference_id,
            "person": person.pk,
            "membership": Membership.objects.get(user=person).pk,
            "invitation": invitation.pk,
            "code": code,
            "wish": addresses.key(person, "person@example.org"),
            "object": _signed_object(),
            "token": token.pk,
            "link": _link(project, person),
            "connection": project.connections.create(name="x", kind="local").pk,
            "job": _dead_letter(project).pk,
            "export": _export(project).pk,
            "webhook": makers.make_webhook(project).pk,
            "source": endpoint.sources.create(kind="capture", uri="s3://b/p").pk,
            **_loop(project),
        },
    )


def _signed_object() -> str:
    storage.objects().put("walk/file.txt", b"something")
    return storage.objects().sign("walk/file.txt", 3600).rpartition("/")[2]


def _comment(task: Task, author: User) -> Comment:
    return comments.write(task, author, "reviewer", makers.new_uuid(), "Is it one?")


def _link(project: Project, person: User) -> str:
    task = makers.make_task(project, content={"text": {"ref": "s3://bucket/a.txt"}})
    (link,) = links.given(task, project, person, timezone.now())
    return str(link["address"]).rpartition("/")[2]


def _export(project: Project) -> Export:
    storage.objects().put("walk/labels.csv", b"cursor\n")
    return Export.objects.create(
        project=project,
        format="csv",
        files=[{"key": "walk/labels.csv", "rows": 0, "bytes": 7}],
    )


def _dead_letter(project: Project) -> Job:
    return Job.objects.create(
        key=f"dead:{project.pk}",
        project=project,
        handler="projects.audit.seal",
        stream="dead",
        state=Job.State.DEAD,
    )


def _loop(project: Project) -> dict[str, Any]:
    """What follows from gold: a model, and one thing of each step."""
    model = make_model(project, champion="1", target="none")
    made = str(1_000 + project.pk)
    Gate.objects.create(
        project=project, name="g", condition="enough_gold", action="retrain"
    )
    snapshot = Snapshot.objects.create(
        project=project,
        name="s",
        digest="0" * 64,
        rows=0,
        train=0,
        test=0,
        usable=0,
        files={"rows.jsonl": "somewhere"},
    )
    training = Training.objects.create(
        project=project, job_name=f"job-{project.pk}", version=made, state="done"
    )
    promotion = Promotion.objects.create(
        project=project, from_version="1", to_version=made, training=training
    )
    return {
        "model": model.pk,
        "snapshot": snapshot.pk,
        "training": training.pk,
        "promotion": promotion.pk,
        "model_version": made,
    }
