"""How fast events become work that is done, while nobody waits for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found

IN_ONE_TRANSACTION = 100
# Events of the kind that has a job each, one after the other in streams of their own.
JOBS = 1_000
LONGEST_SECONDS = 60.0
LEFT = "select count(*) from projects_job where state in ('waiting', 'running')"


def events(bench: Bench) -> Iterator[Figure]:
    """A backlog written while the worker sleeps, then worked off."""
    count = bench.sizes.events
    sync = bench.fdatasync_ms()
    with asleep(bench):
        emitting = emit(count, "task.settled")
        jobs = bench.number(LEFT)
    draining = drained(bench)
    with asleep(bench):
        emit(JOBS, "member.left", streams=True)
    each = JOBS / drained(bench)
    yield found(
        "outbox_events_per_s",
        count / draining,
        fdatasync_ms=sync,
        note=f"{count:,} events waited as {jobs:,} jobs; written at "
        f"{count / emitting:,.0f}/s by one process; with a job each: {each:,.0f}/s",
    )


@contextmanager
def asleep(bench: Bench) -> Iterator[None]:
    """The worker does nothing meanwhile, like one that is far behind."""
    worker = bench.service.pids()["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def emit(count: int, name: str, *, streams: bool = False) -> float:
    """Write so many events as the service does; seconds."""
    from django.db import connection, transaction

    from projects import events
    from projects.models import Project

    project = Project.objects.get(slug="bench")
    began = time.perf_counter()
    for first in range(0, count, IN_ONE_TRANSACTION):
        with transaction.atomic():
            for n in range(first, min(first + IN_ONE_TRANSACTION, count)):
                stream = f"bench:{n}" if streams else None
                # nobody has this number: the handler finds nothing to do
                events.emit(name, project, stream=stream, user=0)
    connection.close()
    return time.perf_counter() - began


def drained(bench: Bench) -> float:
    """Seconds from now until nothing is left to do."""
    began = time.perf_counter()
    with bench.service.database() as database:
        database.autocommit = True
        while (row := database.execute(LEFT.encode()).fetchone()) and row[0]:
            if time.perf_counter() - began > LONGEST_SECONDS:
                raise RuntimeError(f"{row[0]} jobs are left after a minute")
            time.sleep(0.005)
    return max(time.perf_counter() - began, 0.001)


TOPICS = (Topic(("outbox_events_per_s",), events),)
