"""What each reviewer did and how well, from their own answers: never a rank.

Agreement leaves the own vote out: against the adjudicator's or a known answer where there
is one, else against the majority of the others; a task with no other vote says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from labeling.models import Annotation, Gold
from projects.models import Role, User
from projects.recent import first_id
from reviewer.models import Queue, QueueItem, Reviewer
from reviewer.quality import DEFAULT_DAYS, Number, as_label, main_question
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from labeling.kinds.base import Json
    from projects.models import Project

FEWEST = 5
REVIEWING = (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD, Role.OWNER)
INDEPENDENT = (Gold.Source.EXPERT, Gold.Source.OUTCOME, Gold.Source.IMPORT)


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


class Given(NamedTuple):
    """One answer as it stands."""

    task: int
    author: int
    value: str | None
    seconds: float | None
    check_task: bool
    expert: bool
    counted: bool
    at: datetime


class Known(NamedTuple):
    value: str | None
    source: str


@dataclass
class Tally:
    """Adds one person's answers up."""

    seconds: list[float] = field(default_factory=list)
    volume: int = 0
    agreed: int = 0
    compared: int = 0
    right: int = 0
    checked: int = 0
    last_at: datetime | None = None


def of_project(
    project: Project, at: datetime, days: int | None = DEFAULT_DAYS
) -> list[Scorecard]:
    """Everybody who may review or did, by name."""
    given = _given(Q(task__project=project), at, days)
    tallies = _tally(given, given)
    people = User.objects.filter(
        Q(pk__in=tallies)
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
        _card(user, tallies.get(user.pk, Tally()), paused)
        for user in people.order_by("name", "username")
    ]


def by_queue(
    user: User, queues: Sequence[Queue], at: datetime, days: int | None = DEFAULT_DAYS
) -> dict[int, Scorecard]:
    """One's own card for each of these review queues."""
    projects = {queue.project_id for queue in queues}
    mine = _given(Q(task__project__in=projects, author=user), at, days)
    tasks = [each.task for each in mine]
    others = _given(Q(task__in=tasks), at, None)
    place = dict(
        QueueItem.objects.filter(task__in=tasks, queue__in=queues).values_list(
            "task", "queue"
        )
    )
    split: dict[int, list[Given]] = defaultdict(list)
    for each in mine:
        if each.task in place:
            split[place[each.task]].append(each)
    known = _known(tasks)
    votes = _votes(others)
    return {
        queue: _card(user, _tally_known(given, votes, known)[user.pk], {})
        for queue, given in split.items()
    }


def _given(where: Q, at: datetime, days: int | None) -> list[Given]:
    answers = Annotation.objects.filter(where, superseded_by=None)
    if days is not None:
        since = at - timedelta(days=days)
        first = first_id(Annotation, "created_at", since)
        answers = answers.filter(pk__gte=first, created_at__gte=since)
    names = ("task_id", "author_id", "answer", "task__schema_version_id", "seconds")
    flags = ("check_task", "expert", "counted", "created_at")
    return [
        Given(task, author, _value(answer, schema), *rest)
        for task, author, answer, schema, *rest in answers.values_list(*names, *flags)
    ]


def _value(answer: Mapping[str, Json], schema_version: int) -> str | None:
    value = answer.get(main_question(schema_version))
    return None if value is None else as_label(value)


def _known(tasks: Iterable[int]) -> dict[int, Known]:
    """Task -> the gold of its main question."""
    current = Gold.objects.current().filter(task__in=set(tasks))
    names = ("task_id", "question", "value", "source", "task__schema_version_id")
    return {
        task: Known(None if value is None else as_label(value), source)
        for task, question, value, source, schema in current.values_list(*names)
        if question == main_question(schema)
    }


def _votes(given: Iterable[Given]) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = defaultdict(list)
    for each in given:
        if not each.expert and not each.check_task:
            found[each.task].append(each)
    return found


def _tally(given: Sequence[Given], everybody: Sequence[Given]) -> dict[int, Tally]:
    return _tally_known(given, _votes(everybody), _known(each.task for each in given))


def _tally_known(
    given: Iterable[Given],
    votes: Mapping[int, list[Given]],
    known: Mapping[int, Known],
) -> dict[int, Tally]:
    found: dict[int, Tally] = defaultdict(Tally)
    for each in given:
        tally = found[each.author]
        _count(tally, each)
        gold = known.get(each.task)
        if each.check_task and gold is not None:
            tally.checked += 1
            tally.right += each.value == gold.value
        elif not each.check_task and not each.expert:
            _compare(tally, each, gold, votes.get(each.task, []))
    return found


def _count(tally: Tally, given: Given) -> None:
    tally.volume += 1
    if given.seconds is not None:
        tally.seconds.append(given.seconds)
    tally.last_at = max(tally.last_at or given.at, given.at)


def _compare(
    tally: Tally, given: Given, gold: Known | None, votes: Iterable[Given]
) -> None:
    others = [vote.value for vote in votes if vote.author != given.author]
    reference = without_own_vote(gold, others)
    if reference is not None:
        tally.compared += 1
        tally.agreed += given.value == reference


def without_own_vote(gold: Known | None, others: Sequence[str | None]) -> str | None:
    """What the answer is compared with; None where nobody else said anything clear."""
    if gold is not None and gold.source in INDEPENDENT:
        return gold.value
    if gold is None or not others:
        return None
    first = max(set(others), key=others.count)
    return first if others.count(first) * 2 > len(others) else None


def _card(user: User, tally: Tally, paused: Mapping[int, str]) -> Scorecard:
    return Scorecard(
        user=user,
        volume=tally.volume,
        seconds=median(tally.seconds) if tally.seconds else None,
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
    first = first_id(Annotation, "created_at", midnight)
    mine = Annotation.objects.filter(
        author=user, pk__gte=first, created_at__gte=midnight, supersedes=None
    )
    seconds = list(mine.values_list("seconds", flat=True))
    timed = [each for each in seconds if each is not None]
    return Today(len(seconds), median(timed) if timed else None)
