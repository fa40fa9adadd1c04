"""Runs `manage.py up` as an operator would, and looks at what it says and leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psutil

from config.embedded.ports import _any_free
from config.home import Home

CHECKOUT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = ("OVERREAD_", "DJANGO_", "DATABASE_URL", "MLFLOW_", "PYTEST_")


def free_port() -> int:
    return _any_free(set())


def environment() -> dict[str, str]:
    """Return the environment without what the tests themselves run with."""
    return {n: v for n, v in os.environ.items() if not n.startswith(NOT_OURS)}


class Up:
    """One running `manage.py up`."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = Home(home)
        self.port = port or free_port()
        command = [sys.executable, str(CHECKOUT / "manage.py"), "up"]
        self.process = subprocess.Popen(
            [*command, "--home", str(home), "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
            cwd="/",
        )
        self.lines: list[str] = []

    def __enter__(self) -> Up:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        if self.process.stdout:
            self.process.stdout.close()

    def reads(self, start: str) -> str:
        """Wait for a line that starts so; what comes instead is shown on failure."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith(start):
                return line
        raise AssertionError(f"It ended without saying {start!r}: {self.lines}")

    def said(self) -> str:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)
        return "".join(self.lines)

    def get(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def state(self) -> dict[str, object]:
        state: dict[str, object] = json.loads(self.home.state_file.read_text())
        return state

    def pids(self) -> dict[str, int]:
        pids = self.state()["children"]
        assert isinstance(pids, dict)
        return pids

    def end(self, order: signal.Signals) -> int:
        self.process.send_signal(order)
        return self.process.wait(60)


def processes_of(home: Path) -> list[str]:
    """Return the command lines of everything that works for this home."""
    return [" ".join(p.cmdline()) for p in psutil.process_iter() if _works(p, home)]


def _works(process: psutil.Process, home: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        mine = process.environ().get("OVERREAD_STACK") == str(home)
        return mine or process.cwd() == str(home / "pg")
    except psutil.Error:
        return False


def eventually(what: Callable[[], bool], *, seconds: float = 30.0) -> bool:
    """Wait until it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.1)
    return what()
