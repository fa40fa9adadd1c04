"""What the contract tests share: each port as its fake and as the real thing."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from registry_bridge.gateways.fakes import FakeRegistry, FakeTracking
from registry_bridge.gateways.mlflow_registry import MlflowRegistry
from registry_bridge.gateways.mlflow_server import MlflowServer
from registry_bridge.gateways.mlflow_tracking import MlflowTracking
from registry_bridge.gateways.ports import Registry, Tracking
from tests.mlflow_server import mlflow_uri

__all__ = ["mlflow_uri"]

MLFLOW = pytest.param("mlflow", marks=pytest.mark.mlflow)


@pytest.fixture(params=["fake", MLFLOW])
def both(request: pytest.FixtureRequest) -> tuple[Tracking, Registry]:
    if request.param == "fake":
        fake = FakeTracking()
        return fake, FakeRegistry(fake)
    server = MlflowServer(request.getfixturevalue("mlflow_uri"))
    return MlflowTracking(server), MlflowRegistry(server)


@pytest.fixture
def tracking(both: tuple[Tracking, Registry]) -> Tracking:
    return both[0]


@pytest.fixture
def registry(both: tuple[Tracking, Registry]) -> Registry:
    return both[1]


@pytest.fixture
def name() -> str:
    """A name no other test uses: the server outlives the test."""
    return f"n{uuid.uuid4().hex[:12]}"


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """A folder that MLflow takes for a model."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors:\n  python_function: {loader_module: x}\n")
    (folder / "weights.bin").write_bytes(b"\x00\x01" * 500)
    return folder
