"""Writes what a training or a scoring reads: one folder of JSON lines for each channel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from registry_bridge import snapshots
from registry_bridge.models import SnapshotItem

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel, Snapshot, Training

DATA = "data.jsonl"
Write = Callable[[Path], None]


def of_training(model: RegisteredModel, training: Training) -> dict[str, Path]:
    """`train` (gold of the train side) and `base` (the first model's own data).

    The test side is never among them: a script that saw it could tune itself to it.
    """
    channels: dict[str, Path] = {}
    if training.snapshot is not None:
        channels["train"] = _train_side(training.snapshot)
    if model.base:
        channels["base"] = Path(model.base)
    return channels


def of_test(snapshot: Snapshot) -> Path:
    """The test side: both models answer all of it, whether a comparison may use it or not.

    A row's key is the number of its gold.
    """
    rows = snapshots.full_rows(snapshot, side=SnapshotItem.Side.TEST)
    return _written_once(_folder(snapshot) / "rows", _keyed("gold", rows))


def of_inputs(name: str, inputs: Iterable[Mapping[str, Any]]) -> Path:
    """Rows of "key" and "input" in a folder of this name, to be forgotten afterwards."""
    return _written_once(_root() / "channels" / name, _keyed("key", inputs))


def _keyed(key: str, rows: Iterable[Mapping[str, Any]]) -> Write:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            for row in rows:
                file.write(msgspec.json.encode({**row, "key": row[key]}) + b"\n")

    return write


def forget(name: str) -> None:
    """Inputs are kept nowhere longer than they are needed."""
    shutil.rmtree(_root() / "channels" / name, ignore_errors=True)


def _train_side(snapshot: Snapshot) -> Path:
    def write(path: Path) -> None:
        snapshots.write_data(snapshot, path, side=SnapshotItem.Side.TRAIN)

    return _written_once(_folder(snapshot) / SnapshotItem.Side.TRAIN, write)


def _folder(snapshot: Snapshot) -> Path:
    return _root() / "channels" / f"snapshot-{snapshot.pk}-{snapshot.digest[:12]}"


def _written_once(place: Path, write: Write) -> Path:
    """Beside its place first: a killed worker leaves no half a channel behind."""
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    write(beside / DATA)
    try:
        beside.rename(place)
    except OSError:
        # another worker was faster; what it wrote is the same
        shutil.rmtree(beside)
        if not place.exists():
            raise
    return place


def _root() -> Path:
    return Path(settings.JOBS_DIR)
