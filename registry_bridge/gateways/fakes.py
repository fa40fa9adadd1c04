"""Outside systems held in memory, for tests: set `down` and they fail as a network would."""

from __future__ import annotations

from registry_bridge.gateways.fakes_machines import (
    Answer,
    FakeCompute,
    FakeDeployment,
    FakeObjects,
    FakePackages,
    Train,
    TrainingFailed,
    answer_with_version,
    leave_a_model,
)
from registry_bridge.gateways.fakes_mlflow import Fake, FakeRegistry, FakeTracking

__all__ = [
    "Answer",
    "Fake",
    "FakeCompute",
    "FakeDeployment",
    "FakeObjects",
    "FakePackages",
    "FakeRegistry",
    "FakeTracking",
    "Train",
    "TrainingFailed",
    "answer_with_version",
    "leave_a_model",
]
