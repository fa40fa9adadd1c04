"""The base folder: what the first model was trained on, and every later one too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeling import payloads

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel

SEEN = "in the base folder that models are trained on"


def digests(model: RegisteredModel) -> frozenset[str]:
    """The payloads that lie in it, by the digests that intake keeps them under."""
    files = _files(model)
    return _digests(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=16)
def _digests(files: tuple[tuple[Path, int], ...]) -> frozenset[str]:
    found = (_inputs(path) for path, _ in files)
    return frozenset(payloads.digest(each) for inputs in found for each in inputs)


def first_input(model: RegisteredModel) -> Mapping[str, Any] | None:
    """A real input, for a model that nobody has asked anything yet."""
    return next((each for path in _files(model) for each in _inputs(path)), None)


def _files(model: RegisteredModel) -> list[Path]:
    return sorted(Path(model.base).glob("*.jsonl")) if model.base else []


def _inputs(path: Path) -> Iterator[Mapping[str, Any]]:
    """The inputs of a file of JSON lines; lines of another shape are the script's own."""
    with path.open() as file:
        for line in file:
            row = _row(line)
            if isinstance(row, dict) and isinstance(row.get("input"), dict):
                yield row["input"]


def _row(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
