"""Everything of a home: started in order, kept alive, and stopped in order.

The kernel ends a child when the thread that started it ends, so one thread of its own
starts all of them and lives as long as they do. The main thread is free meanwhile:
`manage.py up` waits there for a signal, a demonstration works there.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType

from config.embedded import (
    leftovers,
    logfiles,
    mlflow_server,
    ports,
    prepare,
    services,
    state,
    static_files,
)
from config.embedded.child import Child
from config.embedded.keeper import Keeper
from config.embedded.lock import Lock
from config.embedded.postgres import Postgres
from config.embedded.trouble import CannotStart
from config.home import Home

WEB_SECONDS = 60.0
LOOK_EVERY = 0.1


def quiet(_: str) -> None:
    """Say nothing."""


class Stack:
    """The running service of one home. `with Stack(home) as stack: ... stack.url`."""

    def __init__(
        self,
        home: Home,
        *,
        port: int = 8080,
        host: str = "127.0.0.1",
        say: Callable[[str], None] = quiet,
    ):
        self.home, self.host, self.port, self.say = home, host, port, say
        self.has_accounts = True
        self.mlflow_url = os.environ.get("MLFLOW_TRACKING_URI", "")
        self.embeds_mlflow = not self.mlflow_url
        self.hosting_url = ""
        self.wait_url = ""
        self.failure: BaseException | None = None
        self.began = time.monotonic()
        self._database_url = os.environ.get("DATABASE_URL", "")
        self._up, self._mlflow_up = threading.Event(), threading.Event()
        self._stop = threading.Event()
        self._lock = Lock(home)
        self._keeper = Keeper(
            None if self._database_url else Postgres(home),
            stop=self._stop,
            say=say,
            changed=self._write_state,
        )
        self._thread = threading.Thread(target=self._live, name="keeper", daemon=True)

    @property
    def url(self) -> str:
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
        return f"http://{everywhere.get(self.host, self.host)}:{self.port}/"

    @property
    def pids(self) -> dict[str, int | None]:
        pids = {child.name: child.pid for child in self._keeper.services}
        database = self._keeper.database
        if database and database.process:
            pids["postgres"] = database.process.pid
        return pids

    def __enter__(self) -> Stack:
        """Return once the pages answer; MLflow may come up a little later."""
        self._lock.__enter__()
        self._thread.start()
        try:
            self._up.wait()
        except BaseException:
            self.stop()
            raise
        if self.failure:
            self.stop()
            raise self.failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self.failure and error is None:
            raise self.failure

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self) -> None:
        """Stop everything; return when it is gone."""
        self.ask_to_stop()
        self._thread.join()
        self._lock.__exit__(None, None, None)

    def wait_for_mlflow(self, seconds: float = 120.0) -> bool:
        """Wait until MLflow answers from its database; False when it does not."""
        return self._mlflow_up.wait(seconds)

    def wait_for_end(self, seconds: float | None = None) -> bool:
        """Wait until the service gives up by itself; True when it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    # What follows runs on the keeper thread.

    def _live(self) -> None:
        try:
            self._start()
            while not self._stop.wait(LOOK_EVERY):
                self._keeper.tend()
                self._look_for_mlflow()
        except BaseException as failure:  # noqa: BLE001 - raised again in the main thread
            self.failure = failure
        finally:
            self._keeper.stop()
            state.forget(self.home)
            self._up.set()

    def _start(self) -> None:
        self._clear_the_way()
        known = self._environment()
        static = static_files.collector(self.home, known)
        collecting = self._keeper.begin(static) if static else None
        self._start_database()
        self._bring_up_to_date(known)
        if collecting:
            self._finish_static(collecting)
        self._start_services(known)

    def _clear_the_way(self) -> None:
        killed = leftovers.end(self.home)
        patience = ports.PATIENCE if killed else 0.0
        ports.claim_web_port(self.host, self.port, patience=patience)
        ports.remembered(self.home, ("mlflow", "hosting", "waits"))

    def _environment(self) -> dict[str, str]:
        if self.embeds_mlflow:
            self.mlflow_url = self.home.address("mlflow")
        self.hosting_url = self.home.address("hosting")
        self.wait_url = os.environ.get("OVERREAD_WAIT_URL", self._wait_address())
        return services.environment(
            self.home,
            addresses={
                "MLFLOW_TRACKING_URI": self.mlflow_url,
                "OVERREAD_HOSTING_URL": self.hosting_url,
                "OVERREAD_WAIT_URL": self.wait_url,
                "OVERREAD_PUBLIC_URL": os.environ.get("OVERREAD_PUBLIC_URL", self.url),
            },
        )

    def _wait_address(self) -> str:
        """A caller from elsewhere cannot be sent to a port of this machine."""
        only_here = self.host in ("127.0.0.1", "localhost", "::1")
        return self.home.address("waits") if only_here else ""

    def _start_mlflow(self, known: Mapping[str, str]) -> None:
        if not self.embeds_mlflow:
            return
        database = mlflow_server.database(self.home, self._database_url)
        port = self.home.ports()["mlflow"]
        self._keeper.run(lambda: mlflow_server.spec(self.home, port, database, known))

    def _start_database(self) -> None:
        if self._keeper.database is None:
            if self.embeds_mlflow:
                # its library would stay in memory, here where it is not needed
                from config.embedded.neighbour import make_neighbour

                make_neighbour(self._database_url)
            return
        self._keeper.database.start()
        for name in ("overread", mlflow_server.DATABASE):
            self._keeper.database.make_database(name)
        self.say(f"The database is up ({self._seconds()}).")

    def _bring_up_to_date(self, known: Mapping[str, str]) -> None:
        child = self._keeper.begin(services.prepare(self.home, known))
        code = self._keeper.finish(child)
        self.has_accounts = code != prepare.NO_ACCOUNT
        if code not in (0, prepare.NO_ACCOUNT):
            raise failed(child, "The database could not be brought up to date")

    def _finish_static(self, child: Child) -> None:
        if self._keeper.finish(child) != 0:
            raise failed(child, "The static files could not be collected")
        static_files.remember(self.home)

    def _start_services(self, known: Mapping[str, str]) -> None:
        home, run = self.home, self._keeper.run
        web = run(lambda: services.web(home, known, host=self.host, port=self.port))
        # the others wait, so that the pages have the processors to themselves
        self._wait_for(web)
        self.say(f"ready {self.url} ({self._seconds()})")
        # it imports for seconds on every core
        self._start_mlflow(known)
        run(lambda: services.worker(home, known))
        own = home.ports()
        run(lambda: services.hosting(home, known, port=own["hosting"]))
        run(lambda: services.waits(home, known, port=own["waits"]))
        self._write_state()
        self._up.set()

    def _wait_for(self, web: Child) -> None:
        deadline = time.monotonic() + WEB_SECONDS
        while not services.web_answers(self.url):
            if time.monotonic() > deadline or web.has_ended() is not None:
                raise failed(web, "The pages do not come up")
            self._keeper.pause(0.03)

    def _look_for_mlflow(self) -> None:
        if self._mlflow_up.is_set():
            return
        if not self.embeds_mlflow:
            self._mlflow_up.set()
        elif mlflow_server.answers(self.mlflow_url):
            self.say(f"MLflow is up: {self.mlflow_url} ({self._seconds()})")
            self._mlflow_up.set()

    def _write_state(self) -> None:
        addresses = {"mlflow": self.mlflow_url, "hosting": self.hosting_url}
        addresses["waits"] = self.home.address("waits")
        running = {"pid": os.getpid(), "url": self.url, **addresses}
        state.write(self.home, {**running, "children": self.pids})

    def _seconds(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"


def failed(child: Child, what: str) -> CannotStart:
    log = child.spec.log
    return CannotStart(f"{what}; see {log}. Its last lines:\n{logfiles.tail(log)}")
