"""What follows for models: snapshots, gates, trainings, promotions, deployments."""

from __future__ import annotations

from registry_bridge.models.deployment import Deployment
from registry_bridge.models.gate import Gate, GateCheck
from registry_bridge.models.promotion import Promotion
from registry_bridge.models.registered_model import RegisteredModel
from registry_bridge.models.snapshot import Snapshot, SnapshotItem
from registry_bridge.models.training import Training

__all__ = [
    "Deployment",
    "Gate",
    "GateCheck",
    "Promotion",
    "RegisteredModel",
    "Snapshot",
    "SnapshotItem",
    "Training",
]
