"""Tickets for those who wait: what for, how long, and where they came from, signed.

Who is sent on to another port leaves the token behind, so the ticket is all there is; it
is taken for a minute. Knows no Django: the process that waits is too small for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

TAKEN_SECONDS = 60
PURPOSE = b"overread: waits for a prediction"


class NoTicket(Exception):
    """It is none of ours, or it came too late; the message says which."""


@dataclass(frozen=True, slots=True)
class Ticket:
    prediction: int
    seconds: int
    # Where the prediction is asked for again.
    path: str


def sign(ticket: Ticket, key: str, at: float) -> str:
    content = json.dumps({**asdict(ticket), "until": int(at) + TAKEN_SECONDS})
    text = _text(content.encode())
    return f"{text}.{_text(_digest(text, key))}"


def read(given: str, key: str, at: float) -> Ticket:
    text, _, signature = given.partition(".")
    try:
        signed = hmac.compare_digest(_bytes(signature), _digest(text, key))
        content = json.loads(_bytes(text)) if signed else {}
    except (binascii.Error, ValueError):
        content = {}
    if not content:
        raise NoTicket("This is no ticket of this service.")
    if content.pop("until") < at:
        raise NoTicket("This ticket has run out: it is taken for a minute.")
    return Ticket(**content)


def _digest(text: str, key: str) -> bytes:
    own = hmac.digest(key.encode(), PURPOSE, hashlib.sha256)
    return hmac.digest(own, text.encode(), hashlib.sha256)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
