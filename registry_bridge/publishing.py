"""Writes to MLflow what happened here: snapshots, evaluations, promotions, metrics.

Every call may be repeated: runs are found by their key, points carry fixed times, steps
and values. MLflow away costs nothing but time; the jobs of a stream keep their order.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from projects.jobs import Hopeless
from registry_bridge import gate_metrics, outside, parquet, registering, snapshots
from registry_bridge.gateways import choose
from registry_bridge.gateways.ports import Dataset, MetricPoint, Registry, Tracking
from registry_bridge.models import (
    GateCheck,
    Promotion,
    RegisteredModel,
    Snapshot,
    Study,
    Training,
)

ROWS: Final = "rows.jsonl"
DATA: Final = "data.jsonl"
PARQUET: Final = "data.parquet"
STATE: Final = "overread.state"
ADDRESS_SECONDS: Final = 60


def snapshot(frozen: Snapshot) -> None:
    """The snapshot's files in the object store and in a run of their own."""
    model = snapshots.model_of(frozen.project)
    with tempfile.TemporaryDirectory(prefix="overread-snapshot-") as folder:
        paths = _write(frozen, Path(folder))
        with outside.asked():
            files = {path.name: _put(frozen, path) for path in paths}
            Snapshot.objects.filter(pk=frozen.pk).update(files=files)
            frozen.files = files
            run_id = _snapshot_run(model, frozen, paths)
    Snapshot.objects.filter(pk=frozen.pk).update(mlflow_run_id=run_id)


def _write(frozen: Snapshot, folder: Path) -> list[Path]:
    paths = [folder / name for name in (ROWS, DATA, PARQUET)]
    digest = snapshots.write_rows(frozen, paths[0])
    if digest != frozen.digest:
        raise Hopeless(
            f"The rows of {frozen} have the digest {digest[:12]}… now, not "
            f"{frozen.digest[:12]}…: something changed what was frozen."
        )
    snapshots.write_data(frozen, paths[1])
    parquet.write(snapshots.full_rows(frozen), paths[2])
    return paths


def _put(frozen: Snapshot, path: Path) -> str:
    with path.open("rb") as file:
        return choose.objects().put(_key(frozen, path.name), file)


def _key(frozen: Snapshot, name: str) -> str:
    return f"snapshots/{frozen.project_id}/{frozen.digest}/{name}"


def address_of(frozen: Snapshot, name: str) -> str | None:
    """Where a browser may fetch a file of a snapshot, for a minute; None: no such file."""
    if name not in frozen.files:
        return None
    return choose.objects().sign(_key(frozen, name), ADDRESS_SECONDS)


def _snapshot_run(model: RegisteredModel, frozen: Snapshot, paths: list[Path]) -> str:
    tracking = outside.tracking(model)
    tags = {
        "overread.project": frozen.project.slug,
        "overread.purpose": "snapshot",
        "overread.snapshot": frozen.name,
        "overread.snapshot_digest": frozen.digest,
    }
    run_id = tracking.find_or_create_run(
        model.experiment,
        f"snapshot:{frozen.project.slug}:{frozen.digest}",
        f"snapshot {frozen.name}",
        tags,
        known=frozen.mlflow_run_id or None,
    )
    for path in paths:
        tracking.log_file(run_id, "snapshot", path)
    tracking.log_dataset(run_id, registering.dataset(frozen, "gold"))
    counts = ("rows", "train", "test", "usable", "digest")
    tracking.log_params(run_id, {name: str(getattr(frozen, name)) for name in counts})
    # last of all: who reads it takes only what is complete
    tracking.set_tags(run_id, {STATE: "complete"})
    tracking.finish(run_id)
    return run_id


def evaluation(training: Training) -> None:
    """How champion and challenger did on the test side, bound to model and data set."""
    frozen = training.snapshot
    if frozen is None or not training.evidence:
        return
    model = snapshots.model_of(training.project)
    with outside.asked():
        tracking = outside.tracking(model)
        tags = {
            "overread.project": training.project.slug,
            "overread.purpose": "evaluation",
            "overread.training": training.job_name,
            "overread.champion": training.champion,
            "overread.challenger": training.version,
            "overread.snapshot_digest": frozen.digest,
            "overread.outcome": training.outcome,
        }
        run_id = tracking.find_or_create_run(
            model.experiment,
            f"evaluation:{training.job_name}",
            f"{training.version} against {training.champion} on {frozen.name}",
            tags,
        )
        _log_evaluation(tracking, model, training, run_id)


def _log_evaluation(
    tracking: Tracking, model: RegisteredModel, training: Training, run_id: str
) -> None:
    assert training.snapshot is not None  # noqa: S101 (asked for by the caller)
    data = registering.dataset(training.snapshot, "evaluation")
    tracking.log_dataset(run_id, data)
    with tempfile.TemporaryDirectory(prefix="overread-evidence-") as folder:
        path = Path(folder) / "evidence.json"
        path.write_text(json.dumps(training.evidence, indent=1))
        tracking.log_file(run_id, "", path)
    registry = outside.registry(model)
    for name in ("champion", "challenger"):
        version = training.champion if name == "champion" else training.version
        _log_accuracy(tracking, registry, model, training, run_id, data, name, version)
    at = training.ended_at or training.created_at
    tracking.log_metrics(run_id, _points(training.evidence["comparison"], at))
    tracking.finish(run_id)


