"""Work that follows: kept in the database, claimed with a lease, tried again, buried.

Attempts and lease are committed before a job runs, so that one that kills its worker
is counted too. Handlers are safe to run twice and open no transaction around outside calls.
"""

from __future__ import annotations

import random
import threading
import traceback
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from projects.models import Job

log = structlog.get_logger()
BATCH = 100
LONGEST_WAIT = 300


class TryLater(Exception):
    """Raised by a handler whose outside system is away: it costs no attempt for good."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Hopeless(Exception):
    """Raised by a handler for what cannot succeed: it becomes a dead letter at once."""


def add(
    key: str,
    handler: str,
    stream: str,
    payload: dict[str, Any],
    *,
    project: int | None = None,
    next_at: datetime | None = None,
) -> None:
    """Keep one job under its key; a second call with the same key does nothing."""
    Job.objects.bulk_create(
        [
            Job(
                key=key,
                handler=handler,
                stream=stream[:120],
                payload=payload,
                project_id=project,
                long=handler in settings.LONG_JOBS,
                next_at=next_at or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def ask(handler: str, stream: str, *, payload: dict[str, Any]) -> None:
    """At most one waiting job of this handler and stream, however often it is asked.

    The key is free again once the job starts, so nothing asked while it runs is lost.
    """
    add(
        _waiting_key(handler, stream),
        handler,
        stream,
        payload,
        project=payload.get("project"),
    )


def asked(handler: str, stream: str, payload: dict[str, Any]) -> dict[str, Any]:
    """What ask() would keep, for projects_tell, which keeps several at once."""
    return {
        "key": _waiting_key(handler, stream),
        "handler": handler,
        "stream": stream[:120],
        "payload": payload,
        "long": handler in settings.LONG_JOBS,
    }


def _waiting_key(handler: str, stream: str) -> str:
    return f"ask:{handler}:{stream}"[:200]


CLAIM = """
with due as (
  select j.id from projects_job j
  where ((j.state = 'waiting' and j.next_at <= %(at)s)
      or (j.state = 'running' and j.lease_until < %(at)s))
    and not exists (
      select 1 from projects_job e
      where e.stream = j.stream and e.id < j.id
        and (e.state in ('waiting', 'running')
          or (e.state = 'dead' and e.stream like any(%(stops)s))))
  order by j.id
  limit %(limit)s
  for update of j skip locked
)
update projects_job j
set state = 'running', turn = turn + 1, lease_until = %(until)s,
    attempts = attempts + case when long then 0 else 1 end,
    key = case when key like 'ask:%%' then 'run:' || j.id || ':' || left(key, 170)
               else key end
from due where j.id = due.id
returning j.id
"""


def claim(at: datetime, limit: int = BATCH) -> list[Job]:
    """Take due jobs, the oldest of each stream, and commit attempts and lease."""
    values: dict[str, Any] = {
        "at": at,
        "limit": limit,
        "until": at + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        "stops": [f"{prefix}%" for prefix in settings.STREAMS_THAT_STOP],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        found = [row[0] for row in cursor.fetchall()]
    return list(Job.objects.filter(pk__in=found).order_by("pk"))


def run(job: Job) -> None:
    """Run one claimed job to its end: done, waiting again, or a dead letter."""
    structlog.contextvars.bind_contextvars(job=job.pk, handler=job.handler)
    try:
        import_string(job.handler)(job.payload)
    except TryLater as later:
        job.attempts = _forgiven(job.attempts, later)
        _put_back(job, str(later), later.seconds)
    except Hopeless as hopeless:
        _bury(job, str(hopeless))
    except Exception as error:
        log.warning("job failed", attempts=job.attempts, exc_info=error)
        _failed(job, traceback.format_exc(limit=-6))
    else:
        _end(job, Job.State.DONE, "")
    finally:
        structlog.contextvars.clear_contextvars()


def run_long(job_id: int, turn: int) -> None:
    """What django-q2 calls: run a long job of this turn, its lease renewed meanwhile.

    Whoever is killed here leaves a lease that ends soon, and the job is taken again.
    """
    ours = Job.objects.filter(pk=job_id, turn=turn, state=Job.State.RUNNING)
    if not ours.update(attempts=F("attempts") + 1, lease_until=_lease_end()):
        return
    with _Heart(job_id, turn):
        run(Job.objects.get(pk=job_id))


class _Heart:
    """Renews the lease of one job from a thread of its own until the job has ended."""

    def __init__(self, job_id: int, turn: int) -> None:
        self._ours = Job.objects.filter(pk=job_id, turn=turn, state=Job.State.RUNNING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                self._ours.all().update(lease_until=_lease_end())
            except (OperationalError, InterfaceError) as error:
                log.warning("lease not renewed", error=str(error))
                connection.close()
        connection.close()


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _failed(job: Job, error: str) -> None:
    if job.attempts >= settings.JOB_MAX_ATTEMPTS:
        _bury(job, error)
        return
    _put_back(job, error, None)


def _bury(job: Job, error: str) -> None:
    log.error("job is dead", attempts=job.attempts, error=error)
    _end(job, Job.State.DEAD, error)


def _forgiven(attempts: int, later: TryLater) -> int:
    """A poll costs nothing; an outage makes waits longer, but never the last attempt."""
    if later.seconds is not None:
        return attempts - 1
    return min(attempts, max(1, settings.JOB_MAX_ATTEMPTS - 3))


def _put_back(job: Job, error: str, seconds: float | None) -> None:
    wait = seconds if seconds is not None else backoff(job.attempts)
    _ours(job).update(
        state=Job.State.WAITING,
        attempts=job.attempts,
        error=error[-4000:],
        lease_until=None,
        next_at=timezone.now() + timedelta(seconds=wait),
    )


def _end(job: Job, state: str, error: str) -> None:
    _ours(job).update(
        state=state, error=error[-4000:], lease_until=None, ended_at=timezone.now()
    )


def _ours(job: Job) -> QuerySet[Job]:
    """The row while this claim is the newest: another one may have taken it over."""
    return Job.objects.filter(pk=job.pk, turn=job.turn, state=Job.State.RUNNING)


def backoff(attempts: int) -> float:
    """Seconds until the next try: 1, 2, 4 … 300, each with jitter."""
    longest: float = min(LONGEST_WAIT, 2 ** min(attempts - 1, 12))
    return longest * random.uniform(0.5, 1)  # noqa: S311 (jitter, not a secret)


def revive(found: Iterable[Job]) -> int:
    """Send dead letters round again, their attempts counted anew."""
    return Job.objects.filter(
        pk__in=[job.pk for job in found], state=Job.State.DEAD
    ).update(state=Job.State.WAITING, attempts=0, next_at=timezone.now(), ended_at=None)


def wake(stream_prefix: str) -> int:
    """Try what waits in these streams now: the outside system is back."""
    return Job.objects.filter(
        state=Job.State.WAITING, stream__startswith=stream_prefix
    ).update(next_at=timezone.now())
