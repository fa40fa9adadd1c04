"""Makers for pages: a project with its people, drawn predictions, answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from labeling.models import Gold, Task
from projects.models import Project, Role, User
from reviewer.models import Endpoint, Prediction, Queue, QueueItem
from tests import makers


@dataclass
class Team:
    """A project with an endpoint, a review queue, and one person in each role."""

    project: Project
    endpoint: Endpoint
    queue: Queue
    reviewer: User
    adjudicator: User
    lead: User

    def as_(self, role: str) -> Client:
        return makers.sign_in(getattr(self, role))

    def url(self, path: str = "") -> str:
        return f"/p/{self.project.slug}/{path}"


def make_team(slug: str | None = None, **queue: Any) -> Team:
    project = makers.make_project(slug)
    return Team(
        project,
        makers.make_endpoint(project),
        makers.make_queue(project, **queue),
        makers.make_member(project, Role.REVIEWER),
        makers.make_member(project, Role.ADJUDICATOR),
        makers.make_member(project, Role.LEAD),
    )


def make_drawn(
    team: Team,
    said: str = "cat",
    *,
    pi: float = 1.0,
    b: float = 1.0,
    blind: bool = True,
    u: float | None = None,
    state: int = QueueItem.State.OPEN,
    item: dict[str, Any] | None = None,
    **fields: Any,
) -> Task:
    """A prediction that people look at, and its place in the queue."""
    task = makers.make_task(team.project, label=said, blind=blind)
    verdict = Prediction.Verdict.REVIEW if pi == 1 else Prediction.Verdict.AUDIT
    u = pi / 2 if u is None else u
    makers.make_prediction(
        team.endpoint, label=said, verdict=verdict, pi=pi, b=b, u=u, task=task, **fields
    )
    where = {"place": u / pi, **(item or {})}
    makers.make_queue_item(team.queue, task, audit=pi < 1, state=state, **where)
    return task


def make_settled(
    team: Team, truth: str = "cat", said: str = "cat", **fields: Any
) -> Task:
    """The same, answered and settled by several reviewers."""
    source = fields.pop("source", Gold.Source.CONSENSUS)
    task = make_drawn(team, said, state=QueueItem.State.DONE, **fields)
    makers.make_gold(task, truth, source=source, blind=task.blind)
    return task
