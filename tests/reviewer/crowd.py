"""A crowd whose skill is known, at work by the ways that answers go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from labeling.models import Annotation, Gold, Task
from projects.models import Project, Role, User
from reviewer import leasing, submission
from reviewer.models import Mark, Queue
from reviewer.rollups import answers
from reviewer.submission import Submission
from tests import makers

LABELS = ("bird", "cat", "dog")


@dataclass
class Crowd:
    """People who are right so often, and else say one of the other labels."""

    project: Project
    queue: Queue
    right: dict[User, float]
    rng: np.random.Generator
    truth: dict[int, str] = field(default_factory=dict)

    @property
    def people(self) -> list[User]:
        return list(self.right)

    def tasks(self, n: int, **fields: Any) -> list[Task]:
        made = []
        for _ in range(n):
            task = makers.make_task(self.project, **{"blind": True, **fields})
            makers.make_queue_item(self.queue, task)
            self.truth[task.pk] = LABELS[int(self.rng.integers(len(LABELS)))]
            made.append(task)
        return made

    def work(self, people: Sequence[User] | None = None) -> None:
        """Everybody takes a task in each round, in any order, until nothing is left."""
        at_work = list(people or self.people)
        while at_work:
            order = self.rng.permutation(len(at_work)).tolist()
            at_work = [at_work[at] for at in order if self.one(at_work[at])]

    def one(self, user: User) -> bool:
        at = timezone.now()
        for item in leasing.take(self.queue, user, 1, at=at):
            said = self.says(user, self.truth[item.task_id])
            given = Submission(
                item.pk, item.token, makers.new_uuid(), {"label": said}, 3.0
            )
            submission.submit(self.queue, user, given, at)
            return True
        return False

    def says(self, user: User, truth: str) -> str:
        if self.rng.random() < self.right[user]:
            return truth
        others = [label for label in LABELS if label != truth]
        return others[int(self.rng.integers(len(others)))]

    def experts_say(self, tasks: Sequence[Task]) -> None:
        """What an adjudicator settles, beside whatever reviewers settled."""
        for task in tasks:
            kept = Gold.objects.filter(task=task).first()
            makers.make_gold(
                task,
                self.truth[task.pk],
                source=Gold.Source.EXPERT,
                blind=True,
                supersedes=kept,
            )


def make_crowd(right: Sequence[float], seed: int, **queue: Any) -> Crowd:
    project = makers.make_project()
    makers.make_schema(project, labels=LABELS)
    makers.make_queue(project, purpose=Queue.Purpose.ADJUDICATION)
    ways: dict[str, Any] = {"overlap": 3, "max_overlap": 3, **queue}
    people = [makers.make_member(project, Role.REVIEWER) for _ in right]
    return Crowd(
        project,
        makers.make_queue(project, **ways),
        dict(zip(people, right, strict=True)),
        np.random.default_rng(seed),
    )


def all_counted() -> None:
    """As if the worker had counted every answer there is, and knew who gave some."""
    rollup, newest = answers.ROLLUP, Annotation.objects.latest("pk").pk
    mark, _ = Mark.objects.get_or_create(name=rollup.name)
    with connection.cursor() as cursor:
        cursor.execute(rollup.count, {"after": mark.counted, "upto": newest})
    Mark.objects.filter(name=rollup.name).update(counted=newest, seen=newest)
