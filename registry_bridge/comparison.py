"""Challenger against champion on the test side: paired, weighted, with what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.utils import timezone

from labeling import versions
from labeling.models import Gold
from registry_bridge import (
    calibration,
    changed,
    drawn,
    heard,
    slice_harm,
    snapshots,
    timing,
)
from registry_bridge.models import RegisteredModel, Snapshot, SnapshotItem, Training
from registry_bridge.said import Answers, Item
from reviewer.models import Endpoint
from reviewer.rollups import intake
from reviewer.rollups.hours import EVER
from reviewer.stats import comparison as stats
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from labeling.kinds.base import Label

LEVEL: Final = 0.95
OTHER: Final = "(no label)"


def evidence(
    training: Training,
    answers: Mapping[int, Answers],
    *,
    by: str = "",
    times: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Everything a decision rests on, as plain JSON; kept with the training.

    `by`: how slices are told apart, "": not at all; `times`: milliseconds of single answers.
    """
    snapshot = training.snapshot
    if snapshot is None:
        return {}
    model = snapshots.model_of(training.project)
    items = list(_items(snapshot, answers, by))
    labels, lowest = labels_of(model), lowest_of(model, items)
    lacking = heard.lacking(model, snapshot, len(items))
    found = lacking or _compare(items, lowest)
    sure = calibration.rows(snapshot.items.usable(), answers)
    return {
        "champion": {"version": training.champion},
        "challenger": {"version": training.version},
        "level": LEVEL,
        "called": _called(snapshot),
        "comparison": found.as_json(),
        "enough": isinstance(found, stats.Comparison),
        "labels": _by_label(items, labels, lacking),
        "slices": {} if lacking else slice_harm.of_items(items, by, lowest),
        "confusion": _confusions(items, labels),
        "calibration": calibration.of_both(sure),
        "calibration_error": calibration.errors(sure, lacking),
        "latency": timing.of_both(times or {}),
        "changed": changed.sample(snapshot, answers),
        "excluded": [*excluded(snapshot), *_unanswered(model)],
        "snapshot": _snapshot(snapshot),
        "lineage": lineage(training),
    }


def _called(snapshot: Snapshot) -> str:
    """One person's vote is no truth: a number that rests on it says so."""
    single = snapshot.items.usable().filter(gold__source=Gold.Source.SINGLE).exists()
    return "Agreement with reviewers" if single else "Accuracy"


def labels_of(model: RegisteredModel) -> tuple[Label, ...]:
    """The labels of the model's question, as the endpoint's schema has them now."""
    endpoint = Endpoint.objects.get(project=model.project_id, name=model.endpoint)
    version = versions.latest(endpoint.schema_id)
    questions = versions.questions(version.pk) if version else ()
    return next((q.labels for q in questions if q.id == model.question), ())


def lowest_of(model: RegisteredModel, items: Sequence[Item]) -> float | None:
    """The smallest chance of being known that any prediction of the endpoint had."""
    endpoints = Endpoint.objects.filter(project=model.project_id, name=model.endpoint)
    sent = intake.since(list(endpoints.values_list("pk", flat=True)), EVER)
    least = (each.least for each in sent if not each.repeats)
    return min((*(item.pi for item in items), *least), default=None)


def _items(
    snapshot: Snapshot, answers: Mapping[int, Answers], by: str
) -> Iterator[Item]:
    rows = (
        snapshot.items.usable()
        .order_by("gold_id")
        .values_list("gold_id", "gold__value", "pi", "gold__task__prediction__metadata")
    )
    for gold, value, pi, metadata in rows:
        if gold in answers and pi is not None:
            said = answers[gold]
            part = slice_harm.name_of(by, said.champion, metadata)
            yield Item(str(value), said.champion, said.challenger, pi, part)


def _compare(
    items: Sequence[Item], lowest: float | None
) -> stats.Comparison | NotEnough:
    return stats.compare(
        [item.champion == item.truth for item in items],
        [item.challenger == item.truth for item in items],
        [item.pi for item in items],
        lowest=lowest,
        level=LEVEL,
    )


def _by_label(
    items: Sequence[Item], labels: Sequence[Label], lacking: NotEnough | None
) -> list[dict[str, object]]:
    """Of the items that are each label; intervals hold one by one, not all together."""
    return [
        {"label": label.id, "name": label.name, **_one_label(items, label.id, lacking)}
        for label in labels
    ]


def _one_label(
    items: Sequence[Item], label: str, lacking: NotEnough | None
) -> dict[str, object]:
    own = [item for item in items if item.truth == label]
    found = lacking or _compare(own, None)
    return {"n": len(own), "comparison": found.as_json()}


def _confusions(items: Sequence[Item], labels: Sequence[Label]) -> dict[str, object]:
    """Weighted counts (of all predictions) and plain ones (of the reviewed)."""
    ids = [label.id for label in labels]
    truth = [item.truth for item in items]
    names = [*ids, OTHER]
    weights = 1 / np.array([item.pi for item in items], dtype=np.float64)

    def tables(said: list[str]) -> dict[str, object]:
        known = [each if each in ids else OTHER for each in said]
        real = [each if each in ids else OTHER for each in truth]
        counts = stats.confusion(real, known, names)
        weighted = stats.confusion(real, known, names, weights)
        return {
            "counts": counts.astype(int).tolist(),
            "weighted": np.round(weighted, 2).tolist(),
        }

    return {
        "labels": [{"id": label.id, "name": label.name} for label in labels],
        "other": OTHER,
        "champion": tables([item.champion for item in items]),
        "challenger": tables([item.challenger for item in items]),
    }


def excluded(snapshot: Snapshot) -> list[dict[str, object]]:
    """Rows of the test side that no fair comparison may use: how many, and why."""
    kept_out = snapshot.items.unusable()
    return _counted(kept_out.values_list("left_out", flat=True))


def _unanswered(model: RegisteredModel) -> list[dict[str, object]]:
    """Items of the test side that were drawn blind and closed without a value."""
    return _counted(
        why
        for side, why in drawn.unanswered(model, timezone.now())
        if side == SnapshotItem.Side.TEST
    )


def _counted(reasons: Iterable[str]) -> list[dict[str, object]]:
    return [{"why": why, "rows": rows} for why, rows in Counter(reasons).most_common()]


def _snapshot(snapshot: Snapshot) -> dict[str, object]:
    return {
        "id": snapshot.pk,
        "name": snapshot.name,
        "digest": snapshot.digest,
        "rows": snapshot.rows,
        "train": snapshot.train,
        "test": snapshot.test,
        "usable": snapshot.usable,
        "mlflow_run_id": snapshot.mlflow_run_id,
    }


def lineage(training: Training) -> dict[str, object]:
    return {
        "training": training.pk,
        "job": training.job_name,
        "mlflow_run_id": training.mlflow_run_id,
        "model_uri": training.model_uri,
        "hyperparameters": training.hyperparameters,
        "metrics": training.metrics,
        "seconds": training.seconds,
    }


def difference(found: Mapping[str, Any]) -> Estimate | NotEnough:
    """The difference that evidence holds, challenger minus champion."""
    kept = found.get("comparison") or {"missing": "no comparison was made", "n": 0}
    if "difference" in kept:
        return Estimate(**kept["difference"])
    return NotEnough(kept["missing"], kept["n"])
