"""Sends those who want to wait for an answer on to the process that waits."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from projects.refused import FieldProblem, Malformed, NotFound
from reviewer import fates, tickets
from reviewer.tickets import Ticket

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.fates import Fate

LONGEST = 60
# How long an answer about the other process holds, and how long it may take.
LOOK_EVERY, LOOK_SECONDS = 2.0, 0.5


def find(project: Project, endpoint: str, inference_id: str) -> Fate:
    """What is known of a prediction now."""
    with connection.cursor() as cursor:
        cursor.execute(fates.BY_NAME, [inference_id, project.pk, endpoint])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such prediction in this project.")
    return fates.read(row)


def seconds(given: str) -> int:
    """How long somebody wants to wait."""
    if given.isascii() and given.isdecimal() and int(given[:9]) <= LONGEST:
        return int(given)
    problem = f"must be a whole number of seconds from 0 to {LONGEST}"
    raise Malformed(
        f"wait {problem}.", errors=[FieldProblem(field="wait", problem=problem)]
    )


def place(fate: Fate, wait: int, path: str) -> str | None:
    """Where to wait for a prediction; None where nobody can wait now."""
    if not OTHER.has_room():
        return None
    ticket = Ticket(fate.prediction, wait, path)
    signed = tickets.sign(ticket, settings.SECRET_KEY, time.time())
    return f"{settings.WAIT_URL}/wait/{signed}"


@dataclass
class Other:
    """The process that waits, as it was last seen."""

    looked: float = float("-inf")
    room: bool = False

    def has_room(self) -> bool:
        if not settings.WAIT_URL:
            return False
        if time.monotonic() - self.looked > LOOK_EVERY:
            self.room, self.looked = _answers(settings.WAIT_URL), time.monotonic()
        return self.room


OTHER = Other()


def _answers(url: str) -> bool:
    """Whether it is up and not full; asked so that nobody is sent into nothing."""
    parts = urlsplit(url)
    kind = (
        http.client.HTTPSConnection
        if parts.scheme == "https"
        else http.client.HTTPConnection
    )
    asked = kind(parts.netloc, timeout=LOOK_SECONDS)
    try:
        asked.request("GET", f"{parts.path}/wait/up")
        return asked.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
