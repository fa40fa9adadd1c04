"""From a finished training to a registered version: run, model, lineage, alias."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from projects.jobs import TryLater
from registry_bridge import (
    origins,
    outside,
    packaging,
    promotion,
    repeating,
    retraining,
    snapshots,
)
from registry_bridge.gateways.ports import (
    ChampionMoved,
    Dataset,
    MetricPoint,
    Registry,
    Tracking,
    TrainingState,
    TrainingStatus,
    Version,
)
from registry_bridge.models import RegisteredModel, Training

if TYPE_CHECKING:
    from registry_bridge.models import Snapshot

State = Training.State
CHALLENGER = "challenger"


def register(training: Training) -> None:
    """Keep what a training made in MLflow; every step finds what an earlier try left."""
    if training.state != State.TRAINED:
        return
    model = snapshots.model_of(training.project)
    with outside.asked():
        seen = outside.compute(model).describe(training.job_name)
    if seen.status != TrainingStatus.COMPLETED or seen.model_dir is None:
        retraining.fail(training, "The model that the training made is gone.", seen)
        return
    if not (seen.model_dir / "MLmodel").is_file():
        words = "The script left no MLflow model in SM_MODEL_DIR (no file MLmodel)."
        retraining.fail(training, words, seen)
        return
    metrics = read_metrics(seen)
    training.digests = {**training.digests, "model": origins.of_model(seen.model_dir)}
    training.save(update_fields=["digests"])
    if training.repeats is not None:
        with outside.asked():
            run_id = _log_repetition(model, training, metrics)
        repeating.end(training, run_id, metrics)
        return
    with outside.asked():
        version, run_id = _log(model, training, seen.model_dir, metrics)
    _registered(training, version, run_id, metrics)


def _log(
    model: RegisteredModel,
    training: Training,
    model_dir: Path,
    metrics: dict[str, float],
) -> tuple[Version, str]:
    tracking, registry = outside.tracking(model), outside.registry(model)
    run_id = _log_run(tracking, model, training, metrics)
    logged = tracking.log_model(run_id, model_dir, "model")
    version = registry.register(
        model.name,
        logged.uri,
        run_id,
        key=f"training:{training.job_name}",
        tags=_tags(training),
    )
    packaging.announce(model, version, model_dir)
    if training.champion:
        _name_challenger(registry, model, version.version)
    tracking.finish(run_id)
    return version, run_id


def _log_repetition(
    model: RegisteredModel, training: Training, metrics: dict[str, float]
) -> str:
    """A run of its own, which says what it repeats; no model, no version."""
    tracking = outside.tracking(model)
    run_id = _log_run(tracking, model, training, metrics)
    tracking.finish(run_id)
    return run_id


def _log_run(
    tracking: Tracking,
    model: RegisteredModel,
    training: Training,
    metrics: dict[str, float],
) -> str:
    run_id = tracking.find_or_create_run(
        model.experiment,
        f"training:{training.job_name}",
        training.job_name,
        _tags(training),
        known=training.mlflow_run_id or None,
    )
    parameters = {k: str(v) for k, v in training.hyperparameters.items()}
    tracking.log_params(
        run_id, {k: v[: origins.MAX_PARAMETER] for k, v in parameters.items()}
    )
    if training.snapshot is not None:
        tracking.log_dataset(run_id, dataset(training.snapshot, "training"))
    # the training's own time: the same values again must be the same points
    at = training.created_at
    tracking.log_metrics(
        run_id, [MetricPoint(k, v, 0, at) for k, v in sorted(metrics.items())]
    )
    return run_id


def _tags(training: Training) -> dict[str, str]:
    """Lineage: what it learned from, and what it is compared with."""
    tags = {
        "overread.project": training.project.slug,
        "overread.purpose": "training",
        "overread.training": training.job_name,
        "overread.champion": training.champion or "none",
    }
    for name, tag in origins.TAGS.items():
        if training.digests.get(name):
            tags[tag] = training.digests[name]
    if training.repeats is not None:
        tags["overread.repeats"] = training.repeats.job_name
    if training.snapshot is not None:
        tags["overread.snapshot"] = training.snapshot.name
        tags["overread.snapshot_digest"] = training.snapshot.digest
    return tags


def dataset(snapshot: Snapshot, context: str) -> Dataset:
    """The snapshot as MLflow knows it, under its own digest."""
    return Dataset(
        name=f"{snapshot.project.slug}/{snapshot.name}",
        digest=snapshot.digest,
        source=str(snapshot.files.get("data.parquet") or f"overread:{snapshot.digest}"),
        rows=snapshot.rows,
        context=context,
    )


def _name_challenger(registry: Registry, model: RegisteredModel, version: str) -> None:
    named = registry.alias(model.name, CHALLENGER)
    try:
        registry.move_alias(
            model.name, CHALLENGER, version, expect=named.version if named else None
        )
    except ChampionMoved as error:
        raise TryLater(str(error)) from error


def read_metrics(seen: TrainingState) -> dict[str, float]:
    """The flat numbers of metrics.json, if the script left one in its output folder."""
    path = seen.output_dir / "metrics.json" if seen.output_dir else None
    if path is None or not path.is_file():
        return {}
    try:
        content: Any = json.loads(path.read_text())
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    return {
        str(name): float(value)
        for name, value in content.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


@transaction.atomic
def _registered(
    training: Training, version: Version, run_id: str, metrics: dict[str, float]
) -> None:
    fields = {
        "version": version.version,
        "model_uri": version.source,
        "mlflow_run_id": run_id,
        "metrics": metrics,
    }
    if training.champion and training.snapshot:
        if retraining.move(training, State.REGISTERED, **fields):
            retraining.emit("challenger.registered", training)
        return
    words = "There was no version in use to compare with."
    done = {"outcome": words, "ended_at": timezone.now()}
    if retraining.move(training, State.DONE, **fields, **done):
        promotion.propose_first(training)
        retraining.emit("training.finished", training)
