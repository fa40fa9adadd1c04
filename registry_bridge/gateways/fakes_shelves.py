"""Buckets and a queue in memory, for tests and measurements."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from registry_bridge.gateways.ports import Missing
from registry_bridge.gateways.shelves import Found, Message


class FakeShelf:
    """A bucket; `refusal` is raised by every call while it is set, `denied` by some keys."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refusal: Exception | None = None
        self.denied: dict[str, Exception] = {}

    def put(self, key: str, data: bytes) -> str:
        """Its etag."""
        self.objects[key] = data
        return self.etag(key)

    def etag(self, key: str) -> str:
        return hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest()

    def folders(self, prefix: str) -> list[str]:
        self._refuse()
        below = [key.removeprefix(prefix) for key in self._below(prefix)]
        names = {key.partition("/")[0] for key in below if "/" in key}
        return sorted(f"{prefix}{name}/" for name in names)

    def found(self, prefix: str, after: str = "") -> Iterator[Found]:
        self._refuse()
        for key in self._below(prefix):
            if key > after:
                yield Found(key, self.etag(key), len(self.objects[key]))

    def open(self, key: str, etag: str = "") -> BinaryIO:
        self._refuse()
        if key in self.denied:
            raise self.denied[key]
        if key not in self.objects:
            raise Missing(f"{key} is not there any more.")
        if etag and etag != self.etag(key):
            raise Missing(f"{key} was overwritten before it was read.")
        raw: BinaryIO = io.BytesIO(self.objects[key])
        return io.BufferedReader(raw)  # type: ignore[type-var]

    def _below(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def _refuse(self) -> None:
        if self.refusal is not None:
            raise self.refusal


class FakeMessages:
    """A queue that gives what is not deleted again and again."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self._in_hand: set[str] = set()

    def send(self, body: str) -> None:
        self.waiting[f"receipt-{len(self.waiting)}-{len(body)}"] = body

    def receive(self) -> list[Message]:
        found = [r for r in self.waiting if r not in self._in_hand][:10]
        self._in_hand.update(found)
        return [Message(self.waiting[receipt], receipt) for receipt in found]

    def delete(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.waiting.pop(message.receipt, None)

    def forget_who_has_what(self) -> None:
        """As when the time is over in which a message is hidden."""
        self._in_hand.clear()
