"""The resident loop: claims jobs, runs the short ones, hands the long ones on.

Who takes the long ones, django-q2, can be a process of its own or forked from this one:
half the memory then, since what both have imported is held once.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import structlog
from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.cluster import Cluster
from django_q.tasks import async_task

from projects import jobs
from projects.models import Job

log = structlog.get_logger()
IDLE_SECONDS = 0.3
AWAY_SECONDS = 1.0


class LongJobsEnded(RuntimeError):
    """Nobody takes long jobs any more: whoever started this process starts it again."""


class Rounds:
    """What must be done every so often, each at its own pace (SCHEDULES)."""

    def __init__(self, schedules: dict[str, float]) -> None:
        self._schedules = schedules
        self._next = dict.fromkeys(schedules, 0.0)

    def due(self, at: float) -> list[Callable[[], object]]:
        names = [name for name, when in self._next.items() if when <= at]
        for name in names:
            self._next[name] = at + self._schedules[name]
        return [import_string(name) for name in names]


def loop(stop: threading.Event, going: Callable[[], bool] = lambda: True) -> None:
    """Work until told to stop; a database that is away is waited for."""
    rounds = Rounds(settings.SCHEDULES)
    while going() and not stop.is_set():
        try:
            busy = work(rounds)
        except (OperationalError, InterfaceError) as error:
            log.warning("database is away", error=str(error))
            connection.close()
            stop.wait(AWAY_SECONDS)
            continue
        if not busy:
            stop.wait(IDLE_SECONDS)


def work(rounds: Rounds) -> bool:
    """One turn; True when there was something to do."""
    close_old_connections()
    for function in rounds.due(time.monotonic()):
        _go_round(function)
    found = jobs.claim(timezone.now())
    for job in found:
        _take(job)
    return bool(found)


def _go_round(function: Callable[[], object]) -> None:
    """One that breaks holds up nobody: it is told of, and comes round again."""
    try:
        function()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("a round broke", function=function.__qualname__)


def _take(job: Job) -> None:
    if not job.long:
        jobs.run(job)
        return
    async_task("projects.jobs.run_long", job.pk, job.turn)


def drain(limit: int = 10_000) -> int:
    """Run everything that is due now, long jobs too, in this process (tests, commands)."""
    count = 0
    while count < limit and (found := jobs.claim(timezone.now())):
        for job in found:
            _run_here(job)
        count += len(found)
    return count


def _run_here(job: Job) -> None:
    if job.long:
        jobs.run_long(job.pk, job.turn)
    else:
        jobs.run(job)


def run_forever() -> None:
    """`manage.py worker`: ends after the job in hand on SIGTERM or Ctrl-C."""
    stop = _told_to_stop()
    log.info("worker started")
    loop(stop)
    log.info("worker stopped")


def run_with_long_jobs() -> None:
    """`manage.py worker --long-jobs`: the same, with django-q2 as its child."""
    cluster = Cluster()
    # before this process has threads or connections: neither may be forked
    cluster.start()
    stop = _told_to_stop()
    log.info("worker started", long_jobs=cluster.sentinel.pid)
    loop(stop, cluster.sentinel.is_alive)
    if not cluster.stop():
        raise LongJobsEnded("django-q2 has ended; see its lines above.")
    log.info("worker stopped")


def _told_to_stop() -> threading.Event:
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    return stop
