"""What an endpoint holds: `send` returns at once, whatever becomes of the prediction."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from typing import Any

from overread_client import forks, rows
from overread_client.backlog import Backlog
from overread_client.counts import Counts, Tally
from overread_client.sender import Sender
from overread_client.service import Service, Unusable
from overread_client.telling import Teller

MIB = 2**20
EXIT_SECONDS = 5.0


class Client:
    """Posts the predictions of one endpoint; safe for threads and for forks.

    `url`, `project` and `token` default to OVERREAD_URL, OVERREAD_PROJECT and
    OVERREAD_TOKEN. Where they are missing or wrong, an error is logged and the client
    stays off: the endpoint serves as before. `model` is (name, version).

    At most `most_rows` predictions and `most_bytes` bytes wait; what comes when it is full
    is dropped, counted and told. `linger` is how long (seconds) a prediction waits for
    others to go with; `timeout` (seconds) is how long the service may be silent.
    """

    def __init__(
        self,
        url: str | None = None,
        project: str | None = None,
        token: str | None = None,
        *,
        endpoint: str,
        model: tuple[str, str],
        most_rows: int = 10_000,
        most_bytes: int = 4 * MIB,
        linger: float = 1.0,
        timeout: float = 10.0,
    ) -> None:
        self.endpoint, self.model = endpoint, model
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._linger = linger
        self._service: Service | None = None
        problem = ""
        try:
            self._service = Service(url, project, token, timeout)
        except Unusable as error:
            problem = str(error)
        self._begin()
        if problem:
            self._teller.error("off", f"No prediction goes to Overread. {problem}")
        forks.begin_anew_in_children(self, Client._begin)
        atexit.register(self.close)

    def _begin(self) -> None:
        """Everything that a fork must not share with its parent; what waits is the parent's."""
        self._tally, self._teller = Tally(), Teller()
        self._backlog = Backlog(self._most_rows, self._most_bytes)
        self._sender = self._make_sender(self._service) if self._service else None

    def _make_sender(self, service: Service) -> Sender:
        return Sender(self._backlog, service, self._tally, self._teller, self._linger)

    def send(
        self,
        inference_id: str,
        *,
        input: Mapping[str, Any],
        output: Mapping[str, Any],
        group: str = "",
        metadata: Mapping[str, Any] | None = None,
        scores: Sequence[Mapping[str, Any]] = (),
        model: tuple[str, str] | None = None,
    ) -> bool:
        """Whether it was taken; never raises. `model`, where it is not the client's own."""
        try:
            row = rows.encode(
                inference_id,
                self.endpoint,
                model or self.model,
                input,
                output,
                {"group": group, "metadata": metadata, "scores": scores},
            )
            return self._take(row)
        except Exception as error:  # noqa: BLE001 (the endpoint's own answer comes first)
            self._tally.add(unfit=1)
            self._teller.warn("unfit", _in_words(inference_id, error))
            return False

    def _take(self, row: bytes) -> bool:
        if len(row) > self._most_bytes // 2:
            raise rows.Unfit(
                f"it has {len(row):,} bytes and may have {self._most_bytes // 2:,}; "
                "send a reference to the input"
            )
        if self._sender is None:
            self._tally.add(dropped=1)
            return False
        if not self._backlog.put(row):
            self._tally.add(dropped=1)
            self._teller.warn(
                "full",
                "Dropped: as many predictions wait for Overread as may "
                f"({self._most_rows:,}, or {self._most_bytes:,} bytes), or it is closed.",
            )
            return False
        self._sender.ensure()
        return True

    def flush(self, timeout: float = EXIT_SECONDS) -> bool:
        """Send now what waits; whether all of it was answered within `timeout` seconds."""
        if self._sender is not None and self._backlog.waiting:
            self._sender.ensure()
        return self._backlog.flush(timeout)

    def close(self, timeout: float = EXIT_SECONDS) -> None:
        """Flush, then take no more; runs by itself when Python ends."""
        atexit.unregister(self.close)
        self.flush(timeout)
        left = self._backlog.close()
        if left:
            self._teller.warn("left", "Not posted to Overread before the end.", left)

    @property
    def counts(self) -> Counts:
        """What became of the predictions, since the start or the fork."""
        return self._tally.counts(self._backlog.taken, self._backlog.waiting)


def _in_words(inference_id: object, error: Exception) -> str:
    """Objects from outside may fail even to be named."""
    try:
        return f"Prediction {inference_id!r:.80} cannot be posted: {error}."
    except Exception:  # noqa: BLE001 (as in send)
        return f"A prediction cannot be posted: {type(error).__name__}."
