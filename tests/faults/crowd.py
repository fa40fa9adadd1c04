"""Clients that keep a service busy and send again whatever was not acknowledged.

What is sent again is the same to the letter: the ids of predictions and the `client_id`
of answers. Each remembers all that it was told.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

PATIENCE = 90.0
Told = dict[str, Any]


class GaveUp(AssertionError):
    """The service did not answer again in time, or said what it must never say."""


@dataclass
class Caller(threading.Thread):
    """One client with a connection, a token and a chance of its own."""

    url: str
    token: str
    seed: int
    over: threading.Event
    failure: BaseException | None = None
    # kept for repeats, and compared with what the database has at the end
    told: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(self.seed)  # noqa: S311 (repeatable, no secret)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    # threads are told apart by what they are, not by what they hold
    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.act()
        except BaseException as failure:  # noqa: BLE001 - told by the main thread
            self.failure = failure

    def act(self) -> None:
        raise NotImplementedError

    def post(self, path: str, body: Any) -> Any:
        """The answer, however often it takes: what was lost on the way is sent again."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = self._try(path, body)
            if answer is not None:
                return answer
            time.sleep(self.chance.uniform(0.05, 0.4))
        raise GaveUp(f"{path} was not answered for {PATIENCE:.0f} s")

    def _try(self, path: str, body: Any) -> Any:
        try:
            answer = self.session.post(f"{self.url}{path}", json=body, timeout=15)
        except requests.RequestException:
            return None
        if answer.status_code >= 500 or answer.status_code == 429:
            return None
        if answer.status_code >= 300:
            raise GaveUp(f"{path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def learn(self, key: str, told: Told) -> None:
        """Whoever asks again is told the same."""
        if self.told.setdefault(key, told) != told:
            raise GaveUp(f"{key}: first {self.told[key]}, then {told}")


class Sender(Caller):
    """An endpoint: batches of new predictions, and now and then old ones again."""

    size = 20
    rows: dict[str, dict[str, Any]]

    def run(self) -> None:
        self.rows = {}
        super().run()

    def act(self) -> None:
        sent = [self._row() for _ in range(self.size)]
        if self.chance.random() < 0.3 and self.rows:
            again = list(self.rows.values())
            sent += self.chance.sample(again, min(len(again), self.size))
            self.chance.shuffle(sent)
        self.rows.update({row["inference_id"]: row for row in sent})
        self._send(sent)
        self.over.wait(self.chance.uniform(0.3, 0.9))

    def _send(self, sent: list[dict[str, Any]]) -> None:
        told = self.post("projects/load/predictions", {"predictions": sent})
        for row, result in zip(sent, told["results"], strict=True):
            self._keep(row, result)

    def _keep(self, row: dict[str, Any], result: Told) -> None:
        if "decision" not in result:
            raise GaveUp(f"{row['inference_id']} was refused: {result}")
        decision = ("decision", "inclusion_probability", "task")
        self.learn(row["inference_id"], {key: result[key] for key in decision})

    def _row(self) -> dict[str, Any]:
        number = f"{self.seed}-{len(self.rows)}-{self.chance.randrange(10**9)}"
        return {
            "inference_id": number,
            "endpoint": "pets",
            "model": {"name": "pets", "version": "1"},
            # some inputs come again under another id
            "input": {"text": f"sheet {self.chance.randrange(5_000)}"},
            "output": {"label": "cat", "confidence": round(self.chance.random(), 3)},
        }


class SingleSender(Sender):
    """The same, one prediction a call."""

    size = 1

    def _send(self, sent: list[dict[str, Any]]) -> None:
        for row in sent:
            self._keep(row, self.post("projects/load/predictions", row))


class Cutter(Sender):
    """One whose connection ends in the middle of every call: nothing of it may stay."""

    size = 3

    def _send(self, sent: list[dict[str, Any]]) -> None:
        body = "\n".join(json.dumps(row) for row in sent)
        address = urlsplit(self.url)
        head = (
            f"POST {address.path}projects/load/predictions HTTP/1.1\r\n"
            f"Host: {address.netloc}\r\nAuthorization: Bearer {self.token}\r\n"
            "Content-Type: application/x-ndjson\r\n"
            f"Content-Length: {len(body) + 200}\r\n\r\n"
        )
        where = (address.hostname, address.port)
        # the service may be down at this moment
        with suppress(OSError), socket.create_connection(where, timeout=5) as line:
            line.sendall((head + body + "\n").encode())


class Reviewer(Caller):
    """Somebody who takes tasks, answers most of them, and forgets a few."""

    queue: int

    def act(self) -> None:
        body = {"count": self.chance.randint(1, 5)}
        given = self.post(f"queues/{self.queue}/claim", body)["assignments"]
        kept = [each for each in given if self.chance.random() < 0.95]
        if kept:
            self._hand_in([self._answer(each) for each in kept])
        if not given:
            self.over.wait(0.3)

    def _hand_in(self, items: list[dict[str, Any]]) -> None:
        path = f"queues/{self.queue}/submissions"
        for result in self.post(path, {"items": items})["results"]:
            if not result["ok"]:
                raise GaveUp(f"an own answer was refused: {result}")
            self.learn(result["client_id"], {"counted": result["status"]})

    def _answer(self, assignment: dict[str, Any]) -> dict[str, Any]:
        return {
            "assignment": assignment["id"],
            "token": assignment["token"],
            "client_id": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            "answer": {"label": "dog" if self.chance.random() < 0.2 else "cat"},
            "seconds": 1.0,
        }
