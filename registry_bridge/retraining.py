"""Starts a training, follows it to its end, says why it failed, tries it again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from projects import audit, english, events
from projects.jobs import TryLater
from projects.refused import Conflict
from registry_bridge import channels, origins, outside, snapshots
from registry_bridge.gateways.ports import TrainingSpec, TrainingState, TrainingStatus
from registry_bridge.models import RegisteredModel, Snapshot, Training

if TYPE_CHECKING:
    from projects.models import Project, User
    from registry_bridge.models import Gate

log = structlog.get_logger()
State = Training.State
MAX_SECONDS = 4 * 3600
KEPT_LOG = 8_000
# What a terminal reads as a change of colour.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ENDS = ("training.finished", "training.failed")
# A training that was interrupted so often is left to a person.
MOST_ATTEMPTS = 3


class TrainingUnderWay(Conflict):
    code, title = "training_under_way", "A training of this project is under way"


class NothingToTrainOn(Conflict):
    code, title = "nothing_to_train_on", "There is nothing to train on"


class NotFailed(Conflict):
    code, title = "not_failed", "Only a failed training can be tried again"


def start(
    project: Project,
    *,
    by: User | None = None,
    gate: Gate | None = None,
    snapshot: Snapshot | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
    scheduled: bool = False,
) -> Training:
    """Ask for a training on a snapshot, by default on one frozen now.

    Snapshot, training and event are one transaction. Refused while one is under way.
    """
    with transaction.atomic():
        model = snapshots.model_of(project)
        snapshot = snapshot or snapshots.freeze(project, by)
        if not snapshot.train:
            raise NothingToTrainOn("All gold is on the test side yet; review more.")
        wanted = _with_usual(model, hyperparameters)
        return ask_for(model, snapshot, by, gate, wanted, scheduled=scheduled)


def first_model(
    project: Project,
    *,
    by: User | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
) -> Training:
    """Ask for the project's first model, trained on the base folder alone."""
    with transaction.atomic():
        model = snapshots.model_of(project)
        if not model.base:
            raise NothingToTrainOn("Name a base folder in the project's file first.")
        return ask_for(model, None, by, None, _with_usual(model, hyperparameters))


