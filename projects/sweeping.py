"""Removes what is past its time: at night, in small steps, by whichever worker is free.

SWEEPS names a function for each kind of rows. A step looks at a bounded range of numbers
in one short transaction, so that it holds nobody up, and a kill costs one step at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from projects.models import Sweep

log = structlog.get_logger()
# Rows that a step looks at, and so the most it removes.
WINDOW = 1_000
# The worker has other things to do between two of them.
SECONDS_A_TURN = 0.5
POSTPONED = timedelta(hours=1)


@dataclass(frozen=True)
class Step:
    """What came of one step."""

    # (project or None, what) -> rows
    removed: Mapping[tuple[int | None, str], int] = field(default_factory=dict)
    # The last number looked at; None: there are no more in this round.
    last: int | None = None
    # The smallest number that stays now and may be due another night.
    again_from: int | None = None


Sweeper: TypeAlias = Callable[[int, datetime], Step]


def sweep() -> int:
    """Every few seconds: go on with what is due; how many steps that were."""
    at, began, steps = timezone.now(), time.monotonic(), 0
    for name in _due(at):
        while time.monotonic() < began + SECONDS_A_TURN and _step(name, at):
            steps += 1
    return steps


def finish(at: datetime) -> None:
    """All of a night's work at once (tests, commands)."""
    for name in _due(at):
        while _step(name, at):
            pass


def _due(at: datetime) -> list[str]:
    known = dict(Sweep.objects.values_list("name", "next_at"))
    new = [name for name in settings.SWEEPS if name not in known]
    if new:
        rows = [Sweep(name=name, next_at=tonight(at)) for name in new]
        Sweep.objects.bulk_create(rows, ignore_conflicts=True)
    return [name for name in settings.SWEEPS if name in known and known[name] <= at]


def tonight(at: datetime) -> datetime:
    """The next time that most people sleep."""
    hour = at.replace(hour=settings.NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return hour if hour > at else hour + timedelta(days=1)


def _step(name: str, at: datetime) -> bool:
    """One step; False when the round is over, or another worker is at it."""
    try:
        with transaction.atomic():
            return _locked_step(name, at)
    except IntegrityError:
        # something refers to a row that was to go: somebody must look, others go on
        log.exception("sweep stopped", what=name)
        Sweep.objects.filter(name=name).update(next_at=at + POSTPONED)
        return False


def _locked_step(name: str, at: datetime) -> bool:
    free = Sweep.objects.select_for_update(skip_locked=True)
    found = free.filter(name=name, next_at__lte=at).first()
    if found is None:
        return False
    sweeper: Sweeper = import_string(name)
    step = sweeper(found.position, at)
    _count(step, at)
    _move_on(found, step, at)
    return step.last is not None


def _move_on(found: Sweep, step: Step, at: datetime) -> None:
    waiting = [n for n in (found.again_from, step.again_from) if n is not None]
    if step.last is None:
        found.position = min([found.position, *(n - 1 for n in waiting)])
        found.again_from, found.ended_at, found.next_at = None, at, tonight(at)
    else:
        found.position = step.last
        found.again_from = min(waiting, default=None)
    found.save(update_fields=["position", "again_from", "ended_at", "next_at"])


COUNT = """
insert into projects_removal (project_id, what, day, rows) values (%s, %s, %s, %s)
on conflict (project_id, what, day) do update
set rows = projects_removal.rows + excluded.rows
"""


def _count(step: Step, at: datetime) -> None:
    with connection.cursor() as cursor:
        for (project, what), rows in step.removed.items():
            log.info("removed", what=what, project=project, rows=rows)
            cursor.execute(COUNT, [project, what, at.date(), rows])
