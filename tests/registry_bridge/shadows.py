"""Predictions behind an endpoint, and a shadow that answers them, in the world of fakes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Max

from labeling.models import Payload, Task
from registry_bridge import retraining, shadowing, studies, study_work
from registry_bridge.models import Shadow, Study, Training
from reviewer.models import (
    Endpoint,
    Mark,
    Prediction,
    QueueItem,
    Score,
    Selection,
)
from reviewer.rollups import intake
from reviewer.stats.disagreements import Evidence, Seen
from tests import makers
from tests.registry_bridge.makers import Loop, Says, make_gate, review, work

_numbers = itertools.count(1)


def endpoint_of(loop: Loop) -> Endpoint:
    return Endpoint.objects.get(project=loop.project, name=loop.model.endpoint)


def send(
    loop: Loop, *truths: str, said: str = "cat", **fields: Any
) -> list[Prediction]:
    """Predictions of the version in use, each about an input that tells its truth."""
    fields.setdefault("model_version", loop.model.champion)
    return [
        makers.make_prediction(
            endpoint_of(loop), label=said, payload=payload_of(loop, truth), **fields
        )
        for truth in truths
    ]


def payload_of(loop: Loop, truth: str) -> Payload:
    content = {"text": f"text {next(_numbers)}", "truth": truth}
    return makers.make_payload(loop.project, content)


def all_is_counted() -> None:
    """No prediction can appear any more before the newest one."""
    newest = Prediction.objects.aggregate(newest=Max("pk"))["newest"] or 0
    mark, _ = Mark.objects.get_or_create(name=intake.ROLLUP.name)
    with connection.cursor() as cursor:
        cursor.execute(intake.ROLLUP.count, {"after": mark.counted, "upto": newest})
    mark.counted = mark.seen = newest
    mark.save(update_fields=["counted", "seen"])


def answer_all() -> None:
    """What the worker does every few seconds, until nothing is left."""
    all_is_counted()
    shadowing.ask()
    work()


def says_the_truth(name: str, row: Any) -> str:
    """The model in use takes everything for a cat; the one behind it knows better."""
    truth = row.get("label") or row["input"].get("truth", "cat")
    return "cat" if name == "champion" else str(truth)


def labels(shadow: Shadow) -> dict[str, str]:
    rows = Score.objects.filter(model_version=shadow.version)
    return dict(rows.values_list("prediction__inference_id", "label"))


@dataclass
class Studied:
    """A study that runs: live predictions on which both differ, and who labels them."""

    loop: Loop
    study: Study

    def send(self, *truths: str, **fields: Any) -> list[Prediction]:
        """The model in use says cat to all of them, and the challenger the truth."""
        return send(self.loop, *truths, **fields)

    def advance(self) -> Study:
        """What the worker does: scored, drawn, used as evidence, judged."""
        answer_all()
        study_work.take()
        self.study.refresh_from_db()
        return self.study

    def drawn(self) -> list[Task]:
        """What people are to label, the oldest prediction first."""
        drawn = Selection.objects.filter(design=self.study.design, u__lt=F("pi"))
        rows = drawn.select_related("prediction__task", "task").order_by("prediction")
        tasks = (each.task or each.prediction.task for each in rows)
        return [task for task in tasks if task is not None]

    def settle(self, task: Task, label: str | None = None, **gold: Any) -> None:
        """As consensus would: the truth, unless told otherwise."""
        content = task.payload.content or {}
        label = label or str(content["truth"])
        makers.make_gold(task, label, **{"blind": True, "source": "consensus", **gold})
        items = QueueItem.objects.filter(task=task)
        items.update(state=QueueItem.State.DONE, done=F("wanted"))

    def settle_all(self) -> int:
        waiting = [task for task in self.drawn() if task.state == Task.State.OPEN]
        for task in waiting:
            self.settle(task)
        return len(waiting)

    @property
    def seen(self) -> Seen:
        return Evidence.from_json(self.study.evidence).whole


def make_challenger(loop: Loop, *, says: Says = says_the_truth) -> Training:
    """A training that was compared on the test side; no gate said anything."""
    loop.world.says = says
    review(loop)
    training = retraining.start(loop.project, by=loop.lead)
    work()
    training.refresh_from_db()
    return training


def make_study(loop: Loop, **settings: Any) -> Studied:
    """Begun by a gate with these settings, as after a comparison."""
    training = make_challenger(loop)
    make_gate(loop.project, "challenger_better", rule="study", **settings)
    return Studied(loop, studies.begin(training))
