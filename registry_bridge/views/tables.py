"""What lineage looks like as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registry_bridge.tracing import Label, Touched

LABELS = (
    *("gold", "task", "side", "value", "source", "settled_at", "group", "left_out"),
    *("payload", "endpoint", "inference_id", "model_version", "reviewers"),
)
TOUCHED = (
    *("snapshot", "digest", "train", "test", "value", "left_out"),
    *("training", "state", "version", "mlflow_run_id", "promotions"),
)
CHANGES = (
    *("task", "gold_before", "side_before", "value_before"),
    *("gold", "side", "value"),
)


def label(each: Label) -> Sequence[Any]:
    people = " ".join(one.user.username for one in each.answers)
    return (
        *(each.gold, each.task, each.side, each.value, each.source, each.settled_at),
        *(each.group, each.left_out, each.payload, each.endpoint, each.inference_id),
        *(each.model_version, people),
    )


def touched(found: Iterable[Touched]) -> Iterator[Sequence[Any]]:
    """A line for each training on a snapshot; one without trainings has one line too."""
    for each in found:
        kept = each.snapshot
        counts = (each.train, each.test, each.value, each.left_out)
        for made in each.made:
            its = " ".join(f"{one.pk}:{one.state}" for one in made.promotions)
            training = made.training
            end = (training.job_name, training.state, training.version)
            yield (kept.name, kept.digest, *counts, *end, training.mlflow_run_id, its)
        if not each.made:
            yield (kept.name, kept.digest, *counts, *[""] * 5)
