"""Writes what a training or a scoring reads: one folder of JSON lines for each channel."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from registry_bridge import snapshots
from registry_bridge.models import SnapshotItem

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel, Snapshot, Training

DATA = "data.jsonl"


def of_training(model: RegisteredModel, training: Training) -> dict[str, Path]:
    """`train` (gold of the train side) and `base` (the first model's own data).

    The test side is never among them: a script that saw it could tune itself to it.
    """
    channels: dict[str, Path] = {}
    if training.snapshot is not None:
        channels["train"] = _side(training.snapshot, SnapshotItem.Side.TRAIN)
    if model.base:
        channels["base"] = Path(model.base)
    return channels


def of_test(snapshot: Snapshot) -> Path:
    """The test side: both models answer all of it, whether a comparison may use it or not."""
    return _side(snapshot, SnapshotItem.Side.TEST)


def _side(snapshot: Snapshot, side: str) -> Path:
    folder = _root() / "channels" / f"snapshot-{snapshot.pk}-{snapshot.digest[:12]}"
    place = folder / side
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(snapshot, side, place)
    return place


def _write_whole(snapshot: Snapshot, side: str, place: Path) -> None:
    """Beside its place first: a killed worker leaves no half a channel behind."""
    beside = Path(tempfile.mkdtemp(prefix=f".{side}-", dir=place.parent))
    snapshots.write_data(snapshot, beside / DATA, side=side)
    try:
        beside.rename(place)
    except OSError:
        # another worker was faster; what it wrote is the same
        shutil.rmtree(beside)
        if not place.exists():
            raise


def _root() -> Path:
    return Path(settings.JOBS_DIR)
