"""Says what happens, with the seconds since the beginning, and waits aloud."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

LOOK_EVERY = 0.2
Found = TypeVar("Found")


class Failed(Exception):
    """The loop did not close: at which step, and why."""

    def __init__(self, step: str, why: str) -> None:
        self.step, self.why = step, why
        super().__init__(f"{step}: {why}")


class Progress:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.now = "start"

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def step(self, name: str, words: str) -> None:
        """What is being done now; a failure is told under this name."""
        self.now = name
        self.say(words)

    def say(self, words: str) -> None:
        sys.stdout.write(f"{self.seconds:6.1f} s  {words}\n")
        sys.stdout.flush()

    def plain(self, words: str = "") -> None:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    def wait(
        self, what: str, look: Callable[[], Found | None], seconds: float = 300.0
    ) -> Found:
        """Look again and again until there is something; Failed after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(LOOK_EVERY)
        raise Failed(self.now, f"{what} did not happen within {seconds:.0f} s.")
