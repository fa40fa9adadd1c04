"""Both models answer the test side; what comes of it is kept, judged, and proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from projects.jobs import TryLater
from registry_bridge import (
    channels,
    comparison,
    gates,
    outside,
    promotion,
    retraining,
    snapshots,
)
from registry_bridge.gateways.ports import TrainingSpec, TrainingState, TrainingStatus
from registry_bridge.models import Gate, RegisteredModel, Training

State = Training.State
SCRIPT = Path(__file__).with_name("scoring.py")
MAX_SECONDS = 3600


def compare(training: Training) -> None:
    """Score both models in a process of their own, then conclude; safe to repeat."""
    if training.state != State.REGISTERED:
        return
    model = snapshots.model_of(training.project)
    with outside.asked():
        seen = _score(model, training)
    if not seen.status.over:
        raise TryLater("Both models answer the test side.", retraining.POLL_SECONDS)
    if seen.status != TrainingStatus.COMPLETED or seen.output_dir is None:
        why = seen.reason or str(seen.status)
        retraining.fail(training, f"The comparison failed: {why}", seen)
        return
    _conclude(training, comparison.evidence(training, _read(seen.output_dir)))


def _score(model: RegisteredModel, training: Training) -> TrainingState:
    """The scoring as it stands; one that was interrupted starts again, a few times."""
    compute = outside.compute(model)
    for attempt in range(1, retraining.MOST_ATTEMPTS + 1):
        name = f"{training.job_name}-compare-{attempt}"
        seen = compute.describe(name)
        if seen.status == TrainingStatus.UNKNOWN:
            compute.start(_spec(model, training, name))
        if seen.status != TrainingStatus.STOPPED:
            break
    return seen


def _spec(model: RegisteredModel, training: Training, name: str) -> TrainingSpec:
    assert training.snapshot is not None  # noqa: S101 (registered ones have one)
    return TrainingSpec(
        name=name,
        script=SCRIPT,
        channels={
            "champion": outside.directory_of(model, training.champion),
            "challenger": outside.directory_of(model, training.version),
            "test": channels.of_test(training.snapshot),
        },
        max_seconds=MAX_SECONDS,
    )


def _read(output_dir: Path) -> dict[int, comparison.Answers]:
    return comparison.read_answers(output_dir / "predictions.jsonl")


@transaction.atomic
def _conclude(training: Training, evidence: dict[str, Any]) -> None:
    """Evidence, verdict, proposal and event together."""
    gate = Gate.objects.that_propose().filter(project=training.project).first()
    found = gates.judge(gate, evidence) if gate else None
    words = found.words if found else "No gate asks for a promotion."
    fields = {"evidence": evidence, "outcome": words, "ended_at": timezone.now()}
    if not retraining.move(training, State.DONE, **fields):
        return
    if gate and found:
        gates.remember(gate, found)
        if found.is_open:
            promotion.propose_by_gate(training, gate, words)
    retraining.emit("training.finished", training)
