"""A task of which two people say something else, by the ways that answers go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from labeling.models import Annotation, Task
from projects.access import Member
from projects.models import Project, User
from reviewer import leasing, submission
from reviewer.models import Queue
from reviewer.submission import Submission
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
    new_uuid,
)


@dataclass
class Dispute:
    project: Project
    review: Queue
    experts: Queue
    task: Task
    one: User
    two: User
    adjudicator: User

    def first(self) -> Annotation:
        return Annotation.objects.get(author=self.one, superseded_by=None)

    def member(self, user: User, role: str) -> Member:
        return Member(user, self.project, role, by_token=False)

    @property
    def judge(self) -> Member:
        return self.member(self.adjudicator, "adjudicator")


def make_dispute(*said: str, **queue: Any) -> Dispute:
    """`one` says cat and `two` says dog unless told otherwise; the model says cat."""
    project = make_project()
    make_schema(project)
    review = make_queue(project, **{"overlap": 2, "max_overlap": 2, **queue})
    experts = make_queue(
        project, purpose=Queue.Purpose.ADJUDICATION, overlap=1, max_overlap=1
    )
    task = make_task(project, label="cat")
    make_queue_item(review, task)
    one, two = make_member(project), make_member(project)
    for user, label in zip((one, two), said or ("cat", "dog"), strict=True):
        answer(review, user, label)
    return Dispute(
        project, review, experts, task, one, two, make_member(project, "adjudicator")
    )


def answer(queue: Queue, user: User, label: str, note: str = "") -> None:
    at = timezone.now()
    (item,) = leasing.take(queue, user, 1, at=at)
    given = Submission(item.pk, item.token, new_uuid(), {"label": label}, 2.0, note)
    submission.submit(queue, user, given, at)
