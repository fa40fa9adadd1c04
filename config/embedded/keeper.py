"""Keeps a set of child processes and their database running until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from config.embedded import logfiles
from config.embedded.child import Child
from config.embedded.children import Spec
from config.embedded.postgres import Postgres
from config.embedded.trouble import DatabaseFailed, Stopped

STOP_SECONDS = 15.0
BOUND_LOGS_EVERY = 60.0
# so many ends of the database within a minute, and one more try is not worth it
DATABASE_TRIES = 5
MINUTE = 60.0


class Keeper:
    """Starts, tends and stops; used by one thread, the one that starts the children."""

    def __init__(
        self,
        database: Postgres | None,
        *,
        stop: threading.Event,
        say: Callable[[str], None],
        changed: Callable[[], None],
    ):
        self.database = database
        self.services: list[Child] = []
        self.helpers: list[Child] = []
        self.stop_asked = stop
        self.say = say
        self.changed = changed
        self.database_ends: list[float] = []
        self.logs_bound = time.monotonic()

    def run(self, make_spec: Callable[[], Spec], *, patience: float = 0.0) -> Child:
        """Start a service that is started again whenever it ends."""
        child = Child(make_spec, patience=patience or STOP_SECONDS)
        self.services.append(child)
        child.start()
        return child

    def begin(self, spec: Spec) -> Child:
        """Start something that comes to an end by itself."""
        child = Child(lambda: spec, patience=STOP_SECONDS)
        self.helpers.append(child)
        child.start()
        return child

    def finish(self, child: Child) -> int:
        """Wait for the end of what was begun; return its exit code."""
        while (code := child.has_ended()) is None:
            self.pause(0.02)
        return code

    def pause(self, seconds: float) -> None:
        if self.stop_asked.wait(seconds):
            raise Stopped("Stopped before everything was up.")

    def tend(self) -> None:
        """Look at everything once; start again what has ended."""
        self._tend_database()
        for child in self.services:
            self._tend(child)
        if time.monotonic() - self.logs_bound > BOUND_LOGS_EVERY:
            self._bound_logs()

    def stop(self) -> None:
        """End the newest first and the database last, however long they take."""
        children = [*self.helpers, *self.services][::-1]
        for child in children:
            child.ask_to_end()
        asked = time.monotonic()
        for child in children:
            child.wait_for_end(asked + child.patience)
        if self.database:
            self.database.stop()

    def _tend(self, child: Child) -> None:
        code = child.has_ended()
        if code is not None:
            self.say(
                f"{child.name} ended ({code}) and is started again; {child.spec.log}:"
            )
            self.say(logfiles.tail(child.spec.log, lines=4))
        if child.is_due():
            child.start()
            self.changed()

    def _tend_database(self) -> None:
        if self.database is None or self.database.is_running():
            return
        now = time.monotonic()
        recent = [at for at in self.database_ends if now - at < MINUTE]
        self.database_ends = [*recent, now]
        self.say(f"PostgreSQL ended and is started again; {self.database.log}:")
        self.say(logfiles.tail(self.database.log, lines=4))
        if len(self.database_ends) >= DATABASE_TRIES:
            raise DatabaseFailed(
                f"PostgreSQL ends again and again; see {self.database.log}."
            )
        self.database.start()
        self.changed()

    def _bound_logs(self) -> None:
        self.logs_bound = time.monotonic()
        for child in self.services:
            logfiles.bound(child.spec.log)
        if self.database:
            logfiles.bound(self.database.log)
