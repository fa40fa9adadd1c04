"""Says in the log what goes wrong, at most once a minute for each kind of trouble."""

from __future__ import annotations

import logging
import threading
import time

log = logging.getLogger("overread_client")
QUIET_SECONDS = 60.0


class Teller:
    """Lines that were held back are counted in the next one of their kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}
        self._since: dict[str, int] = {}

    def warn(self, kind: str, words: str, count: int = 1) -> None:
        self._say(logging.WARNING, kind, words, count)

    def error(self, kind: str, words: str, count: int = 1) -> None:
        self._say(logging.ERROR, kind, words, count)

    def _say(self, level: int, kind: str, words: str, count: int) -> None:
        with self._lock:
            since = self._since[kind] = self._since.get(kind, 0) + count
            now = time.monotonic()
            if now - self._told.get(kind, -QUIET_SECONDS) < QUIET_SECONDS:
                return
            self._told[kind], self._since[kind] = now, 0
        more = f" ({since:,} since this was last told)" if since > 1 else ""
        log.log(level, "%s%s", words, more)