def _log_accuracy(
    tracking: Tracking,
    registry: Registry,
    model: RegisteredModel,
    training: Training,
    run_id: str,
    data: Dataset,
    name: str,
    version: str,
) -> None:
    found = training.evidence["comparison"].get(name)
    model_id = _logged(registry, model, version)
    if found is None or not model_id:
        return
    at = training.ended_at or training.created_at
    points = [
        MetricPoint(f"{name}.{key}", float(found[part]), 0, at)
        for key, part in (
            *(("accuracy", "value"), ("accuracy_low", "low")),
            *(("accuracy_high", "high"), ("n", "n")),
        )
    ]
    tracking.log_model_metrics(run_id, model_id, data, points)


def _points(found: Mapping[str, Any], at: datetime) -> list[MetricPoint]:
    if "difference" not in found:
        return [MetricPoint("n", float(found["n"]), 0, at)]
    gap = found["difference"]
    values = {
        "difference": gap["value"],
        "difference_low": gap["low"],
        "difference_high": gap["high"],
        "p_value": found["p_value"],
        "n": found["n"],
    }
    return [MetricPoint(name, float(value), 0, at) for name, value in values.items()]


def gate_check(payload: Mapping[str, Any]) -> None:
    """One look of a gate: on the review's run, or on a study's, bound to model and data."""
    check = GateCheck.objects.select_related("gate__project", "study").get(
        pk=payload["check"]
    )
    model = snapshots.model_of(check.gate.project)
    at = datetime.fromtimestamp(payload["at"], UTC)
    points = [
        MetricPoint(key, value, check.pk, at)
        for key, value in payload["values"].items()
    ]
    with outside.asked():
        tracking = outside.tracking(model)
        if check.study is None:
            tracking.log_metrics(_metrics_run(tracking, model), points)
        else:
            _log_study(tracking, model, check.study, points)


def _log_study(
    tracking: Tracking,
    model: RegisteredModel,
    study: Study,
    points: Sequence[MetricPoint],
) -> None:
    tags = {
        "overread.project": study.project.slug,
        "overread.purpose": "study",
        "overread.study": study.design,
        "overread.champion": study.champion,
        "overread.challenger": study.challenger,
    }
    run_id = tracking.find_or_create_run(
        model.experiment,
        f"study:{study.project.slug}:{study.pk}",
        f"{study.challenger} against {study.champion}, {study.design}",
        tags,
    )
    digest = gate_metrics.digest_of(study)
    data = Dataset(
        name=f"{study.project.slug}/{study.design}",
        digest=digest,
        source=f"overread:{digest}",
        rows=study.shadow.answered,
        context="evaluation",
    )
    tracking.log_dataset(run_id, data)
    tracking.log_metrics(run_id, points)
    model_id = _logged(outside.registry(model), model, study.challenger)
    if model_id:
        tracking.log_model_metrics(run_id, model_id, data, points)


def _logged(registry: Registry, model: RegisteredModel, version: str) -> str:
    """What MLflow calls the logged model behind a version; "" where there is none."""
    registered = registry.version(model.name, version)
    model_id = registered.source.removeprefix("models:/") if registered else ""
    return model_id if model_id.startswith("m-") else ""


def promotion(done: Promotion) -> None:
    """What became of the version, on the run of the training that made it."""
    training = done.training or (done.undoes.training if done.undoes else None)
    if training is None or not training.mlflow_run_id:
        return
    rolled_back = done.kind == Promotion.Kind.ROLLBACK
    name = "overread.rolled_back" if rolled_back else "overread.promoted"
    ended = done.ended_at.isoformat() if done.ended_at else ""
    with outside.asked():
        tracking = outside.tracking(snapshots.model_of(done.project))
        tags = {name: f"promotion {done.pk}, {ended}"}
        tracking.set_tags(training.mlflow_run_id, tags)


def metrics(payload: Mapping[str, Any]) -> None:
    """One point in time of each series; the values were fixed when the job was made."""
    model = RegisteredModel.objects.select_related("project").get(
        project=payload["project"]
    )
    at = datetime.fromtimestamp(payload["at"], UTC)
    points = [
        MetricPoint(key, value, payload["step"], at)
        for key, value in payload["values"].items()
    ]
    with outside.asked():
        tracking = outside.tracking(model)
        run_id = _metrics_run(tracking, model)
        tracking.log_metrics(run_id, points)


def _metrics_run(tracking: Tracking, model: RegisteredModel) -> str:
    run_id = tracking.find_or_create_run(
        model.experiment,
        f"review:{model.project.slug}",
        f"review of {model.project.slug}",
        {"overread.project": model.project.slug, "overread.purpose": "review"},
        known=model.metrics_run_id or None,
    )
    if run_id != model.metrics_run_id:
        RegisteredModel.objects.filter(pk=model.pk).update(metrics_run_id=run_id)
    return run_id
