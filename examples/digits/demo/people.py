"""Simulated reviewers: they know the true digit and slip now and then, by a fixed draw."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from examples.digits.demo.client import Client

SLIP = 0.04
AT_ONCE = 12
PAUSE, LONGEST_PAUSE = 0.1, 0.8


class Simulated(threading.Thread):
    """Claims and submits with a token of its own, like any other client."""

    def __init__(
        self,
        name: str,
        client: Client,
        queue: int,
        truth: Mapping[str, str],
        seed: int,
        *,
        errs: bool = True,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.client, self.queue, self.truth = client, queue, truth
        self.seed, self.errs = seed, errs
        # so many tasks are left to others
        self.leave = 0
        self.stop = threading.Event()
        self.failure: Exception | None = None
        self.counts: Counter[str] = Counter()
        # each answer that was acknowledged, by its client_id
        self.acknowledged: dict[str, str] = {}
        self.answered: set[int] = set()
        # when the last answers were taken; since when there was nothing to do
        self.handed_in = 0.0
        self.idle_since: float | None = None

    def run(self) -> None:
        try:
            pause = PAUSE
            while not self.stop.is_set():
                looked = time.monotonic()
                if self._work():
                    pause = PAUSE
                    continue
                self.idle_since = looked
                # an empty queue is asked less and less often
                self.stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        except Exception as failure:  # noqa: BLE001 (told by the main thread)
            self.failure = failure

    def _work(self) -> bool:
        """One round; False when there was nothing to do."""
        claimed = self.client.post(f"queues/{self.queue}/claim", {"count": AT_ONCE})
        given = claimed["assignments"]
        if not given:
            return False
        if self.leave and claimed["waiting"] + len(given) <= self.leave:
            self._give_back(given)
            return False
        self.idle_since = None
        self._hand_in([self._answered(each) for each in given])
        self.answered.update(each["task"]["id"] for each in given)
        return True

    def _give_back(self, given: list[dict[str, Any]]) -> None:
        for each in given:
            path = f"assignments/{each['id']}/release"
            self.client.post(path, {"token": each["token"]})
        self.stop.set()

    def _answered(self, assignment: dict[str, Any]) -> dict[str, Any]:
        image = assignment["task"]["payload"]["image"]
        chance = self._draw(image, "seconds")
        return {
            "assignment": assignment["id"],
            "token": assignment["token"],
            "client_id": str(uuid.uuid4()),
            "answer": {"label": self._read(image)},
            "seconds": round(1 + 3 * chance, 2),
        }

    def _read(self, image: str) -> str:
        true = self.truth[image]
        if not self.errs or self._draw(image, "slip") >= SLIP:
            return true
        self.counts["slips"] += 1
        return str((int(true) + 1 + int(9 * self._draw(image, "which"))) % 10)

    def _draw(self, image: str, purpose: str) -> float:
        """From 0 to 1; the same for the same person, image and seed."""
        text = f"{self.seed}/{self.name}/{purpose}/{image}"
        found = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(found) / 2**64

    def _hand_in(self, items: list[dict[str, Any]]) -> None:
        answer = self.client.post(f"queues/{self.queue}/submissions", {"items": items})
        self.handed_in = time.monotonic()
        for result in answer["results"]:
            if not result["ok"]:
                self.counts["refused"] += 1
                continue
            self.counts[result["status"]] += 1
            self.acknowledged[result["client_id"]] = result["status"]


def all_idle(people: Sequence[Simulated], *, since: float) -> bool:
    """Whether nothing is left: each looked in vain, later than the last answer of anybody.

    An answer may make a task for somebody who found nothing before it. `since`: the
    time.monotonic() at which the last prediction was in.
    """
    last = max(since, *(each.handed_in for each in people))
    looked = [each.idle_since for each in people if each.is_alive()]
    return all(at is not None and at >= last for at in looked)
