"""What follows for models: snapshots, gates, trainings, promotions, deployments."""

from __future__ import annotations

from registry_bridge.models.aftercare import Aftercare
from registry_bridge.models.capture import CaptureFile, CaptureRefusal, CaptureSource
from registry_bridge.models.deployment import Deployment
from registry_bridge.models.gate import Gate, GateCheck
from registry_bridge.models.promotion import Approval, Promotion
from registry_bridge.models.registered_model import RegisteredModel
from registry_bridge.models.shadow import Shadow
from registry_bridge.models.sighting import Sighting
from registry_bridge.models.snapshot import (
    PayloadSide,
    Snapshot,
    SnapshotItem,
    SnapshotReviewer,
)
from registry_bridge.models.study import Study
from registry_bridge.models.training import Training
from registry_bridge.models.watch import Watch

__all__ = [
    "Aftercare",
    "Approval",
    "CaptureFile",
    "CaptureRefusal",
    "CaptureSource",
    "Deployment",
    "Gate",
    "GateCheck",
    "PayloadSide",
    "Promotion",
    "RegisteredModel",
    "Shadow",
    "Sighting",
    "Snapshot",
    "SnapshotItem",
    "SnapshotReviewer",
    "Study",
    "Training",
    "Watch",
]
