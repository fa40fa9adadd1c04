"""Tables as CSV files: written as they are read, no cell a formula for a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse

from labeling.exports.cells import guarded

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


class _Echo:
    """What csv writes into: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def answer(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    lines = _lines(header, rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([_cell(each) for each in row])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return guarded(value if isinstance(value, str) else _text(value))


def _text(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return json.dumps(value, ensure_ascii=False)


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
