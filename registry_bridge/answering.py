"""Has versions of a model answer rows through the compute gateway; reads what they said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from registry_bridge import outside, retraining
from registry_bridge.gateways.ports import TrainingSpec, TrainingState, TrainingStatus
from registry_bridge.scripts import scoring

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel

# alone in its folder: a module beside it would stand in the way of what it imports
SCRIPT = Path(scoring.__file__)
MAX_SECONDS = 3600


class Said(NamedTuple):
    label: str
    confidence: float | None = None


def ask(
    model: RegisteredModel,
    name: str,
    versions: Mapping[str, str],
    rows: Path,
    *,
    timed: int = 0,
) -> TrainingState:
    """The scoring as it stands; one that was interrupted starts again, a few times.

    `versions`: what each is called in the answers -> its number in the registry. With
    `timed`, each is asked so many times more for one row alone (times()).
    """
    compute = outside.compute(model)
    for attempt in range(1, retraining.MOST_ATTEMPTS + 1):
        seen = compute.describe(f"{name}-{attempt}")
        if seen.status == TrainingStatus.UNKNOWN:
            spec = _spec(model, f"{name}-{attempt}", versions, rows)
            asked = {"timed": str(timed)} if timed else {}
            compute.start(replace(spec, hyperparameters=asked))
        if seen.status != TrainingStatus.STOPPED:
            break
    return seen


def pause(model: RegisteredModel) -> float:
    """Seconds between two looks at a scoring."""
    return outside.compute(model).poll_seconds


def _spec(
    model: RegisteredModel, name: str, versions: Mapping[str, str], rows: Path
) -> TrainingSpec:
    folders = {
        called: outside.directory_of(model, version)
        for called, version in versions.items()
    }
    return TrainingSpec(
        name=name,
        script=SCRIPT,
        channels={**folders, scoring.ROWS: rows},
        max_seconds=MAX_SECONDS,
    )


def read(output_dir: Path) -> Iterator[tuple[int, dict[str, Said]]]:
    """What scoring.py left: each row's key, and what each version said to it."""
    with (output_dir / "predictions.jsonl").open() as file:
        for line in file:
            row = json.loads(line)
            said = {
                name: Said(str(each["label"]), each.get("confidence"))
                for name, each in row["said"].items()
            }
            yield row["key"], said


def times(output_dir: Path) -> dict[str, list[float]]:
    """Milliseconds of single answers by version, where they were timed."""
    path = output_dir / "times.json"
    found: dict[str, list[float]] = (
        json.loads(path.read_text()) if path.exists() else {}
    )
    return found
