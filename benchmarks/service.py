"""A service of its own to measure: an empty home, `manage.py up`, a project, tokens."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = Path(__file__).with_name("project.yaml")
START_SECONDS, STOP_SECONDS = 120.0, 60.0


@dataclass
class Service:
    """What runs, and how long it took to show a first page on an empty home."""

    home: Path
    url: str
    process: subprocess.Popen[bytes]
    first_page_s: float

    def state(self) -> dict[str, object]:
        return dict(json.loads((self.home / "state.json").read_text()))

    def pids(self) -> dict[str, int]:
        found = self.state()["children"]
        return dict(found) if isinstance(found, dict) else {}

    def database(self) -> psycopg.Connection[tuple[object, ...]]:
        from config.home import Home

        return psycopg.connect(Home(self.home).database_url())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path) -> Iterator[Service]:
    """Everything up on an empty home, and down again at the end."""
    port = free_port()
    command = [sys.executable, str(CHECKOUT / "manage.py"), "up", "--port", str(port)]
    began = time.monotonic()
    with (home.parent / "up.log").open("wb") as said:
        process = subprocess.Popen(
            [*command, "--home", str(home)], stdout=said, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        first = _first_page(url, process, began)
        yield Service(home, url, process, first)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # its children end with it, whatever it died of
        process.kill()
        process.wait()


def _first_page(url: str, process: subprocess.Popen[bytes], began: float) -> float:
    """Seconds until somebody could sign in."""
    while time.monotonic() - began < START_SECONDS:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{url}/accounts/login/", timeout=5).ok:
                return round(time.monotonic() - began, 2)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.02)
    raise RuntimeError("manage.py up showed no page.")


def set_up_django(home: Path) -> None:
    """Commands of this process work on that home from now on."""
    import django

    os.environ["OVERREAD_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    django.setup()


def command(called: str, /, *arguments: object, **options: object) -> str:
    from django.core.management import call_command

    said = io.StringIO()
    call_command(called, *map(str, arguments), stdout=said, **options)
    return said.getvalue().strip()


def token(role: str, name: str, project: str = "bench") -> str:
    return command("token", project=project, role=role, name=name)
