"""What became of the predictions, in numbers."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """`taken` is `posted` + `refused` + `waiting`; `dropped` and `unfit` were not taken."""

    taken: int
    posted: int
    # of the posted: the service had them already
    duplicates: int
    # by the service, for a reason that trying again would not mend
    refused: int
    waiting: int
    # there was no room, or the client is off or closed
    dropped: int
    # they cannot be written as a prediction
    unfit: int


class Tally:
    """Counts for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of = {
            "posted": 0,
            "duplicates": 0,
            "refused": 0,
            "dropped": 0,
            "unfit": 0,
        }

    def add(self, **more: int) -> None:
        with self._lock:
            for name, count in more.items():
                self._of[name] += count

    def counts(self, taken: int, waiting: int) -> Counts:
        with self._lock:
            return Counts(taken=taken, waiting=waiting, **self._of)
