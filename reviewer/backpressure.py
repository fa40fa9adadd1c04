"""Refuses predictions before they are drawn while a queue holds as much as it may."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from projects.refused import TooMany
from reviewer.rollups import queue_counts

if TYPE_CHECKING:
    from reviewer.models import Queue

# How long what was seen holds: a queue is not counted for each request.
LOOK_EVERY = 1.0
RETRY_SECONDS = 30
_seen: dict[int, tuple[float, int]] = {}


class QueueFull(TooMany):
    code, title = "queue_full", "Reviewers have enough to do"


def refuse_full(queue: Queue) -> None:
    """QueueFull when as many tasks wait as the queue may hold (`most_waiting`)."""
    if queue.most_waiting is None or _waiting(queue) < queue.most_waiting:
        return
    raise QueueFull(
        f"“{queue}” holds {queue.most_waiting:,} waiting tasks, as many as it may. Send "
        "the same rows again later; nothing of this call was kept.",
        retry_after=RETRY_SECONDS,
    )


def _waiting(queue: Queue) -> int:
    looked, waiting = _seen.get(queue.pk, (-LOOK_EVERY, 0))
    now = time.monotonic()
    if now - looked >= LOOK_EVERY:
        waiting = (
            queue_counts.of([queue.pk]).get(queue.pk, queue_counts.NOTHING).waiting
        )
        _seen[queue.pk] = (now, waiting)
    return waiting


def forget() -> None:
    """Count again at the next request."""
    _seen.clear()
