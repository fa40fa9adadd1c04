"""What the loop's API takes and gives: bodies with their fields, rows as JSON."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from projects.refused import Malformed
from registry_bridge.models import Promotion, Snapshot, Training

Shape = TypeVar("Shape")


class SnapshotBody(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""


class TrainingBody(msgspec.Struct, forbid_unknown_fields=True):
    # The project's first model, trained on its base folder alone.
    first: bool = False
    snapshot: int | None = None
    hyperparameters: dict[str, str | int | float | bool] = {}


class PromotionBody(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    reason: str


class DecisionBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str


def read(data: Any, shape: type[Shape]) -> Shape:
    """The body in its shape; Malformed says which field and why."""
    try:
        return msgspec.convert(data or {}, shape)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}.") from error


def snapshot(kept: Snapshot) -> dict[str, Any]:
    return {
        "id": kept.pk,
        "name": kept.name,
        "digest": kept.digest,
        "rows": kept.rows,
        "train": kept.train,
        "test": kept.test,
        "usable_test": kept.usable,
        "previous": kept.previous_id,
        "created_at": kept.created_at,
        "files": kept.files,
        "mlflow_run_id": kept.mlflow_run_id or None,
    }


def training(kept: Training) -> dict[str, Any]:
    return {
        "id": kept.pk,
        "job": kept.job_name,
        "state": kept.state,
        "snapshot": kept.snapshot_id,
        "attempt": kept.attempt,
        "hyperparameters": kept.hyperparameters,
        "metrics": kept.metrics,
        "champion": kept.champion or None,
        "version": kept.version or None,
        "mlflow_run_id": kept.mlflow_run_id or None,
        "digests": kept.digests,
        "repeats": kept.repeats_id,
        "agreement": kept.agreement or None,
        "outcome": kept.outcome or None,
        "reason": kept.reason or None,
        "log_tail": kept.log_tail or None,
        "seconds": kept.seconds,
        "started_by": str(kept.started_by) if kept.started_by else None,
        "gate": str(kept.gate) if kept.gate else None,
        "scheduled": kept.scheduled,
        "created_at": kept.created_at,
        "ended_at": kept.ended_at,
        "evidence": kept.evidence or None,
    }


def promotion(kept: Promotion) -> dict[str, Any]:
    return {
        "id": kept.pk,
        "kind": kept.kind,
        "state": kept.state,
        "from_version": kept.from_version or None,
        "to_version": kept.to_version,
        "proposed_by": str(kept.proposed_by) if kept.proposed_by else None,
        "gate": str(kept.gate) if kept.gate else None,
        "proposal_reason": kept.proposal_reason,
        "proposed_at": kept.proposed_at,
        "approvals": [
            {"by": str(each.by), "at": each.at, "reason": each.reason}
            for each in kept.approvals.all()
        ],
        "rule": kept.rule or None,
        "decided_by": str(kept.decided_by) if kept.decided_by else None,
        "decided_at": kept.decided_at,
        "reason": kept.reason or None,
        "steps": kept.steps,
        "doing": kept.doing or None,
        "line": kept.line or None,
        "failure": kept.failure or None,
        "ended_at": kept.ended_at,
        "training": kept.training_id,
        "undoes": kept.undoes_id,
        "evidence": kept.evidence or None,
    }
