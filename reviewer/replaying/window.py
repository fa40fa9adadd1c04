"""A project's last predictions and what is known of them, as this process holds them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
import psycopg
from django.db import connection
from django.db.models import Max

from projects.refused import Refused
from reviewer.models import Prediction, ReplayChunk
from reviewer.replaying import answers, columns, keeping, reading
from reviewer.replaying.answers import Answers
from reviewer.rollups import hours, intake
from reviewer.stats.estimates import Estimate, NotEnough, from_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from projects.models import Project
    from reviewer.models import Replay
    from reviewer.replaying.columns import Columns

# So many are read when somebody asks, in about a quarter of a second; more are kept.
FEW: Final = 20_000
MOST_HELD: Final = 2
RETRY: Final = 2

CHUNKS: Final = "select id, columns from reviewer_replaychunk where id = any(%s)"

_lock = Lock()
_held: dict[int, Held] = {}


class StillReading(Refused):
    """The columns are being built: so many predictions of so many are in."""

    code, status = "still_reading", 503
    title = "The predictions are being read for the first time"

    def __init__(self, done: int, total: int) -> None:
        super().__init__("Ask again in a few seconds.", retry_after=RETRY)
        self.done, self.total = done, total


class NothingToReplay(Refused):
    code, status = "nothing_to_replay", 409
    title = "There are no predictions to replay a policy on yet"


@dataclass(frozen=True, slots=True)
class Window:
    """The last predictions, what answers tell of them, and what a task costs people."""

    columns: Columns
    known: Answers
    seconds: Estimate | NotEnough
    salt: bytes
    # When the answers were looked at; None means now.
    as_of: datetime | None


def of_project(project: Project, keys: Collection[str], at: datetime) -> Window:
    """StillReading until there is one; NothingToReplay without predictions."""
    salt = reading.salt_of(project)
    sent = sum(each.n for each in intake.of_project(project.pk, hours.EVER))
    if salt is None or not sent:
        raise NothingToReplay("They come with the first predictions. Save the policy.")
    if sent <= FEW:
        return _now(project, salt, keys, at)
    kept = keeping.wanted(project, keys, at)
    if kept.built_at is None or kept.answers is None:
        raise StillReading(kept.done, max(kept.total, kept.done))
    found = _columns(project)
    if found is None or not found.n:
        raise StillReading(0, kept.total)
    return Window(
        found,
        Answers.load(bytes(kept.answers)),
        _seconds(kept),
        salt,
        kept.answered_at,
    )


def _seconds(kept: Replay) -> Estimate | NotEnough:
    return from_json(kept.seconds or {})


def _now(project: Project, salt: bytes, keys: Collection[str], at: datetime) -> Window:
    sent = Prediction.objects.filter(project=project)
    upto = sent.aggregate(newest=Max("pk"))["newest"]
    if upto is None:
        raise NothingToReplay("All of them were removed since.")
    found = reading.read(project, salt, sorted(keys), 0, upto, FEW)
    known = answers.of_project(project, 0, at)
    return Window(found, known, answers.seconds_a_task(project, at), salt, None)


@dataclass(frozen=True, slots=True)
class Held:
    """The chunks of a project in this process: all in one, and each as a part of it."""

    parts: dict[int, Columns]
    whole: Columns


def _columns(project: Project) -> Columns | None:
    """All chunks in one; those that this process has already are not read again."""
    chunks = ReplayChunk.objects.filter(project=project).order_by("after")
    with _lock:
        there = list(chunks.values_list("pk", flat=True))
        held = _held.pop(project.pk, None)
        parts = held.parts if held else {}
        if held is None or list(parts) != there:
            read = _read(set(there) - set(parts))
            held = _together(
                {pk: each for pk in there if (each := parts.get(pk) or read.get(pk))}
            )
        if held is not None:
            if len(_held) >= MOST_HELD:
                _held.pop(next(iter(_held)))
            _held[project.pk] = held
        return held.whole if held else None


def _read(chunks: Collection[int]) -> dict[int, Columns]:
    """In the binary format: as text, bytes are twice as long."""
    connection.ensure_connection()
    # Django's own cursors know texts only
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(CHUNKS, [list(chunks)], binary=True)
        return {pk: columns.load(kept) for pk, kept in cursor}


def forget() -> None:
    """As a new process: nothing is held."""
    _held.clear()


def _together(parts: dict[int, Columns]) -> Held | None:
    """In one; the parts then are of that, so that nothing is in memory twice."""
    if not parts:
        return None
    whole, cut, first = columns.joined(list(parts.values())), {}, 0
    for pk, each in parts.items():
        cut[pk] = whole.part(first, first + each.n)
        first += each.n
    return Held(cut, whole)


def places(found: Columns, known: Answers) -> tuple[NDArray[np.intp], Answers]:
    """Where the answered predictions stand among the columns, without those that do not."""
    at = np.searchsorted(found.id, known.id)
    at = np.minimum(at, max(found.n - 1, 0))
    here = found.id[at] == known.id if found.n else np.zeros(known.id.size, bool)
    some = replace(
        known,
        id=known.id[here],
        wrong=known.wrong[here],
        inclusion=known.inclusion[here],
    )
    return at[here], some
