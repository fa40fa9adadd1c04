"""The files by which deployments are asked for and told of. Stdlib only."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_bridge.gateways.processes import read_json

# Beside every answer: the version that gave it.
VERSION_HEADER = "Overread-Model-Version"
ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True)
class Order:
    """What an endpoint is to serve; `asked` differs each time somebody asks."""

    model_name: str
    version: str
    directory: str
    asked: str = ""

    def same_model(self, other: Order | None) -> bool:
        return other is not None and self.as_model() == other.as_model()

    def as_model(self) -> dict[str, str]:
        return {
            "model_name": self.model_name,
            "version": self.version,
            "directory": self.directory,
        }

    @classmethod
    def read(cls, content: Mapping[str, Any] | None) -> Order | None:
        if not content or not {"model_name", "version", "directory"} <= set(content):
            return None
        words = ("model_name", "version", "directory", "asked")
        return cls(**{word: str(content.get(word, "")) for word in words})


@dataclass(frozen=True)
class TrialOrder:
    """What is tried beside what an endpoint serves, and with which share of the calls."""

    order: Order
    share: float

    @classmethod
    def read(cls, content: Mapping[str, Any] | None) -> TrialOrder | None:
        order = Order.read(content)
        if content is None or order is None:
            return None
        return cls(order, float(content.get("share", 0)))


@dataclass(frozen=True)
class Place:
    """The folder of one endpoint."""

    folder: Path

    @property
    def desired_file(self) -> Path:
        return self.folder / "desired.json"

    @property
    def trial_file(self) -> Path:
        return self.folder / "trial.json"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    def desired(self) -> Order | None:
        return Order.read(read_json(self.desired_file))

    def trial(self) -> TrialOrder | None:
        return TrialOrder.read(read_json(self.trial_file))

    def state(self) -> dict[str, Any]:
        return read_json(self.state_file) or {}


def places(directory: Path) -> dict[str, Place]:
    """Return the folders of all endpoints by name."""
    if not directory.is_dir():
        return {}
    with os.scandir(directory) as found:
        names = [each.name for each in found if ENDPOINT.fullmatch(each.name)]
    return {
        name: Place(directory / name) for name in names if (directory / name).is_dir()
    }


# No endpoint can have these names. One hosting holds the first lock from its start, so
# that there is only one; and the second once what its files say of endpoints is true.
STARTED, TRUE = ".started", ".true"


def hold(directory: Path, name: str) -> int | None:
    """Take a lock of the hosting; None while another process has it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _lock(directory / name, fcntl.LOCK_EX)


def is_running(directory: Path) -> bool:
    """Tell whether a hosting runs for this folder, so that its files can be believed."""
    if not directory.is_dir():
        return False
    descriptor = _lock(directory / TRUE, fcntl.LOCK_SH)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _lock(path: Path, kind: int) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
