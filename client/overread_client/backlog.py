"""The predictions that wait: bounded in number and bytes, kept until they are answered."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice

# Of one call. The service takes 5,000 rows and 8 MB; proxies often less than 1 MB.
BATCH_ROWS, BATCH_BYTES = 500, 512 * 1024


class Backlog:
    """Rows as bytes, oldest first. Many threads put; one takes from the front."""

    def __init__(self, most_rows: int, most_bytes: int) -> None:
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._changed = threading.Condition()
        self._rows: deque[bytes] = deque()
        self._bytes = 0
        self._answered = 0
        # send without lingering until so many are answered
        self._flush_to = 0
        # end one pause
        self._hurry = False
        self._closed = False
        self.taken = 0

    @property
    def waiting(self) -> int:
        return len(self._rows)

    def put(self, row: bytes) -> bool:
        """Whether there was room."""
        with self._changed:
            if self._closed or not self._has_room(row):
                return False
            was_full = self._is_full()
            self._rows.append(row)
            self._bytes += len(row)
            self.taken += 1
            # waking costs: only for what the sender waits for
            if len(self._rows) == 1 or (self._is_full() and not was_full):
                self._changed.notify_all()
            return True

    def _has_room(self, row: bytes) -> bool:
        return (
            len(self._rows) < self._most_rows
            and self._bytes + len(row) <= self._most_bytes
        )

    def _is_full(self) -> bool:
        """There is enough for one call."""
        return len(self._rows) >= BATCH_ROWS or self._bytes >= BATCH_BYTES

    def wait_for_batch(self, linger: float) -> bool:
        """Wait for a row, then at most `linger` seconds for more; False once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._rows or self._closed)
            self._changed.wait_for(self._must_go, linger)
            return not self._closed

    def _must_go(self) -> bool:
        return self._closed or self._is_full() or self._answered < self._flush_to

    def front(self, most: int) -> list[bytes]:
        """The oldest rows for one call, at least one; they stay until `answered`."""
        with self._changed:
            found: list[bytes] = []
            size = 0
            for row in islice(self._rows, most):
                size += len(row)
                if found and size > BATCH_BYTES:
                    break
                found.append(row)
            return found

    def answered(self, count: int) -> None:
        """So many of the oldest are done with."""
        with self._changed:
            for _ in range(count):
                self._bytes -= len(self._rows.popleft())
            self._answered += count
            self._changed.notify_all()

    def postpone(self) -> None:
        """The oldest goes behind all others."""
        with self._changed:
            self._rows.rotate(-1)

    def pause(self, seconds: float) -> None:
        """Wait so long; a flush or the end cuts it short."""
        with self._changed:
            self._changed.wait_for(lambda: self._hurry or self._closed, seconds)
            self._hurry = False

    def flush(self, timeout: float) -> bool:
        """Whether what waits now was answered within `timeout` seconds."""
        with self._changed:
            self._flush_to = target = self.taken
            if self._answered < target:
                self._hurry = True
                self._changed.notify_all()
            return self._changed.wait_for(lambda: self._answered >= target, timeout)

    def close(self) -> int:
        """Take no more; how many are left unanswered."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return len(self._rows)
