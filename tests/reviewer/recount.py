"""Quality and scorecards added up row by row, as plainly as can be: what SQL must equal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, Q

from labeling.answers import as_label
from labeling.kinds.base import Json
from labeling.models import Annotation, Gold, Task
from projects.models import Project, User
from reviewer import tallies
from reviewer.evidence import main_question
from reviewer.models import Prediction, Queue, QueueItem
from reviewer.quality import LabelQuality, Version, VersionQuality
from reviewer.stats import estimation
from reviewer.stats.estimates import NotEnough

State = QueueItem.State
INDEPENDENT = (Gold.Source.EXPERT, Gold.Source.OUTCOME, Gold.Source.IMPORT)


def versions(project: Project, at: datetime, since: Q) -> list[VersionQuality]:
    made = _made(project, since)
    seen = _seen(project, at, since)
    return [
        _quality(Version(*row[:3]), row[3:], seen.get(Version(*row[:3]), Seen()))
        for row in made
    ]


@dataclass(frozen=True)
class Judged:
    """One drawn blind item: what was said, what is true, with which probability it is known."""

    said: str
    true: str | None
    inclusion: float
    answered: bool
    one_vote: bool

    @property
    def outcome(self) -> float:
        return float(self.said == self.true) if self.answered else math.nan


@dataclass
class Seen:
    """The items of one version, as they are read."""

    judged: list[Judged] = field(default_factory=list)
    not_yet: int = 0


def _made(project: Project, since: Q) -> Iterable[tuple[Any, ...]]:
    found = Prediction.objects.filter(since, project=project)
    grouped = found.values_list("endpoint__name", "model_name", "model_version")
    counted = grouped.annotate(
        n=Count("pk"),
        least=Min(F("pi") * F("b")),
        first=Min("received_at"),
        last=Max("received_at"),
    )
    return counted.order_by("-last", "-model_version")


def _quality(version: Version, made: Sequence[Any], seen: Seen) -> VersionQuality:
    predictions, least, first_at, last_at = made
    judged = seen.judged
    inclusion = [each.inclusion for each in judged]
    outcomes = [each.outcome for each in judged]
    lowest = min([least, *inclusion])
    return VersionQuality(
        version=version,
        called=_called(judged),
        estimate=estimation.weighted_mean(outcomes, inclusion, lowest=lowest)
        if judged
        else NotEnough("10 more answers", 0),
        nonresponse=estimation.nonresponse(outcomes, inclusion),
        not_yet=seen.not_yet,
        labels=_by_label(judged, lowest),
        predictions=predictions,
        first_at=first_at,
        last_at=last_at,
    )


def _called(judged: Iterable[Judged]) -> str:
    """One person's vote is no truth: a number that rests on it says so."""
    one_vote = any(each.one_vote for each in judged)
    return "Agreement with reviewers" if one_vote else "Accuracy"


def _by_label(judged: Iterable[Judged], lowest: float) -> tuple[LabelQuality, ...]:
    known = [each for each in judged if each.answered and each.true is not None]
    true = [str(each.true) for each in known]
    said = [each.said for each in known]
    labels = tuple(sorted({*true, *said}))
    found = estimation.by_label(
        true, said, [each.inclusion for each in known], labels, lowest=lowest
    )
    return tuple(
        LabelQuality(label, quality.precision, quality.recall)
        for label, quality in found.items()
    )


class Row(NamedTuple):
    """A drawn blind item as it is read from the database."""

    task: int
    schema_version: int
    version: Version
    said: str
    chance: float
    task_state: str
    item_state: int
    order: str
    stratum: tuple[int, int, bool]
    rank: float
    due_at: datetime | None

    def is_waited_for(self, at: datetime) -> bool:
        """Past its due time, flagged or withdrawn, it counts as one without an answer."""
        open_ = self.task_state in (Task.State.OPEN, Task.State.DISPUTED)
        set_aside = self.item_state in (State.FLAGGED, State.WITHDRAWN)
        overdue = self.due_at is not None and self.due_at < at
        return open_ and not set_aside and not overdue


def _seen(project: Project, at: datetime, since: Q) -> dict[Version, Seen]:
    rows = list(_rows(project, since))
    worked = _worked(rows, at)
    golds = _golds(project, rows)
    found: dict[Version, Seen] = defaultdict(Seen)
    for row in rows:
        share = worked.get(row.stratum, 1.0)
        gold = golds.get(row.task)
        if row.rank >= share:
            found[row.version].not_yet += 1
        elif gold is not None or row.task_state != Task.State.SETTLED:
            # settled without a fair answer (shown by mistake, a model helped): no evidence
            found[row.version].judged.append(_judge(row, gold, share))
    return found


