"""Makers for what follows from gold: a model with its project, reviewed predictions."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import Model

from labeling.models import Gold, Payload, Task
from projects import jobs, worker
from projects.models import Job, Project, Role, User
from registry_bridge import promotion, retraining
from registry_bridge.gate_writing import ACTIONS
from registry_bridge.gateways import choose
from registry_bridge.gateways.fakes import (
    FakeCompute,
    FakeDeployment,
    FakeObjects,
    FakePackages,
    FakeRegistry,
    FakeTracking,
    TrainingFailed,
    leave_a_model,
)
from registry_bridge.gateways.ports import ModelSource, TrainingSpec
from registry_bridge.models import Gate, Promotion, RegisteredModel
from reviewer.models import Endpoint, Prediction, Queue, QueueItem
from tests import makers

SPLIT = b"known to everybody, for a split."
Row = TypeVar("Row", bound=Model)
_numbers = itertools.count(1)


def make_model(project: Project | None = None, **fields: Any) -> RegisteredModel:
    """A project's model, whose endpoint and review queue exist."""
    project = project or makers.make_project()
    endpoint = Endpoint.objects.filter(project=project).first()
    endpoint = endpoint or makers.make_endpoint(project)
    if not Queue.objects.filter(project=project).exists():
        makers.make_queue(project)
    defaults: dict[str, Any] = {
        "name": f"model-{next(_numbers)}",
        "experiment": f"overread/{project.slug}",
        "question": "label",
        "endpoint": endpoint.name,
        "script": __file__,
        "test_percent": 50,
        "canary_percent": 0,
        "split_salt": SPLIT,
    }
    return RegisteredModel.objects.create(project=project, **{**defaults, **fields})


