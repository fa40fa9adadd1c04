"""Settled answers with the chance of knowing them: what every fair number rests on.

A prediction is looked at with probability pi and blind with probability b, both kept at
intake. While a queue is unfinished, only the items before the first open one count, with
c·pi·b (reviewer/stats/sampling.worked_share). Whatever has no such chance says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, F, Min, Q, QuerySet, When
from django.db.models.functions import Abs
from django.db.models.lookups import LessThan

from labeling.models import Gold, Task
from registry_bridge import splits
from reviewer.evidence import SAME
from reviewer.models import Queue, QueueItem
from reviewer.models.prediction import Verdict

if TYPE_CHECKING:
    from labeling.kinds.base import Json
    from projects.models import Project
    from registry_bridge.models import RegisteredModel
    from registry_bridge.splits import Split

NOT_DRAWN = "nobody drew it"
SHOWN = "the model’s answer was shown"
USES_MODEL = "a model helped to settle it"
REPEATED = "sent more than once"
TOO_EARLY = "earlier tasks are still open"
UNANSWERABLE = "cannot be answered"
SET_ASIDE = "set aside or overdue, without an answer"
JOINED = "joined with what was on the other side"

DRAWN = (Verdict.REVIEW, Verdict.AUDIT)
CLOSED = (QueueItem.State.FLAGGED, QueueItem.State.WITHDRAWN)
UNSETTLED = (Task.State.OPEN, Task.State.DISPUTED)


class Stratum(NamedTuple):
    """Items of one stratum are worked in the order of their draw."""

    queue: int
    priority: int
    audit: bool


class Place(NamedTuple):
    stratum: Stratum
    rank: float


class Settled(NamedTuple):
    """One current gold value, and the chance that it is known."""

    gold: int
    payload: int
    sha256: str
    group: str
    side: str
    value: Json
    source: str
    said: str
    model_version: str
    drawn: float | None
    pi: float | None
    left_out: str


def gold_of(model: RegisteredModel) -> QuerySet[Gold]:
    """The project's current gold of the model's question, check tasks left out."""
    found = Gold.objects.current().answered()
    found = found.filter(project_id=model.project_id, question=model.question)
    found = found.exclude(task__payload__content__isnull=True)
    checks = QueueItem.objects.filter(check_task=True, queue__project=model.project_id)
    return found.exclude(task__in=checks.values("task"))


FIELDS = (
    *("pk", "task_id", "value", "source", "blind", "uses_model"),
    *("task__payload_id", "task__payload__sha256"),
    *(
        f"task__prediction__{name}"
        for name in ("label", "model_version", "verdict", "pi", "b", "blind", "repeats")
    ),
)


def settled(model: RegisteredModel, at: datetime, split: Split) -> Iterator[Settled]:
    """Each current gold value of the model's question, oldest first."""
    open_from = frontiers(model.project, at)
    places = _places(model.project)
    rows = gold_of(model).order_by("pk").values_list(*FIELDS)
    for row in rows.iterator(chunk_size=5_000):
        yield _read(row, places, open_from, split)


def _read(
    row: tuple[Any, ...],
    places: Mapping[int, Place],
    open_from: Mapping[Stratum, float],
    split: Split,
) -> Settled:
    """A row of FIELDS; what comes of no prediction has None from `said` on."""
    gold, task, value, source, known_blind, uses_model, payload, sha256, *sent = row
    said, version, verdict, pi, b, sent_blind, repeats = sent
    share = open_share(places.get(task), open_from)
    placed = split.of(payload, sha256)
    drawn = verdict in DRAWN
    if placed.joined:
        why = JOINED
    elif not drawn:
        why = NOT_DRAWN
    elif uses_model:
        why = USES_MODEL
    elif not (known_blind and sent_blind):
        why = SHOWN
    elif repeats:
        why = REPEATED
    else:
        why = "" if share > 0 else TOO_EARLY
    return Settled(
        gold=gold,
        payload=payload,
        sha256=sha256,
        group=placed.group,
        side=placed.side,
        value=value,
        source=source,
        said=said or "",
        model_version=version or "",
        drawn=pi if drawn else None,
        pi=None if why else pi * b * share,
        left_out=why,
    )


def open_share(place: Place | None, open_from: Mapping[Stratum, float]) -> float:
    """c of the item's stratum, or 0 where the item was worked before its turn was sure."""
    if place is None:
        return 1.0
    first_open = open_from.get(place.stratum, 1.0)
    return first_open if place.rank < first_open else 0.0


def frontiers(project: Project, at: datetime) -> dict[Stratum, float]:
    """Per stratum with open items: u/pi of the first one; 0 where one stands elsewhere.

    The order is no draw then (evidence.py says more). Only items that could count are
    looked at: drawn blind, sent once. One past its due time, flagged or withdrawn is no
    longer waited for.
    """
    waiting = (
        reviews(project)
        .filter(task__prediction__blind=True, task__prediction__repeats=False)
        .filter(task__state__in=UNSETTLED)
        .exclude(state__in=CLOSED)
        .filter(Q(due_at=None) | Q(due_at__gte=at))
    )
    by_draw = F("task__prediction__u") / F("task__prediction__pi")
    off = Abs(F("place") + F("priority") - by_draw)
    rank = Case(When(LessThan(off, SAME), then=by_draw), default=0.0)
    found = waiting.values_list("queue", "priority", "audit").annotate(first=Min(rank))
    return {Stratum(*stratum): float(lowest) for *stratum, lowest in found}


def _places(project: Project) -> dict[int, Place]:
    rows = reviews(project).exclude(task__state__in=UNSETTLED)
    fields = ("task_id", "task__prediction__u", "task__prediction__pi")
    stratum = ("queue_id", "priority", "audit")
    return {
        task: Place(Stratum(*where), u / pi)
        for task, u, pi, *where in rows.values_list(*fields, *stratum).iterator()
    }


def unanswered(model: RegisteredModel, at: datetime) -> Iterator[tuple[str, str]]:
    """(side, why) of each item drawn blind that was closed without a value."""
    refused = Gold.objects.current().filter(
        project_id=model.project_id, question=model.question, unanswerable=True
    )
    # what was withdrawn waits to be answered anew
    refused = refused.exclude(source=Gold.Source.WITHDRAWN)
    closed = (
        Q(state__in=CLOSED) | Q(due_at__lt=at) | Q(task__state=Task.State.WITHDRAWN)
    )
    left = ~Q(task__state=Task.State.SETTLED) & closed
    rows = reviews(model.project).filter(
        Q(task__in=refused.values("task")) | left,
        task__prediction__blind=True,
        task__prediction__repeats=False,
    )
    split = splits.of(model)
    fields = ("task__payload_id", "task__payload__sha256", "task__state")
    for payload, sha256, state in rows.values_list(*fields):
        settled_ = state == Task.State.SETTLED
        side = split.of(payload, sha256).side
        yield side, UNANSWERABLE if settled_ else SET_ASIDE


def reviews(project: Project) -> QuerySet[QueueItem]:
    return QueueItem.objects.filter(
        queue__project=project,
        queue__purpose=Queue.Purpose.REVIEW,
        task__prediction__isnull=False,
    )
