"""A version tried beside the one in use: its server, its share of the calls, how they went."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from registry_bridge.gateways.model_server import ModelServer
from registry_bridge.gateways.serving import TrialOrder
from registry_bridge.gateways.tallies import Tally

# How often what was counted is told: each time is a file written to disk.
TELL_SECONDS = 1.0


class HostedTrial:
    """`look` runs in the main thread; the forwarder's threads choose, and count."""

    def __init__(
        self, asked: TrialOrder, folder: Path, known: Mapping[str, Any]
    ) -> None:
        self.asked = asked
        self.is_up = False
        self.reason = ""
        self.server: ModelServer | None = ModelServer(asked.order, folder)
        same = known if known.get("asked") == asked.order.asked else {}
        self.tried = Tally.from_json(same.get("tried"))
        self.others = Tally.from_json(same.get("others"))
        self._told = (self.tried, self.others)
        self._told_at = 0.0
        self._lock = threading.Lock()

    @property
    def has_failed(self) -> bool:
        return bool(self.reason)

    def look(self) -> ModelServer | None:
        """See whether it came up, or ended; a server that is of no use any more."""
        server = self.server
        if server is None or self.has_failed:
            return None
        version = self.asked.order.version
        if server.has_ended() or server.is_late():
            what = "ended" if self.is_up else "does not come up"
            self.reason = f"Version {version} {what}: {server.last_words()}"
            return self.give_away()
        self.is_up = self.is_up or server.is_ready()
        return None

    def give_away(self) -> ModelServer | None:
        server, self.server = self.server, None
        self.is_up = False
        return server

    def draws(self) -> bool:
        """Whether the next call is one of its share."""
        return self.is_up and random.random() < self.asked.share  # noqa: S311

    def answered(self, seconds: float) -> None:
        with self._lock:
            self.tried = self.tried.answered(seconds)

    def missed(self, *, failed: bool) -> None:
        with self._lock:
            self.tried = self.tried.missed(failed=failed)

    def other_answered(self, seconds: float) -> None:
        with self._lock:
            self.others = self.others.answered(seconds)

    def state(self) -> dict[str, Any]:
        if time.monotonic() > self._told_at + TELL_SECONDS:
            self._told, self._told_at = (self.tried, self.others), time.monotonic()
        status = "failed" if self.has_failed else "creating"
        tried, others = self._told
        return {
            "asked": self.asked.order.asked,
            "status": "in_service" if self.is_up else status,
            "reason": self.reason,
            "tried": tried.as_json(),
            "others": others.as_json(),
        }
