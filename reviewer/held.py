"""What a submission needs to know of its tasks, read in one call with the items locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import connection

if TYPE_CHECKING:
    from projects.models import User

Json = Any
HOLD = "select reviewer_hold(%s, %s::json)::text"


class Asked(msgspec.Struct, frozen=True):
    """One answer on its way: the item, the token that proves the lease, its own id."""

    n: int
    item: int
    token: int
    client_id: UUID


class Sent(msgspec.Struct, frozen=True):
    """An annotation that has this client id already."""

    author: int
    late: bool


class Item(msgspec.Struct):
    """The queue item, locked; changed here and written back whole."""

    id: int
    queue: int
    state: int
    wanted: int
    done: int
    seen: list[int]
    token: int
    lease_by: int | None
    lease_until: datetime | None
    leased_at: datetime | None
    check_task: bool
    expert: bool
    max_overlap: int
    # Of its queue: the part of what is settled here that an expert checks, whether a
    # decision needs a reason, since when nobody sees the model's answer, and with
    # adaptive overlap how probable a label must be.
    expert_share: float
    decision_reason: str
    alone_since: datetime | None
    sure: float | None
    # When the page shows the model's answer.
    shown: str


class Task(msgspec.Struct, frozen=True):
    id: int
    project: int
    schema_version: int
    blind: bool
    state: str
    # the model's answer, only where it may help to settle (adaptive overlap, not drawn)
    pre_label: Json = None


class Given(msgspec.Struct, frozen=True):
    """An annotation as it stands: none supersedes it."""

    id: int
    author: int
    answer: Json
    counted: bool
    expert: bool
    check_task: bool
    blind: bool = False


class Gold(msgspec.Struct, frozen=True):
    """A settled value as it stands."""

    id: int
    question: str
    value: Json
    unanswerable: bool
    source: str
    uses_model: bool = False


class Held(msgspec.Struct):
    """All about one answer; `past`: this person's lease under the token has ended."""

    n: int
    past: bool
    sent: Sent | None
    item: Item | None
    # the same task's places in other queues, locked as well
    others: list[Item] | None
    task: Task | None
    drafted: bool
    given: list[Given] | None
    gold: list[Gold] | None

    def place(self, *, expert: bool) -> Item | None:
        """The task's item among those for experts, or for reviewers."""
        items = [self.item, *(self.others or ())]
        found = (each for each in items if each is not None and each.expert is expert)
        return next(found, None)


_HELD = msgspec.json.Decoder(list[Held])


def lock(user: User, asked: Sequence[Asked]) -> list[Held]:
    """Lock the items in the order of their ids and read what depends on them."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [user.pk, msgspec.json.encode(asked).decode()])
        (found,) = cursor.fetchone()
    return sorted(_HELD.decode(found), key=lambda held: held.n)
