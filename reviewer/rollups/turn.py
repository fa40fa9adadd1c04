"""What the worker does every few seconds: go on counting, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from reviewer.rollups import (
    answers,
    confidences,
    intake,
    marks,
    queue_counts,
    queued,
)

ROLLUPS: Final = (
    intake.ROLLUP,
    confidences.ROLLUP,
    queued.QUEUED,
    queued.ENDED,
    answers.ROLLUP,
)
MOST_STEPS: Final = 10


def take() -> None:
    """Safe to run twice and at the same time; a kill in between loses nothing."""
    _go_on(queue_counts.fold)
    marks.open_(ROLLUPS)
    for rollup in ROLLUPS:
        _go_on(partial(marks.step, rollup))


def _go_on(step: Callable[[], bool]) -> None:
    for _ in range(MOST_STEPS):
        if not step():
            return
