"""SageMaker's time: faster than ours, and it can be stopped and moved by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

# how often somebody who waits looks whether to wait on
LOOK_SECONDS = 0.02


class Over(Exception):
    """The test is over; whatever still runs should end."""


class Clock:
    """`speed` of its seconds pass in one of ours."""

    def __init__(self, speed: float) -> None:
        self._changed = threading.Condition()
        self._over = False
        self._seconds, self._speed, self._since = time.time(), speed, time.monotonic()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        return self._seconds + (time.monotonic() - self._since) * self._speed

    def run(self, speed: float) -> None:
        with self._changed:
            self._set(self.seconds(), speed)

    def stop(self) -> None:
        """Let nothing happen by itself until `run` or `advance`."""
        self.run(0)

    def advance(self, seconds: float) -> None:
        with self._changed:
            self._set(self.seconds() + seconds, self._speed)

    def end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    @property
    def is_over(self) -> bool:
        return self._over

    def check(self) -> None:
        if self._over:
            raise Over

    def sleep(self, seconds: float, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait; return early, with True, once `unless` is true."""
        return self.sleep_until(self.seconds() + seconds, unless)

    def sleep_until(
        self, until: float, unless: Callable[[], bool] = lambda: False
    ) -> bool:
        while True:
            self.check()
            if unless():
                return True
            if self.seconds() >= until:
                return False
            self.pause()

    def pause(self) -> None:
        """Wait for a moment of ours."""
        with self._changed:
            self._changed.wait(LOOK_SECONDS)
        self.check()

    def _set(self, seconds: float, speed: float) -> None:
        self._seconds, self._speed, self._since = seconds, speed, time.monotonic()
        self._changed.notify_all()
