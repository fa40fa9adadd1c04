"""Runs a training once more as its MLflow run says, and tells whether the result agrees.

The same rows by their digest, the same code and base folder by theirs, the same parameters:
what is not the same any more is refused with words, never trained on quietly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from projects import english
from projects.refused import Conflict
from registry_bridge import retraining, snapshots
from registry_bridge.models import Training

if TYPE_CHECKING:
    from projects.models import User

State = Training.State
# Numbers that differ by less were rounded on the way, or added up in another order.
ROUNDING: Final = 1e-6


class NotRepeatable(Conflict):
    code, title = "not_repeatable", "This training cannot be run again"


def may(training: Training) -> bool:
    """Whether it ended well, with a run that tells what it came from."""
    return training.state == State.DONE and bool(training.mlflow_run_id)


def again(training: Training, by: User) -> Training:
    """Ask for one more run of a training that ended well; checked when it starts."""
    if not may(training):
        state = english.label(State(training.state)).lower()
        raise NotRepeatable(f"It has no finished run in MLflow: it is {state}.")
    with transaction.atomic():
        model = snapshots.model_of(training.project)
        return retraining.ask_for(
            model,
            training.snapshot,
            by,
            None,
            training.hyperparameters,
            training.repeats or training,
        )


def compare(training: Training, metrics: Mapping[str, float]) -> dict[str, Any]:
    """What the repetition came to, against what it repeats; plain JSON."""
    first = training.repeats
    if first is None:
        return {}
    rows = [
        {
            "name": name,
            "then": first.metrics.get(name),
            "now": metrics.get(name),
            "same": _same(first.metrics.get(name), metrics.get(name)),
        }
        for name in sorted({*first.metrics, *metrics})
    ]
    model = _model(first.digests.get("model"), training.digests.get("model"))
    known = bool(rows) or model == "same"
    agrees = known and all(row["same"] for row in rows)
    return {"agrees": agrees, "known": known, "model": model, "metrics": rows}


def _same(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return False
    return math.isclose(then, now, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _model(then: str | None, now: str | None) -> str:
    if not then or not now:
        return "unknown"
    return "same" if then == now else "other"


@transaction.atomic
def end(training: Training, run_id: str, metrics: dict[str, float]) -> None:
    """It makes no version: it only shows whether the first one can be made again."""
    found = compare(training, metrics)
    fields = {
        "mlflow_run_id": run_id,
        "metrics": metrics,
        "agreement": found,
        "outcome": words(training, found),
        "ended_at": timezone.now(),
    }
    if retraining.move(training, State.DONE, **fields):
        retraining.emit("training.finished", training)


def words(training: Training, found: Mapping[str, Any]) -> str:
    first = training.repeats
    model = {
        "same": "the model's files are the same, byte for byte",
        "other": "the model's files differ, as they do where training is not determined",
        "unknown": "whether the model's files are the same is not known",
    }[found["model"]]
    if not found["known"]:
        return f"Run again: {first} left no metrics to compare, and {model}."
    if found["agrees"]:
        return f"Run again: the result agrees with {first}; {model}."
    differing = [row["name"] for row in found["metrics"] if not row["same"]]
    return (
        f"Run again: the result does not agree with {first} in "
        f"{', '.join(differing)}; {model}."
    )[:400]
