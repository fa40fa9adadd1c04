"""One endpoint: brings up what is asked for, then switches without refusing a call.

A version may be tried beside the one in use (hosted_trial.py); if it is asked for in the
end, its server takes over as it is.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from registry_bridge.gateways.hosted_trial import HostedTrial
from registry_bridge.gateways.model_server import ANSWER_SECONDS, ModelServer
from registry_bridge.gateways.processes import write_json
from registry_bridge.gateways.serving import Order, Place, TrialOrder

TRIES = 2
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 60.0
DRAIN_SECONDS = ANSWER_SECONDS + 5


class HostedEndpoint:
    """`look` runs in the main thread; the forwarder's threads only `borrow`."""

    def __init__(self, name: str, place: Place) -> None:
        self.name, self.place = name, place
        known = place.state()
        self.order: Order | None = None
        # what served last: after a restart it is up again before anything new is tried
        self.last_good = Order.read(known.get("last_good"))
        self.serving: ModelServer | None = None
        self.coming: ModelServer | None = None
        self.trial: HostedTrial | None = None
        self._trial_before: dict[str, Any] = known.get("trial") or {}
        self.leaving: list[tuple[ModelServer, float]] = []
        self.failures = 0
        self.crashes = 0
        self.not_before = 0.0
        self.given_up = False
        self.reason = ""
        self._written: dict[str, Any] | None = None
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self) -> Iterator[ModelServer | None]:
        """Give the server in use for one call, and keep it alive that long.

        While that one is down, a version on trial that answers takes its place.
        """
        with self._kept(lambda: self.serving or self._stand_in()) as server:
            yield server

    @contextmanager
    def borrow_trial(self) -> Iterator[tuple[ModelServer | None, HostedTrial | None]]:
        """Give the server on trial, if this call is one of its share."""
        trial = self.trial
        drawn = trial is not None and trial.draws()
        with self._kept(lambda: trial.server if trial and drawn else None) as server:
            yield server, trial

    @contextmanager
    def borrow_version(self, version: str) -> Iterator[ModelServer | None]:
        """Give the server of this very version, in use or on trial."""
        with self._kept(lambda: self._of_version(version)) as server:
            yield server

    def _stand_in(self) -> ModelServer | None:
        trial = self.trial
        stands = trial is not None and trial.is_up and trial.asked.share > 0
        return trial.server if trial and stands else None

    def _of_version(self, version: str) -> ModelServer | None:
        if self.serving is not None and self.serving.order.version == version:
            return self.serving
        trial = self.trial
        tried = trial.server if trial is not None and trial.is_up else None
        return tried if tried and tried.order.version == version else None

    @contextmanager
    def _kept(
        self, choose: Callable[[], ModelServer | None]
    ) -> Iterator[ModelServer | None]:
        with self._lock:
            server = choose()
            if server is not None:
                server.under_way += 1
        try:
            yield server
        finally:
            if server is not None:
                with self._lock:
                    server.under_way -= 1

    def look(self) -> bool:
        """Do what is due now; False once the endpoint is gone for good."""
        # the trial first: whoever asks for it for good does so before ending it
        tried = self.place.trial()
        self._read_order()
        self._read_trial(tried)
        self._see_crash()
        self._bring_up()
        self._see_arrival()
        self._let_go()
        if self.order is None:
            return self._remove()
        self._write_state()
        return True

    def end(self) -> None:
        for server in self._all():
            server.tell_to_end()

    def is_ended(self) -> bool:
        return all(server.is_gone() for server in self._all())

    def kill(self) -> None:
        for server in self._all():
            server.kill()

    def _all(self) -> list[ModelServer]:
        tried = self.trial.server if self.trial else None
        leaving = (server for server, _ in self.leaving)
        known = [self.serving, self.coming, tried, *leaving]
        return [server for server in known if server is not None]

    def _read_order(self) -> None:
        order = self.place.desired()
        if order == self.order:
            return
        self.order = order
        self.failures, self.given_up, self.not_before = 0, False, 0.0
        self.reason = ""
        if self.coming and not self.coming.order.same_model(order):
            self._dismiss(self.coming)
            self.coming = None
        if order is None and self.serving:
            self._replace(None)

    def _read_trial(self, asked: TrialOrder | None) -> None:
        trial, before = self.trial, self._trial_before
        self._trial_before = {}
        if trial is not None and not self._take_over(trial):
            self._retire(trial, trial.look())
            if asked is not None and trial.asked.order == asked.order:
                trial.asked = asked
                return
            self._end_trial(trial)
        # what is in use, or on its way there, is not tried beside itself
        if asked and self.order and not asked.order.same_model(self.order):
            self.trial = HostedTrial(asked, self.place.folder, before)

    def _take_over(self, trial: HostedTrial) -> bool:
        """What was tried is asked for by now: its server goes on, as the one to come."""
        asked = trial.asked.order.same_model(self.order) and trial.server is not None
        if not asked or self.coming is not None:
            return False
        with self._lock:
            self.coming, self.trial = trial.server, None
        return True

    def _end_trial(self, trial: HostedTrial) -> None:
        with self._lock:
            self.trial, server = None, trial.give_away()
        self._retire(trial, server)

    def _retire(self, trial: HostedTrial, server: ModelServer | None) -> None:
        if server is None:
            return
        if trial.has_failed:
            say("trial failed", endpoint=self.name, reason=trial.reason)
            self._keep_log(server)
        self._dismiss(server)

    def _see_crash(self) -> None:
        server = self.serving
        if server is None or not server.has_ended():
            return
        steady = time.monotonic() - server.began > STEADY_SECONDS
        self.crashes = 1 if steady else self.crashes + 1
        self.reason = f"The model server ended: {server.last_words()}"
        say("model server ended", endpoint=self.name, version=server.order.version)
        # the first restart comes at once
        self._pause(self.crashes - 1)
        self._replace(None)

    def _pause(self, failures: int) -> None:
        seconds = min(LONGEST_PAUSE, 2.0**failures) if failures else 0.0
        self.not_before = time.monotonic() + seconds

    def _bring_up(self) -> None:
        wanted = self._wanted()
        if wanted is None or self.coming or time.monotonic() < self.not_before:
            return
        self.coming = ModelServer(wanted, self.place.folder)

    def _wanted(self) -> Order | None:
        """Return the model to start next, if any."""
        if self.order is None:
            return None
        if self.serving is None and self.last_good:
            return self.last_good
        if self.given_up or self._serves(self.order):
            return None
        return self.order

    def _serves(self, order: Order) -> bool:
        return self.serving is not None and self.serving.order.same_model(order)

    def _see_arrival(self) -> None:
        server = self.coming
        if server is None:
            return
        if server.has_ended() or server.is_late():
            self._see_failure(server)
        elif server.is_ready():
            self.coming, self.last_good = None, server.order
            self.failures, self.not_before, self.reason = 0, 0.0, ""
            self._replace(server)
            say("model in service", endpoint=self.name, version=server.order.version)

    def _see_failure(self, server: ModelServer) -> None:
        self.failures += 1
        self.reason = f"Version {server.order.version} does not come up: "
        self.reason += server.last_words()
        say("model does not come up", endpoint=self.name, reason=self.reason)
        self._keep_log(server)
        self._dismiss(server)
        self.coming = None
        self._pause(self.failures)
        if self.failures < TRIES:
            return
        # a model that has served is tried for ever, one that never did is not
        if not server.order.same_model(self.last_good):
            self.given_up = True
        elif not self.given_up and not server.order.same_model(self.order):
            # what served before does not come back: let the new one have its turn
            self.last_good, self.failures, self.not_before = None, 0, 0.0

    def _keep_log(self, server: ModelServer) -> None:
        if server.log.exists():
            shutil.copyfile(server.log, self.place.folder / "failed.log")

    def _replace(self, server: ModelServer | None) -> None:
        with self._lock:
            old, self.serving = self.serving, server
        if old is not None:
            self._dismiss(old)

    def _dismiss(self, server: ModelServer) -> None:
        self.leaving.append((server, time.monotonic() + DRAIN_SECONDS))

    def _let_go(self) -> None:
        """End servers once their last call was answered."""
        for server, deadline in list(self.leaving):
            if server.under_way == 0 or time.monotonic() > deadline:
                server.tell_to_end()
            if server.is_gone():
                server.clean_up()
                self.leaving.remove((server, deadline))

    def _remove(self) -> bool:
        if self._all():
            return True
        # the folder stays: somebody may be asking for the endpoint again just now
        self.place.state_file.unlink(missing_ok=True)
        return False

    def _write_state(self) -> None:
        state = self._state()
        if state == self._written:
            return
        try:
            write_json(self.place.state_file, state)
        except OSError as error:
            # a full disk must not end what serves: written at the next look
            say("state not written", endpoint=self.name, reason=str(error))
            return
        self._written = state

    def _state(self) -> dict[str, Any]:
        serving = self.serving.order.as_model() if self.serving else None
        return {
            "asked": self.order.asked if self.order else "",
            "status": self._status(),
            "serving": serving,
            "last_good": self.last_good.as_model() if self.last_good else None,
            "reason": self.reason,
            "trial": self.trial.state() if self.trial else None,
        }

    def _status(self) -> str:
        if self.order and self._serves(self.order):
            return "in_service"
        if self.given_up or (self.serving is None and self.reason):
            return "failed"
        return "updating" if self.serving else "creating"


def say(event: str, **fields: object) -> None:
    """Write one line of log, for the file that our starter reads."""
    line = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event}
    sys.stderr.write(json.dumps({**line, **fields}) + "\n")
    sys.stderr.flush()
