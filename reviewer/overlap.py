"""How many answers a task of a queue gets: what leads set, and what adaptive overlap saved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from labeling import versions
from projects.refused import DoesNotFit, FieldProblem
from reviewer import adaptive, crowds, queue_settings
from reviewer.models import Queue, QueueItem
from reviewer.stats import stopping
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from projects.models import User

FEWEST, MOST = 1, 9
# Of tasks, so many of the newest are looked at: a page must not read a table of millions.
NEWEST: Final = 100_000


@dataclass(frozen=True)
class Wanted:
    """At least and at most so many answers; `sure` None: one more while they differ."""

    fewest: int
    most: int
    sure: float | None


def read(given: Mapping[str, str]) -> Wanted:
    """What a form says (`sure` in percent, empty for none); DoesNotFit names each field."""
    problems: list[FieldProblem] = []
    fewest = _whole(given, "fewest", problems)
    most = _whole(given, "most", problems)
    sure = _percent(given.get("sure", "").strip(), problems)
    if not problems and most < fewest:
        problem = f"must not be below the fewest, {fewest}"
        problems.append(FieldProblem(field="most", problem=problem))
    if problems:
        told = "; ".join(f"{each['field']} {each['problem']}" for each in problems)
        raise DoesNotFit(f"Say how many answers: {told}.", errors=problems)
    return Wanted(fewest, most, sure)


def _whole(given: Mapping[str, str], key: str, problems: list[FieldProblem]) -> int:
    text = given.get(key, "").strip()
    if text in {str(number) for number in range(FEWEST, MOST + 1)}:
        return int(text)
    problem = f"must be a whole number from {FEWEST} to {MOST}"
    problems.append(FieldProblem(field=key, problem=problem))
    return FEWEST


def _percent(text: str, problems: list[FieldProblem]) -> float | None:
    if not text:
        return None
    try:
        value = round(float(text.replace(",", ".")) / 100, 6)
    except ValueError:
        value = math.nan
    if not 0.5 <= value < 1:
        problem = "must be a percentage from 50 to below 100, or empty"
        problems.append(FieldProblem(field="sure", problem=problem))
    return value


def as_percent(sure: float | None) -> str:
    """As the form says it."""
    return "" if sure is None else f"{sure * 100:.4f}".rstrip("0").rstrip(".")


@transaction.atomic
def change(queue: Queue, wanted: Wanted, by: User) -> bool:
    """Set it, and write it down; whether anything differs.

    The fewest hold for tasks that come from now on, the rest for each answer from now on.
    """
    if queue.purpose == Queue.Purpose.ADJUDICATION:
        raise DoesNotFit("An adjudicator decides alone: there is nothing to set here.")
    fields = {
        "overlap": wanted.fewest,
        "max_overlap": wanted.most,
        "sure": wanted.sure,
    }
    return bool(queue_settings.keep(queue, fields, by))


@dataclass(frozen=True)
class Row:
    """Tasks on which the question was closed after so many answers."""

    answers: int
    tasks: int
    # of these, how many an adjudicator has or had to decide
    adjudicated: int


@dataclass(frozen=True)
class SoFar:
    """What a queue with adaptive overlap has done, and what it saved.

    `instead` is the fixed overlap that promises as much, `saved` how many answers fewer
    (below 0: more) were given than with it; NotEnough until the people are known.
    """

    rows: tuple[Row, ...]
    instead: int | NotEnough
    saved: int | NotEnough

    @property
    def tasks(self) -> int:
        return sum(each.tasks for each in self.rows)

    @property
    def answers(self) -> int:
        return sum(each.answers * each.tasks for each in self.rows)

    @property
    def adjudicated(self) -> int:
        return sum(each.adjudicated for each in self.rows)

    @property
    def lost(self) -> int:
        return 0 if isinstance(self.saved, NotEnough) else -self.saved


def so_far(queue: Queue) -> SoFar | None:
    """Of the newest 100,000 tasks; None for a queue without adaptive overlap."""
    if queue.sure is None:
        return None
    rows = _rows(queue)
    instead = _instead(queue, queue.sure)
    if isinstance(instead, NotEnough):
        return SoFar(rows, instead, instead)
    given = np.repeat([r.answers for r in rows], [r.tasks for r in rows])
    return SoFar(rows, instead, stopping.answers_saved(given, instead))


def _rows(queue: Queue) -> tuple[Row, ...]:
    newest = QueueItem.objects.order_by("-id").values_list("id", flat=True).first() or 0
    sent_on = QueueItem.objects.filter(
        task=OuterRef("task"), queue__purpose=Queue.Purpose.ADJUDICATION
    )
    done = queue.items.filter(
        state=QueueItem.State.DONE, check_task=False, pk__gt=newest - NEWEST
    )
    counted = done.annotate(sent=Exists(sent_on)).values_list("done", "sent")
    tasks, adjudicated = Counter[int](), Counter[int]()
    for answers, sent, n in counted.annotate(n=Count("id")):
        tasks[answers] += n
        adjudicated[answers] += n * sent
    return tuple(Row(n, tasks[n], adjudicated[n]) for n in sorted(tasks))


def _instead(queue: Queue, sure: float) -> int | NotEnough:
    """The fixed overlap whose majority would be as sure, by how often people are right."""
    right = _right(queue)
    if isinstance(right, NotEnough):
        return right
    return stopping.fixed_overlap(right, sure=sure, most=queue.max_overlap)


def _right(queue: Queue) -> float | NotEnough:
    """How often people of this queue's newest task are right, of all labels as they come."""
    newest = queue.items.select_related("task").order_by("-id").first()
    version = newest.task.schema_version_id if newest else None
    if version is None or not adaptive.has_posterior(version):
        return NotEnough("questions whose answers are labels", 0)
    schema = versions.get(version).schema_id
    found = [crowds.latest(schema, blind=blind) for blind in (True, False)]
    fits = [each for each in found if each is not None]
    if not fits:
        return NotEnough("items with two or more answers", 0)
    crowd = crowds.crowd_of(max(fits, key=lambda fit: fit.answers))
    return min(1.0, float(crowd.shares @ crowd.pool.diagonal()))
