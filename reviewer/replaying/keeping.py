"""Keeps the columns of a project's last predictions: built by the worker, a chunk at a time.

A chunk is one transaction, so a kill loses at most one, and who comes next goes on. Only
predictions below the mark of the intake rollup are taken: no smaller number can appear any
more. Where there are few, nothing is kept; they are read when somebody asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django_q.tasks import async_task

from projects.models import Project
from reviewer import policies
from reviewer.models import Prediction, Replay, ReplayChunk
from reviewer.replaying import answers, columns, reading
from reviewer.rollups import intake, marks

if TYPE_CHECKING:
    from collections.abc import Collection

BUILD: Final = "reviewer.replaying.keeping.build"
CHUNK: Final = 50_000
# Somebody who works on a chunk for longer was killed.
LEASE: Final = timedelta(minutes=2)
# Between two looks while somebody asks; and who has not asked for so long asks no more.
PACE: Final = timedelta(seconds=30)
ASKS: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(days=30)
# Two policies at once ask for no more.
MOST_KEYS: Final = 2 * policies.MOST_KEYS
# The number of the prediction before the last so many.
BEFORE: Final = """
select id from reviewer_prediction where project_id = %(project)s and id <= %(upto)s
order by id desc limit 1 offset %(most)s
"""


def wanted(project: Project, keys: Collection[str], at: datetime) -> Replay:
    """What is kept of the project; what is missing is asked for.

    Another key of the metadata makes all columns new: the old ones do not hold it.
    """
    kept, made = Replay.objects.get_or_create(
        project=project,
        defaults={"keys": sorted(keys), "asked_at": at, "next_at": at},
    )
    if not {*keys} <= {*kept.keys}:
        more = {*kept.keys, *keys}
        # a column of each for every prediction: what nobody asks for any more goes
        kept = _with_keys(kept.pk, sorted(more if len(more) <= MOST_KEYS else keys), at)
    elif not made and kept.asked_at < at - PACE:
        Replay.objects.filter(pk=kept.pk).update(asked_at=at)
    if kept.built_at is None and kept.next_at <= at:
        _start(kept, at)
    return kept


@transaction.atomic
def _with_keys(replay_id: int, keys: list[str], at: datetime) -> Replay:
    kept = Replay.objects.select_for_update().get(pk=replay_id)
    ReplayChunk.objects.filter(project=kept.project_id).delete()
    kept.keys, kept.done, kept.built_at = keys, 0, None
    kept.next_at = at
    kept.save(update_fields=["keys", "done", "built_at", "next_at"])
    return kept


def ask() -> None:
    """Every few seconds: go on with what somebody looks at, one run for each project."""
    at = timezone.now()
    _forget(at - FORGOTTEN)
    due = Replay.objects.filter(next_at__lte=at, asked_at__gte=at - ASKS)
    for each in due.defer("answers"):
        _start(each, at)


def _start(kept: Replay, at: datetime) -> None:
    # whoever moves it ahead has it
    taken = Replay.objects.filter(pk=kept.pk, next_at=kept.next_at)
    if taken.update(next_at=at + LEASE):
        async_task(BUILD, kept.pk, save=False)


def _forget(before: datetime) -> None:
    old = Replay.objects.filter(asked_at__lt=before)
    ReplayChunk.objects.filter(project__in=old.values("project")).delete()
    old.delete()


def build(replay_id: int) -> None:
    """Take in what came, chunk by chunk, then what answers tell."""
    while _step(replay_id):
        pass
    kept = Replay.objects.select_related("project").filter(pk=replay_id).first()
    if kept is None or kept.built_at is None:
        return
    at = timezone.now()
    first = ReplayChunk.objects.filter(project=kept.project_id).aggregate(
        a=Min("after")
    )
    known = answers.of_project(kept.project, (first["a"] or 0) + 1, at)
    seconds = answers.seconds_a_task(kept.project, at)
    Replay.objects.filter(pk=replay_id).update(
        answers=known.dump(),
        seconds=seconds.as_json(),
        answered_at=at,
        next_at=timezone.now() + PACE,
    )


@transaction.atomic
def _step(replay_id: int) -> bool:
    """One chunk: one transaction. True: there is more."""
    found = Replay.objects.select_for_update(of=("self",)).select_related("project")
    kept = found.filter(pk=replay_id).first()
    salt = reading.salt_of(kept.project) if kept else None
    if kept is None or salt is None:
        return False
    upto = marks.counted(intake.ROLLUP)
    after, last = _goes_on(kept.project, upto)
    part = reading.read(kept.project, salt, kept.keys, after, upto, CHUNK)
    more = part.n == CHUNK
    if part.n and (last is None or part.n > last.n):
        if last is not None:
            last.delete()
        _add(kept.project, part, after)
    _trim(kept.project)
    _note(kept, upto, more=more)
    return more


def _goes_on(project: Project, upto: int) -> tuple[int, ReplayChunk | None]:
    """After which prediction to read, and the last chunk if it is made anew, not full yet."""
    chunks = ReplayChunk.objects.filter(project=project).defer("columns")
    last = chunks.order_by("-after").first()
    if last is None:
        return _begin(project, upto), None
    return (last.upto, None) if last.n >= CHUNK else (last.after, last)


def _begin(project: Project, upto: int) -> int:
    """The prediction before the last ones that are kept; 0 where there are fewer."""
    values = {"project": project.pk, "upto": upto, "most": settings.REPLAY_PREDICTIONS}
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, values)
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def _add(project: Project, part: columns.Columns, after: int) -> None:
    ReplayChunk.objects.create(
        project=project,
        after=after,
        upto=int(part.id[-1]),
        n=part.n,
        columns=columns.dump(part),
    )


def _trim(project: Project) -> None:
    """Whole chunks go that are not among the last, or whose predictions were removed."""
    oldest = Prediction.objects.filter(project=project).aggregate(id=Min("pk"))["id"]
    ReplayChunk.objects.filter(project=project, upto__lt=oldest or 0).delete()
    held = ReplayChunk.objects.filter(project=project).order_by("after")
    n = held.aggregate(n=Sum("n"))["n"] or 0
    first = held.defer("columns").first()
    if first is not None and n - first.n >= settings.REPLAY_PREDICTIONS:
        first.delete()


def _note(kept: Replay, upto: int, *, more: bool) -> None:
    """How far it is, for whoever waits; the first time, of how many."""
    at = timezone.now()
    held = ReplayChunk.objects.filter(project=kept.project_id)
    kept.done = held.aggregate(n=Sum("n"))["n"] or 0
    if kept.built_at is None:
        sent = Prediction.objects.filter(project=kept.project_id, pk__lte=upto)
        kept.total = min(sent.count(), settings.REPLAY_PREDICTIONS)
    if not more:
        kept.built_at, kept.total = at, kept.done
    kept.next_at = at + LEASE
    kept.save(update_fields=["done", "total", "built_at", "next_at"])
