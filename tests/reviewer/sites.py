"""A project in use: predictions come in, people answer, the worker counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils import timezone

from projects.models import Project, User
from reviewer import intake, leasing, submission
from reviewer.models import Policy, Prediction, Queue, QueueItem
from reviewer.submission import Submission
from tests import makers
from tests.reviewer.rollups import counting


class Site:
    """A project in use: what it sends is right as often as it is sure."""

    def __init__(self, rules: dict[str, Any], seed: int = 5) -> None:
        self.project: Project = makers.make_project()
        makers.make_endpoint(self.project, "eyes")
        makers.make_policy(self.project, **rules)
        self.queue: Queue = makers.make_queue(self.project)
        self.person: User = makers.make_member(self.project)
        self.truth: dict[str, str] = {}
        self.random = np.random.default_rng(seed)

    def send(self, n: int, version: str = "1", right: float | None = None) -> None:
        rows = [self.row(version, right) for _ in range(n)]
        intake.accept(intake.open_desk(self.project), rows)
        counting.count_all()

    def row(self, version: str, right: float | None) -> dict[str, Any]:
        confidence = round(float(self.random.uniform(0.5, 1)), 4)
        chance = confidence if right is None else right
        said = str(self.random.choice(("cat", "dog")))
        other = "dog" if said == "cat" else "cat"
        key = f"p-{len(self.truth)}"
        self.truth[key] = said if self.random.random() < chance else other
        return {
            "inference_id": key,
            "endpoint": "eyes",
            "model": {"name": "model", "version": version},
            "input": {"text": f"something about {key}"},
            "output": {"label": said, "confidence": confidence},
        }

    def answer_all(self, but: int | None = None) -> None:
        """Hand in the true answer of all that waits, except for one task."""
        held: list[int] = []
        while taken := self._take(held):
            for item in taken:
                if item.task_id == but:
                    held.append(item.pk)
                else:
                    self.answer(item)

    def _take(self, held: list[int]) -> list[QueueItem]:
        now = timezone.now()
        return leasing.take(self.queue, self.person, 20, have=held, at=now)

    def answer(self, item: QueueItem) -> None:
        key = Prediction.objects.get(task=item.task_id).inference_id
        given = {"label": self.truth[key]}
        submission.submit(
            self.queue,
            self.person,
            Submission(item.pk, item.token, makers.new_uuid(), given),
            timezone.now(),
        )

    @property
    def policy(self) -> Policy:
        return Policy.objects.get(project=self.project, active=True)

    def drawn_blind(self, version: str = "1") -> list[Prediction]:
        return list(
            Prediction.objects.filter(
                project=self.project, blind=True, model_version=version
            )
            .exclude(verdict="accepted")
            .order_by("pk")
        )
