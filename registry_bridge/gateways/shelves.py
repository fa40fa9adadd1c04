"""What is asked of buckets and queues that others fill: found and opened, received and deleted.

Unreachable: the same call may succeed later. Rejected: a person must act, and it says how.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class Found:
    """An object as a listing tells of it."""

    key: str
    etag: str
    size: int


class Shelf(Protocol):
    """A bucket of others."""

    def folders(self, prefix: str) -> list[str]:
        """The prefixes one level below this one, each with its slash."""
        ...

    def found(self, prefix: str, after: str = "") -> Iterator[Found]:
        """Objects below the prefix, in the order of their keys, those after one key only."""
        ...

    def open(self, key: str, etag: str = "") -> BinaryIO:
        """Open it for reading; Missing when it is gone, or no longer the one of that etag.

        It can be peeked into, as an io.BufferedReader.
        """
        ...


@dataclass(frozen=True)
class Message:
    body: str
    receipt: str


class Messages(Protocol):
    """A queue."""

    def receive(self) -> list[Message]:
        """Some that nobody else has in hand; [] when there are none now."""
        ...

    def delete(self, messages: Sequence[Message]) -> None:
        """They never come again; one that was deleted already is deleted."""
        ...
