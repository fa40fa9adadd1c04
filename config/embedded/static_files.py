"""Collects the static files into the home, when they are not there as they are now."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from config.embedded.children import Spec
from config.home import Home

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# where static files come from besides our own folders
PACKAGES = ("django", "djangorestframework", "django-allauth", "whitenoise")


def collector(home: Home, environment: Mapping[str, str]) -> Spec | None:
    """Say how to collect them; None when there is nothing to do."""
    if _mark(home).exists() and _mark(home).read_text() == _fingerprint():
        return None
    command = [sys.executable, str(CHECKOUT / "manage.py"), "collectstatic"]
    return Spec(
        name="collectstatic",
        command=[*command, "--noinput", "--clear", "--verbosity", "0"],
        log=home.logs_dir / "start.log",
        environment=environment,
        folder=str(CHECKOUT),
    )


def remember(home: Home) -> None:
    _mark(home).write_text(_fingerprint())


def _mark(home: Home) -> Path:
    return home.path / "static.made"


def _sources() -> list[Path]:
    beside_code = CHECKOUT.glob("labeling/*/**/*.[jc]s*")
    return sorted({*CHECKOUT.glob("*/static/**/*"), *beside_code})


def _fingerprint() -> str:
    digest = hashlib.sha256(" ".join(version(name) for name in PACKAGES).encode())
    for file in _sources():
        status = file.stat()
        digest.update(f"{file} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
