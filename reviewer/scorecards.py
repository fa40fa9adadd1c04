"""What each reviewer did and how well, from their own answers: never a rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from django.db.models import Q

from labeling.models import Annotation
from projects.models import Role, User
from reviewer import quality, tallies
from reviewer.measuring import Number
from reviewer.models import Queue, Reviewer
from reviewer.quality import DEFAULT_DAYS
from reviewer.rollups import answers
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson
from reviewer.tallies import Tally

if TYPE_CHECKING:
    from projects.models import Project

FEWEST = 5
REVIEWING = (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD, Role.OWNER)
# One's pace today is the median of so many.
MOST_TIMED = 500


@dataclass(frozen=True)
class Scorecard:
    """One person in a window."""

    user: User
    volume: int
    seconds: float | None
    agreement: Number
    checks: Number
    last_at: datetime | None
    paused: bool = False
    pause_reason: str = ""


def of_project(
    project: Project, at: datetime, days: int | None = DEFAULT_DAYS
) -> list[Scorecard]:
    """Everybody who may review or did, by name."""
    return cards(project, tallies.of_project(project, quality.begin_of(at, days)))


def cards(project: Project, found: Mapping[int, Tally]) -> list[Scorecard]:
    """The same of answers that were added up before."""
    people = User.objects.filter(
        Q(pk__in=found)
        | Q(
            memberships__project=project,
            memberships__ended_at=None,
            memberships__role__in=REVIEWING,
        )
    ).distinct()
    paused = dict(
        Reviewer.objects.filter(project=project, paused=True).values_list(
            "user", "reason"
        )
    )
    return [
        _card(user, found.get(user.pk, Tally()), paused)
        for user in people.order_by("name", "username")
    ]


def by_queue(
    user: User, queues: Sequence[Queue], at: datetime, days: int | None = DEFAULT_DAYS
) -> dict[int, Scorecard]:
    """One's own card for each of these queues, from one's newest answers."""
    projects = {queue.project_id for queue in queues}
    numbers = [queue.pk for queue in queues]
    begin = quality.begin_of(at, days)
    found = tallies.of_person(user, list(projects), numbers, begin)
    return {queue: _card(user, tally, {}) for queue, tally in found.items()}


def _card(user: User, tally: Tally, paused: Mapping[int, str]) -> Scorecard:
    return Scorecard(
        user=user,
        volume=tally.volume,
        seconds=tally.seconds,
        agreement=_share(
            tally.agreed, tally.compared, "tasks that others answered too"
        ),
        checks=_share(tally.right, tally.checked, "check tasks"),
        last_at=tally.last_at,
        paused=user.pk in paused,
        pause_reason=paused.get(user.pk, ""),
    )


def _share(right: int, of: int, what: str) -> Number:
    if of < FEWEST:
        return NotEnough(f"{FEWEST - of} more {what}", of)
    low, high = wilson(right, of)
    return Estimate(right / of, low, high, of, "Wilson")


@dataclass(frozen=True)
class Today:
    """What one person did since midnight (UTC)."""

    answers: int
    seconds: float | None


def today(user: User, at: datetime) -> Today:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Today(answers.of_person(user.pk, midnight), _pace(user, midnight))


def _pace(user: User, since: datetime) -> float | None:
    """The median of the newest MOST_TIMED answers."""
    newest = Annotation.objects.filter(author=user).order_by("-pk")[:MOST_TIMED]
    rows = newest.values_list("seconds", "created_at", "supersedes")
    timed = [
        seconds
        for seconds, at, supersedes in rows
        if seconds is not None and at >= since and supersedes is None
    ]
    return median(timed) if timed else None
