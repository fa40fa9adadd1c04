"""A world of fakes around each test, and a folder of its own for what jobs write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.mlflow_server import mlflow_uri
from tests.registry_bridge.makers import Loop, World, make_loop

__all__ = ["mlflow_uri"]


@pytest.fixture
def world(tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.JOBS_DIR = tmp_path / "jobs"
    with World().around() as world:
        yield world


@pytest.fixture
def loop(world: World, tmp_path: Path, db: None) -> Loop:
    """A project whose first model is in use."""
    return make_loop(world, tmp_path / "base")
