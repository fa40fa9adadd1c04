"""Sends one message to a receiver, and never to where only this machine may go.

projects/outbound.py judges the address and connects. Nothing is followed. Knows no Django.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from projects import outbound
from projects.outbound import Forbidden, Line, Rules

SECONDS = 10.0
EXCERPT = 500
LONGEST_BODY = 2**20
SWITCH = "OVERREAD_WEBHOOK_PRIVATE"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a receiver answered; no status: nothing was heard of it, and why."""

    status: int | None
    text: str
    retry_after: int | None = None

    @property
    def well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def wrong_with(url: str, *, private: bool) -> str | None:
    """What can be seen to be wrong with an address before it is used; None: nothing."""
    return outbound.wrong_with(url, Rules(private, SWITCH))


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Heard:
    """Send it and hear the answer, within SECONDS once there is a connection."""
    try:
        with Line(url, Rules(private, SWITCH), seconds=SECONDS) as line:
            return _told(line, body, headers)
    except Forbidden as forbidden:
        return Heard(None, str(forbidden)[:EXCERPT])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Heard(None, f"It cannot be reached: {_said(error)}"[:EXCERPT])


def _told(line: Line, body: bytes, headers: Mapping[str, str]) -> Heard:
    try:
        return _ask(line, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if line.late or isinstance(error, TimeoutError):
            return Heard(None, f"It did not answer within {SECONDS:.0f} s.")
        return Heard(None, f"It did not answer well: {_said(error)}"[:EXCERPT])


def _ask(line: Line, body: bytes, headers: Mapping[str, str]) -> Heard:
    connection = line.connection()
    given = {"Content-Type": "application/json", "User-Agent": "Overread", **headers}
    connection.request("POST", line.target, body=body, headers=given)
    answer = connection.getresponse()
    text = answer.read(EXCERPT).decode(errors="replace").replace("\0", "")
    if 300 <= answer.status < 400:
        text = f"It sends on to {answer.getheader('Location', '?')}; name that address."
    wait = _seconds(answer.getheader("Retry-After", ""))
    return Heard(answer.status, text.strip()[:EXCERPT], wait)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _seconds(given: str) -> int | None:
    """Retry-After in seconds: a number, or a date."""
    if given.isascii() and given.isdecimal():
        return int(given[:7])
    with suppress(ValueError, TypeError):
        return max(0, int(parsedate_to_datetime(given).timestamp() - time.time()))
    return None