def make_reviewed(
    project: Project,
    truth: str = "cat",
    said: str = "cat",
    *,
    pi: float = 1.0,
    b: float = 1.0,
    blind: bool = True,
    u: float | None = None,
    version: str = "1",
    gold: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Gold:
    """A drawn prediction that reviewers settled."""
    task = makers.make_task(project, label=said, blind=blind)
    prediction = make_drawn(
        project, said, task, pi=pi, b=b, u=u, version=version, **fields
    )
    queue = Queue.objects.filter(project=project, purpose="review").first()
    makers.make_queue_item(
        queue,
        task,
        state=QueueItem.State.DONE,
        done=1,
        place=prediction.u / prediction.pi,
        audit=pi < 1,
    )
    source = {"source": Gold.Source.CONSENSUS, "blind": blind, **(gold or {})}
    return makers.make_gold(task, truth, **source)


def make_waiting(
    project: Project, *, pi: float = 1.0, u: float = 0.5, **fields: Any
) -> QueueItem:
    """A drawn, blind prediction that nobody has answered yet."""
    task = makers.make_task(project, label="cat", blind=True)
    make_drawn(project, "cat", task, pi=pi, b=1.0, u=u, version="1")
    queue = Queue.objects.filter(project=project, purpose="review").first()
    return makers.make_queue_item(queue, task, place=u / pi, audit=pi < 1, **fields)


def make_drawn(
    project: Project,
    said: str,
    task: Any,
    *,
    pi: float,
    b: float,
    u: float | None,
    version: str,
    **fields: Any,
) -> Prediction:
    verdict = Prediction.Verdict.REVIEW if pi == 1 else Prediction.Verdict.AUDIT
    return makers.make_prediction(
        Endpoint.objects.get(project=project),
        label=said,
        verdict=verdict,
        pi=pi,
        b=b,
        u=pi / 2 if u is None else u,
        task=task,
        model_version=version,
        **fields,
    )


def make_gate(project: Project, condition: str, **settings: Any) -> Gate:
    return Gate.objects.create(
        project=project,
        name=condition.replace("_", "-"),
        condition=condition,
        action=ACTIONS[Gate.Condition(condition)],
        settings=settings,
    )


# What a model of the test world says of a row: name of the channel, row -> label.
Says = Callable[[str, Mapping[str, Any]], str]


def challenger_is_perfect(name: str, row: Mapping[str, Any]) -> str:
    """The champion takes every dog for a cat; the challenger knows them apart."""
    return str(row["label"]) if name == "challenger" else "cat"


def challenger_is_worse(name: str, row: Mapping[str, Any]) -> str:
    return str(row["label"]) if name == "champion" else "cat"


@dataclass
class World:
    """The outside, all of it fake, in which one project's loop goes round."""

    says: Says = challenger_is_perfect
    answers: str = "cat"
    # How sure models are of what they say, and what single answers of each took in ms.
    sure: float | None = None
    times: dict[str, list[float]] = field(default_factory=dict)
    broken: str = ""
    tracking: FakeTracking = field(default_factory=FakeTracking)
    deployment: FakeDeployment = field(init=False)
    registry: FakeRegistry = field(init=False)
    compute: FakeCompute = field(init=False)
    objects: FakeObjects = field(default_factory=FakeObjects)
    # A registry beside MLflow's, which most worlds do not have.
    packages: FakePackages | None = None

    def __post_init__(self) -> None:
        self.registry = FakeRegistry(self.tracking)
        self.compute = FakeCompute(train=self.train)
        self.deployment = FakeDeployment(self.answer)

    def answer(self, source: ModelSource, payload: Mapping[str, object]) -> object:
        return {"predictions": [self.answers]}

    def train(self, spec: TrainingSpec, model_dir: Path, output_dir: Path) -> None:
        if self.broken:
            raise TrainingFailed(self.broken)
        if spec.script.name != "scoring.py":
            leave_a_model(spec, model_dir, output_dir)
            (output_dir / "metrics.json").write_text('{"train_accuracy": 0.75}')
            return
        models = [name for name in spec.channels if name != "rows"]
        with (output_dir / "predictions.jsonl").open("w") as file:
            for row in rows_of(spec.channels["rows"]):
                said = {name: self.say(name, row) for name in models}
                file.write(json.dumps({"key": row["key"], "said": said}) + "\n")

        if self.times:
            (output_dir / "times.json").write_text(json.dumps(self.times))

    def say(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        sure = {} if self.sure is None else {"confidence": self.sure}
        return {"label": self.says(name, row), **sure}

    @contextmanager
    def around(self) -> Iterator[World]:
        with choose.using(
            tracking=self.tracking,
            registry=self.registry,
            compute=self.compute,
            deployment=self.deployment,
            objects=self.objects,
        ):
            yield self

    def mlflow_down(self, down: bool = True) -> None:
        self.tracking.down = self.registry.down = down

    def alias(self, model: RegisteredModel, alias: str = "champion") -> str | None:
        return self.registry.aliases.get((model.name, alias))

    def serving(self) -> list[str]:
        return [source.version for source in self.deployment.serving.values()]


def rows_of(folder: Path) -> list[dict[str, Any]]:
    with (folder / "data.jsonl").open() as file:
        return [json.loads(line) for line in file]


def work(rounds: int = 40) -> None:
    """Do what waits, polls too, until nothing moves any more."""
    for _ in range(rounds):
        jobs.wake("")
        if not worker.drain():
            return


def dead_letters() -> list[str]:
    dead = Job.objects.filter(state=Job.State.DEAD)
    return [f"{job.handler}: {job.error}" for job in dead]


@dataclass
class Loop:
    """A project with a model in use, its people, and the world around it."""

    world: World
    project: Project
    model: RegisteredModel
    lead: User
    other_lead: User


def make_loop(world: World, base: Path, *, champion: bool = True) -> Loop:
    """With `champion`, a first model was trained, installed and serves."""
    base.mkdir(exist_ok=True)
    (base / "data.jsonl").write_text('{"input": {"text": "first"}, "label": "cat"}\n')
    project = makers.make_project()
    model = make_model(project, base=str(base))
    loop = Loop(
        world,
        project,
        model,
        makers.make_member(project, Role.LEAD),
        makers.make_member(project, Role.LEAD),
    )
    if champion:
        retraining.first_model(project, by=loop.lead)
        work()
        first = Promotion.objects.get(project=project)
        promotion.approve(first, by=loop.lead, reason="The first model.")
        work()
        model.refresh_from_db()
    return loop


def review(loop: Loop, cats: int = 30, dogs: int = 30) -> None:
    """Blind, drawn answers: the model in use says cat to all of them."""
    truths = ["cat"] * cats + ["dog"] * dogs
    project, version = loop.project, loop.model.champion
    first = make_reviewed(project, truths[0], "cat", version=version)
    _copy(first, truths[1:])


def _copy(first: Gold, truths: list[str]) -> None:
    """More like the first, each of its own payload, in a handful of statements."""
    task, prediction = first.task, first.task.prediction
    item = task.queue_items.get()
    payloads = Payload.objects.bulk_create(
        Payload(
            project=task.project,
            sha256=uuid.uuid4().hex * 2,
            content={"text": f"text {next(_numbers)}"},
        )
        for _ in truths
    )
    tasks = Task.objects.bulk_create(
        _like(task, payload=payload) for payload in payloads
    )
    Prediction.objects.bulk_create(
        _like(prediction, task=each, payload=each.payload, inference_id=f"i-{each.pk}")
        for each in tasks
    )
    QueueItem.objects.bulk_create(_like(item, task=each) for each in tasks)
    Gold.objects.bulk_create(
        _like(first, task=each, value=truth)
        for each, truth in zip(tasks, truths, strict=True)
    )


def _like(row: Row, **changes: Any) -> Row:
    fields = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(**{**fields, **changes})