def _rows(project: Project, since: Q) -> Iterable[Row]:
    drawn = Prediction.objects.filter(
        since,
        project=project,
        verdict__in=(Prediction.Verdict.REVIEW, Prediction.Verdict.AUDIT),
        blind=True,
        repeats=False,
        task__queue_items__queue__purpose=Queue.Purpose.REVIEW,
        task__queue_items__check_task=False,
    )
    item = "task__queue_items__"
    names = ("task_id", "task__schema_version_id", "label", "pi", "b", "task__state")
    version = ("endpoint__name", "model_name", "model_version")
    place = (
        "state",
        "queue__order",
        "queue_id",
        "priority",
        "audit",
        "place",
        "due_at",
    )
    found = drawn.values_list(*names, *version, *(f"{item}{name}" for name in place))
    for row in found.iterator():
        task, schema, said, pi, b, state, endpoint, name, number, *rest = row
        item_state, order, queue, priority, audit, place_, due_at = rest
        yield Row(
            task=task,
            schema_version=schema,
            version=Version(endpoint, name, number),
            said=said,
            chance=pi * b,
            task_state=state,
            item_state=item_state,
            order=order,
            stratum=(queue, priority, audit),
            rank=place_ + priority,
            due_at=due_at,
        )


def _worked(rows: Iterable[Row], at: datetime) -> dict[tuple[int, int, bool], float]:
    """Per queue, priority and kind of draw: u/pi of the first item still waited for.

    Nothing counts while a queue in the order of doubt is unfinished: its order is no draw.
    """
    found: dict[tuple[int, int, bool], float] = {}
    for row in rows:
        if row.is_waited_for(at):
            rank = 0.0 if row.order == Queue.Order.MARGIN else row.rank
            found[row.stratum] = min(found.get(row.stratum, 1.0), rank)
    return found


class Settled(NamedTuple):
    value: Json
    source: str


def _golds(project: Project, rows: Iterable[Row]) -> dict[int, Settled]:
    """Task -> model-free gold of the question that the endpoint's model answers."""
    asked = {row.task: main_question(row.schema_version) for row in rows}
    current = Gold.objects.current().filter(
        project=project, task__in=list(asked), uses_model=False, blind=True
    )
    found = current.values_list("task_id", "question", "value", "source")
    return {
        task: Settled(value, source)
        for task, question, value, source in found
        if question == asked[task]
    }


def _judge(row: Row, gold: Settled | None, share: float) -> Judged:
    value = gold.value if gold else None
    return Judged(
        said=row.said,
        true=as_label(value) if value is not None else None,
        inclusion=row.chance * share,
        answered=value is not None,
        one_vote=gold is not None and gold.source == Gold.Source.SINGLE,
    )


def of_project(project: Project) -> dict[int, tallies.Tally]:
    given = _given(Q(task__project=project))
    known = _known(each.task for each in given)
    return _plain(_tally_known(given, _votes(given), known))


def of_person(user: User, queues: Sequence[Queue]) -> dict[int, tallies.Tally]:
    projects = {queue.project_id for queue in queues}
    mine = _given(Q(task__project__in=projects, author=user))
    tasks = [each.task for each in mine]
    others = _given(Q(task__in=tasks))
    items = QueueItem.objects.filter(task__in=tasks, queue__in=queues)
    place = dict(items.order_by("-queue").values_list("task", "queue"))
    split: dict[int, list[Given]] = defaultdict(list)
    for each in mine:
        if each.task in place:
            split[place[each.task]].append(each)
    known, votes = _known(tasks), _votes(others)
    return {
        queue: _plain(_tally_known(given, votes, known))[user.pk]
        for queue, given in split.items()
    }


def _plain(found: Mapping[int, Tally]) -> dict[int, tallies.Tally]:
    return {
        person: tallies.Tally(
            tally.volume,
            median(tally.seconds) if tally.seconds else None,
            tally.last_at,
            tally.compared,
            tally.agreed,
            tally.checked,
            tally.right,
        )
        for person, tally in found.items()
    }


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


def _given(where: Q) -> list[Given]:
    answers = Annotation.objects.filter(where, superseded_by=None)
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
