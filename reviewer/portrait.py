"""All that leads are told of one reviewer, and what that person is told of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from projects.models import AuditEntry
from reviewer import drifting, figures, scorecards, standing
from reviewer.confusion import Cell, Matrix, heat
from reviewer.models import Queue, Reviewer
from reviewer.people import Known
from reviewer.skills import OTHER

if TYPE_CHECKING:
    from projects.models import Project, User
    from reviewer.models import Alarm, Watched
    from reviewer.scorecards import Scorecard
    from reviewer.skills import Told

MOST_PAUSES: Final = 10
PAUSES: Final = ("reviewer paused", "reviewer resumed")
_TITLE: Final = gettext_noop(
    "What is taken for what. Rows: what is so by the others’ answers. Columns: what was "
    "said. Numbers of answers, by expectation; shaded by their share of the row, framed "
    "where both are the same."
)


@dataclass(frozen=True)
class Skill:
    """The crowd of one schema, as pages show it."""

    told: Told
    matrix: Matrix | None


@dataclass(frozen=True)
class Measured:
    """What answers tell of a person, and the time it is of; None means now."""

    known: Known
    skills: tuple[Skill, ...]
    as_of: datetime | None


@dataclass(frozen=True)
class Portrait:
    """One person in one project. `measured` None: it is being computed."""

    user: User
    standing: Reviewer | None
    card: Scorecard | None
    measured: Measured | None
    queues: tuple[tuple[Queue, Scorecard], ...]
    watched: Watched | None
    alarms: list[Alarm]
    pauses: list[AuditEntry]

    @property
    def has_open_alarm(self) -> bool:
        return any(alarm.closed_at is None for alarm in self.alarms)


def of_person(project: Project, user: User, at: datetime, days: int | None) -> Portrait:
    """Everything; what takes long to compute is left out until it is there."""
    try:
        cards = figures.of_cards(project, at, days)
    except figures.StillCounting:
        cards = []
    return Portrait(
        user=user,
        standing=Reviewer.objects.filter(project=project, user=user).first(),
        card=next((card for card in cards if card.user.pk == user.pk), None),
        measured=measured(project, user, at, days),
        queues=_queues(project, user, at, days),
        watched=drifting.of_person(project, user.pk),
        alarms=drifting.alarms(project, user.pk),
        pauses=_pauses(project, user),
    )


def measured(
    project: Project, user: User, at: datetime, days: int | None
) -> Measured | None:
    """None until it was computed for the first time."""
    try:
        found, as_of = figures.of_people(project, at, days)
    except figures.StillCounting:
        return None
    known = found.get(user.pk, Known())
    skills = tuple(Skill(told, matrix_of(told)) for told in known.skills)
    return Measured(known, skills, as_of)


def _queues(
    project: Project, user: User, at: datetime, days: int | None
) -> tuple[tuple[Queue, Scorecard], ...]:
    """Their pace and agreement where they answered, by the name of the queue."""
    queues = list(Queue.objects.filter(project=project).order_by("title"))
    cards = scorecards.by_queue(user, queues, at, days)
    return tuple((queue, cards[queue.pk]) for queue in queues if queue.pk in cards)


def _pauses(project: Project, user: User) -> list[AuditEntry]:
    found = AuditEntry.objects.filter(
        project=project, subject=standing.subject(user.pk), action__in=PAUSES
    )
    return list(found.select_related("actor").order_by("-pk")[:MOST_PAUSES])


def matrix_of(told: Told) -> Matrix | None:
    """What they take for what; None where nothing can be said of it."""
    if not any(map(any, told.counts)):
        return None
    names = tuple(label if label != OTHER else _("others") for label in told.labels)
    rows = tuple(
        (names[at], tuple(_cells(counts, at))) for at, counts in enumerate(told.counts)
    )
    return Matrix(_(_TITLE), names, rows)


def _cells(counts: tuple[float, ...], row: int) -> list[Cell]:
    whole = sum(counts)
    return [
        Cell(floatformat(value, "-1"), heat(value, whole), at == row)
        for at, value in enumerate(counts)
    ]
