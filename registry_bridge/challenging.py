"""Both models answer the test side; what comes of it is kept, judged, and proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from projects.jobs import TryLater
from projects.refused import Refused
from registry_bridge import (
    answering,
    channels,
    comparison,
    gates,
    outside,
    promotion,
    retraining,
    side_gates,
    sliced,
    snapshots,
    studies,
    study_terms,
    timing,
)
from registry_bridge.gateways.ports import TrainingState, TrainingStatus
from registry_bridge.models import Gate, RegisteredModel, Training
from registry_bridge.said import Answers
from reviewer.stats.estimates import Estimate

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger()
State = Training.State
LONGEST: Final = 400


def compare(training: Training) -> None:
    """Score both models in a process of their own, then conclude; safe to repeat."""
    if training.state != State.REGISTERED:
        return
    model = snapshots.model_of(training.project)
    with outside.asked():
        seen = _score(model, training)
    if not seen.status.over:
        raise TryLater("Both models answer the test side.", answering.pause(model))
    if seen.status != TrainingStatus.COMPLETED or seen.output_dir is None:
        why = seen.reason or str(seen.status)
        retraining.fail(training, f"The comparison failed: {why}", seen)
        return
    _conclude(training, _evidence(training, seen.output_dir))


def _evidence(training: Training, answered: Path) -> dict[str, Any]:
    """What both models' answers in that folder say of them, overall and slice by slice."""
    gate, answers = _gate_of(training), _read(answered)
    found = comparison.evidence(
        training,
        answers,
        by=str(gates.settings_of(gate)["slices"]) if gate else "",
        times=answering.times(answered),
    )
    if training.snapshot is not None:
        found["metadata"] = sliced.by_metadata(training.snapshot, answers)
    return found


def _score(model: RegisteredModel, training: Training) -> TrainingState:
    assert training.snapshot is not None  # noqa: S101 (registered ones have one)
    versions = {"champion": training.champion, "challenger": training.version}
    rows = channels.of_test(training.snapshot)
    name = f"{training.job_name}-compare"
    return answering.ask(model, name, versions, rows, timed=timing.TIMED)


def _read(output_dir: Path) -> dict[int, Answers]:
    return {gold: Answers.of(said) for gold, said in answering.read(output_dir)}


@transaction.atomic
def _conclude(training: Training, evidence: dict[str, Any]) -> None:
    """Evidence, verdict, proposal or study, and event together."""
    gate = _gate_of(training)
    found = gates.judge(gate, evidence) if gate else None
    looked = side_gates.look(training, evidence, timezone.now())
    held = side_gates.in_the_way(looked)
    study = _asks_for_study(training, evidence) and not (found and found.is_open)
    words = _outcome(found, held, study=study)
    # whoever proposes it, the promotion freezes them with the rest
    evidence["side_gates"] = [each.as_json() for each in looked]
    fields = {"evidence": evidence, "outcome": words, "ended_at": timezone.now()}
    if not retraining.move(training, State.DONE, **fields):
        return
    side_gates.remember(looked)
    if gate and found:
        gates.remember(gate, found)
        if found.is_open and not held:
            promotion.propose_by_gate(training, gate, words)
    if study and not held:
        _begin(training)
    retraining.emit("training.finished", training)


def _outcome(found: gates.Finding | None, held: str, *, study: bool) -> str:
    words = [found.words] if found else []
    if held:
        words.append(held)
    elif study:
        words.append("People label where both differ: a study decides.")
    return " ".join(words)[:LONGEST] or "No gate asks for a promotion."


def _gate_of(training: Training) -> Gate | None:
    """The gate that the test side opens; others rest on a study."""
    found = Gate.objects.that_propose().filter(project=training.project)
    return next((gate for gate in found if not study_terms.is_by_study(gate)), None)


def _asks_for_study(training: Training, evidence: dict[str, Any]) -> bool:
    """Whether a gate rests on one, and the test side does not show it to be hopeless."""
    if not study_terms.gates_of(training.project):
        return False
    found = comparison.difference(evidence)
    return not (isinstance(found, Estimate) and found.high < 0)


def _begin(training: Training) -> None:
    try:
        with transaction.atomic():
            studies.begin(training)
    except Refused as refused:
        # another version is in use by now, or another study runs: a lead may start it
        log.info("no study begun", training=training.job_name, why=refused.detail)