def _with_usual(
    model: RegisteredModel, wanted: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    return {**model.hyperparameters, **(wanted or {})}


def again(training: Training, by: User) -> Training:
    """A new attempt at a failed training: same snapshot, same hyperparameters."""
    if training.state != State.FAILED:
        state = english.label(State(training.state)).lower()
        raise NotFailed(f"This training is {state}.")
    with transaction.atomic():
        model = snapshots.model_of(training.project)
        return ask_for(
            model,
            training.snapshot,
            by,
            training.gate,
            training.hyperparameters,
            training.repeats,
        )


def ask_for(
    model: RegisteredModel,
    snapshot: Snapshot | None,
    by: User | None,
    gate: Gate | None,
    hyperparameters: Mapping[str, Any],
    repeats: Training | None = None,
    *,
    scheduled: bool = False,
) -> Training:
    """One more training with just these, under the model's lock, in the caller's transaction."""
    project = model.project
    # The order of attempts and the one place for a training are decided under this lock.
    RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if Training.objects.under_way().filter(project=project).exists():
        raise TrainingUnderWay("Wait until it has ended, then start the next.")
    earlier = Training.objects.filter(project=project, snapshot=snapshot)
    training = _keep(
        Training(
            project=project,
            snapshot=snapshot,
            attempt=earlier.count() + 1,
            job_name=_job_name(project),
            champion=model.champion,
            hyperparameters=dict(hyperparameters),
            started_by=by,
            gate=gate,
            repeats=repeats,
            scheduled=scheduled,
        )
    )
    audit.record(
        "training started",
        project,
        training.job_name,
        by=by,
        after={
            "snapshot": snapshot.name if snapshot else None,
            "gate": str(gate or ""),
            "scheduled": scheduled,
        },
    )
    emit("training.asked", training)
    return training


def _keep(training: Training) -> Training:
    try:
        with transaction.atomic():
            training.save()
    except IntegrityError as error:
        raise TrainingUnderWay("Another one started at the same moment.") from error
    return training


def _job_name(project: Project) -> str:
    """Unknown to the compute until now, also after a restored database."""
    number = Training.objects.filter(project=project).count() + 1
    return f"{plain(project, 36)}-{number}-{secrets.token_hex(4)}"


def plain(project: Project, longest: int) -> str:
    """The project's name as the names of jobs may have it."""
    slug = re.sub(r"[^a-zA-Z0-9]+", "-", project.slug)[:longest].strip("-")
    return slug or "project"


def emit(name: str, training: Training) -> None:
    project = training.project
    stream = f"training:{project.pk}"
    if name == "training.finished":
        stream = f"mlflow:{project.pk}"
    events.emit(
        name, project, subject=training.job_name, stream=stream, training=training.pk
    )
    if name in ENDS:
        events.emit("training.ended", project, subject=training.job_name)


def move(training: Training, to: str, **fields: Any) -> bool:
    """The one place where a training's state changes; False: somebody was faster."""
    found = Training.objects.filter(pk=training.pk, state=training.state)
    if not found.update(state=to, **fields):
        return False
    training.refresh_from_db()
    return True


def follow(training: Training) -> None:
    """The next step of a training that waits or runs; safe to repeat at any time."""
    if training.state == State.WAITING:
        if not _may_start(training):
            return
        _start(training)
        move(training, State.RUNNING)
    if training.state == State.RUNNING:
        _look(training)


def _may_start(training: Training) -> bool:
    """What it comes from is as it was frozen; its digests are kept with it."""
    model = snapshots.model_of(training.project)
    why = origins.why_not_start(training, model)
    if why:
        fail(training, why)
        return False
    found = Training.objects.filter(pk=training.pk, digests={})
    found.update(digests=origins.digests(model))
    training.refresh_from_db()
    return True


def _start(training: Training) -> None:
    model = snapshots.model_of(training.project)
    spec = TrainingSpec(
        name=training.job_name,
        script=Path(model.script),
        channels=channels.of_training(model, training),
        hyperparameters={k: str(v) for k, v in training.hyperparameters.items()},
        max_seconds=model.training.get("max_seconds", MAX_SECONDS),
        tags=_tags(training),
    )
    with outside.asked():
        outside.compute(model).start(spec)


def _tags(training: Training) -> dict[str, str]:
    """By which it is found again among the jobs and on the bills of others."""
    tags = {"overread.project": training.project.slug}
    if training.snapshot is not None:
        tags["overread.snapshot_digest"] = training.snapshot.digest
    return tags


def _look(training: Training) -> None:
    with outside.asked():
        compute = outside.compute(snapshots.model_of(training.project))
        seen = compute.describe(training.job_name)
    if seen.status == TrainingStatus.UNKNOWN:
        # it was asked for, and lost before it was written down there
        _start(training)
    if not seen.status.over:
        raise TryLater("The training runs.", compute.poll_seconds)
    if seen.status == TrainingStatus.STOPPED:
        _interrupted(training, seen)
    elif seen.status == TrainingStatus.COMPLETED:
        _completed(training, seen)
    else:
        fail(training, _why(seen), seen)


def _why(seen: TrainingState) -> str:
    return seen.reason or f"The training was {seen.status}."


@transaction.atomic
def _interrupted(training: Training, seen: TrainingState) -> None:
    """Something outside ended it, not the script: it starts once more by itself."""
    fail(training, _why(seen), seen)
    if training.state != State.FAILED or training.attempt >= MOST_ATTEMPTS:
        return
    by, gate = training.started_by, training.gate
    model = snapshots.model_of(training.project)
    ask_for(
        model,
        training.snapshot,
        by,
        gate,
        training.hyperparameters,
        training.repeats,
        scheduled=training.scheduled,
    )


@transaction.atomic
def _completed(training: Training, seen: TrainingState) -> None:
    if move(training, State.TRAINED, seconds=seen.seconds, log_tail=tail(seen)):
        emit("training.completed", training)


@transaction.atomic
def fail(training: Training, reason: str, seen: TrainingState | None = None) -> None:
    """End a training that cannot go on; the reason and the end of its log are kept."""
    log.warning("training failed", training=training.job_name, reason=reason)
    fields: dict[str, Any] = {"reason": reason, "ended_at": timezone.now()}
    if seen is not None:
        fields |= {"log_tail": tail(seen), "seconds": seen.seconds}
    if move(training, State.FAILED, **fields):
        emit("training.failed", training)


def tail(seen: TrainingState) -> str:
    plain = COLOURS.sub("", seen.log_tail.replace("\0", "�"))
    return plain[-KEPT_LOG:]
