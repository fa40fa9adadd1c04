"""Runs the process that waits, as the service does, on the tests' own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.conf import settings

from config.home import Home
from reviewer import waiting_room
from tests.config.running import CHECKOUT, environment, free_port


@dataclass
class Waiter:
    url: str
    process: subprocess.Popen[bytes]

    def up(self) -> requests.Response:
        return requests.get(f"{self.url}/wait/up", timeout=5)

    def waiting(self) -> int:
        return int(self.up().json()["waiting"])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@contextmanager
def running(
    database: str = "", *, most: int = 200, log: Path = Path(os.devnull)
) -> Iterator[Waiter]:
    port = free_port()
    given = {
        **environment(),
        "DATABASE_URL": database or database_of_tests(),
        "OVERREAD_SECRET_KEY": settings.SECRET_KEY,
        "OVERREAD_WAITS": str(most),
    }
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.waits", "--port", str(port)],
            env=given,
            cwd=CHECKOUT,
            stdout=said,
            stderr=said,
        )
    waiter = Waiter(f"http://127.0.0.1:{port}", process)
    try:
        _wait_until_up(waiter)
        yield waiter
    finally:
        process.kill()
        process.wait()


@contextmanager
def used(
    patch: pytest.MonkeyPatch, database: str = "", *, most: int = 200
) -> Iterator[Waiter]:
    """The same, and the pages of this process know of it."""
    with running(database, most=most) as waiter:
        patch.setattr(settings, "WAIT_URL", waiter.url)
        patch.setattr(waiting_room, "OTHER", waiting_room.Other())
        yield waiter


def database_of_tests() -> str:
    name = settings.DATABASES["default"]["NAME"]
    given = os.environ.get("OVERREAD_TEST_DATABASE_URL", "")
    if given:
        return f"{given.rpartition('/')[0]}/{name}"
    return Home(Path(os.environ["OVERREAD_TEST_HOME"])).database_url(name)


def _wait_until_up(waiter: Waiter) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and waiter.process.poll() is None:
        try:
            waiter.up()
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("The process that waits did not come up.")
