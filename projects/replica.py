"""Lets pages and exports of results read from a replica, where there is one that keeps up.

Only what asks for it is read there: claims, submissions and whatever reads its own
writes stay on the primary. A replica that lags or is away is told within seconds, and the
primary is read instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

if TYPE_CHECKING:
    from django.db.models import Model

log = structlog.get_logger()
REPLICA = "replica"
# What was found out holds so long; somebody who waits for an answer asks it only once.
LOOK_EVERY = 5.0
BEAT = """
insert into projects_heartbeat (id, at) values (1, now())
on conflict (id) do update set at = excluded.at
"""
LAG = "select now() - at from projects_heartbeat where id = 1"


@dataclass(frozen=True)
class Health:
    """Whether results are read from the replica; if not, why."""

    used: bool
    words: str


NONE = Health(used=False, words="no replica is configured")
_from: ContextVar[str] = ContextVar("database of results", default=DEFAULT_DB_ALIAS)
_lock = threading.Lock()
_seen: tuple[float, Health] = (-LOOK_EVERY, Health(used=False, words="not seen yet"))


def reading() -> str:
    """The database to read results from now, for `.using(…)` and `connections[…]`."""
    return REPLICA if health().used else DEFAULT_DB_ALIAS


@contextmanager
def results() -> Iterator[str]:
    """What models are asked inside is read from `reading()`. Ask who may, before."""
    token = _from.set(reading())
    try:
        yield _from.get()
    finally:
        _from.reset(token)


def is_configured() -> bool:
    return REPLICA in connections


def health() -> Health:
    """As it was found at most LOOK_EVERY seconds ago."""
    global _seen
    if not is_configured():
        return NONE
    with _lock:
        looked, known = _seen
        if time.monotonic() < looked + LOOK_EVERY:
            return known
        # while this thread looks, the others go on with what was known
        _seen = (time.monotonic(), known)
    found = _look()
    if found != known:
        log.info("reading results", replica=found.used, why=found.words)
    with _lock:
        _seen = (time.monotonic(), found)
    return found


def forget() -> None:
    """Look again at the next question: something went wrong just now."""
    global _seen
    with _lock:
        _seen = (-LOOK_EVERY, _seen[1])


def _look() -> Health:
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(LAG)
            row = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        connections[REPLICA].close()
        return Health(used=False, words=f"it does not answer: {_first_line(error)}")
    if row is None:
        return Health(used=False, words="it shows no heartbeat of the worker yet")
    behind: timedelta = row[0]
    if behind > timedelta(seconds=settings.REPLICA_LAG_SECONDS):
        seconds = settings.REPLICA_LAG_SECONDS
        return Health(used=False, words=f"it is more than {seconds} s behind")
    return Health(used=True, words="it keeps up")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def beat() -> None:
    """Every few seconds: write the time, which the replica shows when it has come there.

    A worker that stands still makes every replica look late, which costs nothing but speed.
    """
    if not is_configured():
        return
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(BEAT)


class Router:
    """Reads inside `results()` go where it says; everything else to the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return _from.get()

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        # also what was read from the replica: it takes no writes
        return DEFAULT_DB_ALIAS

    def allow_relation(self, *objects: Model, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None
