"""Requests as ready-made bytes, answers read with as little work as HTTP allows."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple, TypeAlias

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Answer(NamedTuple):
    status: int
    body: bytes


class Unwanted(Exception):
    """The answer was not the one that was measured for."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status}: {why}")
        self.status, self.why = status, why


class NotHttp(Exception):
    """What came back is no answer that can be read here."""


# Asks with bytes, is given answers, and returns how many things it got done.
Unit: TypeAlias = Generator[bytes, Answer, int]
# Of a connection's number: the next unit on it.
Talk: TypeAlias = Callable[[int], Unit]


def head(method: str, path: str, secret: str = "") -> bytes:
    """Everything before the length of the body, which differs."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {secret}"] if secret else []
    lines += ["Content-Type: application/json", "Content-Length: "]
    return "\r\n".join(lines).encode()


def request(ready: bytes, body: bytes) -> bytes:
    return b"%b%d\r\n\r\n%b" % (ready, len(body), body)


def read(received: bytes | bytearray) -> Answer | None:
    """The answer once it is there as a whole."""
    at = received.find(END_OF_HEAD)
    if at < 0:
        return None
    lines = bytes(received[:at]).lower()
    found = lines.find(LENGTH)
    if found < 0:
        raise NotHttp(f"an answer without a length: {lines[:200]!r}")
    length = int(lines[found + len(LENGTH) :].split(b"\r\n", 1)[0])
    start = at + len(END_OF_HEAD)
    if len(received) < start + length:
        return None
    return Answer(int(lines[9:12]), bytes(received[start : start + length]))


def good(answer: Answer) -> bytes:
    """The body of a success; Unwanted tells of anything else."""
    if not 200 <= answer.status < 300:
        raise Unwanted(answer.status, answer.body[:300].decode(errors="replace"))
    return answer.body
