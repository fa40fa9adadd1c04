"""Writes what submissions change, all of them together, by one call of the database."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import connection

from reviewer.held import Item

if TYPE_CHECKING:
    from projects.models import User

HAND_IN = "select reviewer_hand_in(%s, %s, %s::json)"


class Annotation(msgspec.Struct, frozen=True):
    client_id: UUID
    task: int
    answer: dict[str, Any]
    seconds: float | None
    blind: bool
    late: bool
    counted: bool
    check_task: bool
    expert: bool
    supersedes: int | None
    note: str = ""
    guess: Any = None


class Ended(msgspec.Struct, frozen=True):
    """A lease that this answer ends."""

    item: int
    token: int
    started_at: datetime


class Gold(msgspec.Struct, frozen=True):
    project: int
    task: int
    question: str
    value: Any
    unanswerable: bool
    source: str
    blind: bool
    supersedes: int | None
    uses_model: bool = False
    posterior: float | None = None


class Changes(msgspec.Struct):
    """Everything that one call writes; `drafts` and `settled` are ids of tasks."""

    annotations: list[Annotation] = []
    drafts: list[int] = []
    ended: list[Ended] = []
    items: list[Item] = []
    gold: list[Gold] = []
    settled: list[int] = []


def write(user: User, changes: Changes, at: datetime) -> None:
    """Write all of it; runs in the caller's transaction."""
    if not changes.annotations:
        return
    with connection.cursor() as cursor:
        text = msgspec.json.encode(changes).decode()
        cursor.execute(HAND_IN, [user.pk, at, text])
