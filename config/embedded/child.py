"""One child process: kept running, restarted more and more slowly, ended cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from config.embedded.children import Spec, spawn
from config.embedded.logfiles import bound

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# after so long without trouble, the next end counts as the first
QUIET_SECONDS = 60.0


class Child:
    """A service that should run until it is told to end."""

    def __init__(self, make_spec: Callable[[], Spec], *, patience: float = 5.0):
        self.make_spec = make_spec
        self.patience = patience
        self.spec = make_spec()
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.pause = FIRST_PAUSE
        self.again_at = 0.0

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        bound(self.spec.log)
        self.spec = self.make_spec()
        self.process = spawn(self.spec)
        self.started = time.monotonic()

    def has_ended(self) -> int | None:
        """Return its exit code if it ended since the last look, else None."""
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        # what it started may live on: granian's worker goes on answering
        self._end_session()
        self.process = None
        self._plan_restart()
        return code

    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.again_at

    def ask_to_end(self) -> None:
        """Tell the main process only: a signal to all of django-q2 makes it hang."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self, deadline: float) -> None:
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self._end_session()
        self.process.wait()
        self.process = None

    def _plan_restart(self) -> None:
        if time.monotonic() - self.started > QUIET_SECONDS:
            self.pause = FIRST_PAUSE
        self.again_at = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def _end_session(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
