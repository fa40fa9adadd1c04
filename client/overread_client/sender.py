"""The thread behind a client: posts what waits, again and again until it is answered."""

from __future__ import annotations

import random
import threading
from typing import Any

from overread_client.backlog import BATCH_ROWS, Backlog
from overread_client.counts import Tally
from overread_client.service import TOO_LARGE, Later, Never, Service
from overread_client.telling import Teller

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# One after the other, so many failures of the service: it may be what a call holds.
STUMBLES = 8
# After a call was refused as a whole, which the next would be too until a person acts.
REFUSED_PAUSE = 30.0


class Sender:
    """Begins its thread when first needed, and again should it ever have died."""

    def __init__(
        self,
        backlog: Backlog,
        service: Service,
        tally: Tally,
        teller: Teller,
        linger: float,
    ) -> None:
        self._backlog, self._service = backlog, service
        self._tally, self._teller = tally, teller
        self._linger = linger
        self._most, self._failures = BATCH_ROWS, 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ensure(self) -> None:
        """A thread is at work; it ends with the process."""
        if self._is_at_work():
            return
        with self._lock:
            if not self._is_at_work():
                self._begin()

    def _is_at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._run, name="overread-client", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # none is to be had at this moment: the next prediction tries again
            self._teller.error("thread", f"Predictions wait for a thread: {error}.")
        else:
            self._thread = thread

    def _run(self) -> None:
        while self._backlog.wait_for_batch(self._linger):
            self._post_or_rest()

    def _post_or_rest(self) -> None:
        try:
            self._post()
        except Exception as error:  # noqa: BLE001 (the thread must go on)
            self._teller.error("broken", f"overread_client failed: {error!r}.")
            self._rest(None)

    def _post(self) -> None:
        rows = self._backlog.front(self._most)
        try:
            results = self._service.post(rows)
        except Later as later:
            self._teller.warn("later", f"Overread is asked again later; {later}.")
            if later.stumbled and self._failures >= STUMBLES:
                self._make_way(rows)
            self._rest(later.after)
        except Never as never:
            self._give_up(rows, never)
        else:
            self._failures, self._most = 0, min(2 * self._most, BATCH_ROWS)
            self._count(results)
            self._backlog.answered(len(rows))

    def _rest(self, asked: float | None) -> None:
        """Twice as long each time, and never less than the service asked for."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        # spread, so that a fleet does not come back in one wave
        pause = longest * random.uniform(0.5, 1)  # noqa: S311 (no secret)
        self._backlog.pause(max(pause, asked or 0.0))

    def _make_way(self, rows: list[bytes]) -> None:
        """A row that the service fails over does not keep the others back for ever."""
        if len(rows) > 1:
            self._most = len(rows) // 2
        else:
            self._backlog.postpone()

    def _give_up(self, rows: list[bytes], never: Never) -> None:
        if never.status == TOO_LARGE and len(rows) > 1:
            self._most = len(rows) // 2
            return
        self._failures = 0
        self._tally.add(refused=len(rows))
        self._teller.error(
            "never", f"Overread refused predictions for good; {never}", len(rows)
        )
        self._backlog.answered(len(rows))
        if never.status != TOO_LARGE:
            self._backlog.pause(REFUSED_PAUSE)

    def _count(self, results: list[dict[str, Any]]) -> None:
        refused = [each for each in results if "code" in each]
        duplicates = sum(bool(each.get("duplicate")) for each in results)
        self._tally.add(
            posted=len(results) - len(refused),
            duplicates=duplicates,
            refused=len(refused),
        )
        if refused:
            first = refused[0].get("detail")
            self._teller.warn("row", f"Overread refused: {first}", len(refused))
