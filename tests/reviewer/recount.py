"""Quality and scorecards added up row by row, as plainly as can be: what SQL must equal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Count, F, Max, Min, Q

from labeling.answers import as_label
from labeling.kinds.base import Json
from labeling.models import Annotation, Gold, Task
from projects.models import Project, User
from reviewer import tallies
from reviewer.evidence import main_question
from reviewer.measuring import UNHELPED, LabelQuality, Number
from reviewer.models import Prediction, Queue, QueueItem
from reviewer.quality import Version, VersionQuality
from reviewer.stats import calibrated, classes, estimation
from reviewer.stats.calibration_error import calibration_error
from reviewer.stats.class_rows import ClassesReviewed, ClassTotals
from reviewer.stats.estimates import NotEnough
from reviewer.stats.reliability import Point, reliability

State = QueueItem.State
INDEPENDENT = (Gold.Source.EXPERT, Gold.Source.OUTCOME, Gold.Source.IMPORT)


def versions(project: Project, at: datetime, since: Q) -> list[VersionQuality]:
    made = [(Version(*row[:3]), row[3:]) for row in _made(project, since)]
    seen = _seen(project, at, since)
    sent = _sent(project, since)
    return [
        _quality(version, row, seen.get(version, Seen()), sent[version])
        for version, row in made
    ]


@dataclass(frozen=True)
class Judged:
    """One drawn blind item: what was said, what is true, with which probability it is known."""

    said: str
    sure: float | None
    true: str | None
    inclusion: float
    answered: bool
    one_vote: bool

    @property
    def place(self) -> tuple[str, str, float, float, bool]:
        """Who is dealt to which fold depends on the order."""
        return (
            self.said,
            self.true or "",
            self.sure or -1,
            self.inclusion,
            self.one_vote,
        )

    @property
    def outcome(self) -> float:
        return float(self.said == self.true) if self.answered else math.nan


@dataclass
class Seen:
    """The items of one version, as they are read."""

    judged: list[Judged] = field(default_factory=list)
    not_yet: int = 0
    size: float = 0.0
    # Of size: of kinds that none counts of yet.
    unheard: float = 0.0


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


Sent: TypeAlias = "list[tuple[str, float | None]]"


def _sent(project: Project, since: Q) -> dict[Version, Sent]:
    """What was said, and how surely, of every prediction that repeats none."""
    once = Prediction.objects.filter(since, project=project, repeats=False)
    names = ("endpoint__name", "model_name", "model_version", "label", "confidence")
    found: dict[Version, Sent] = defaultdict(list)
    for *version, said, sure in once.values_list(*names):
        found[Version(*version)].append((said, sure))
    return found


def _quality(
    version: Version, made: Sequence[Any], seen: Seen, sent: Sent
) -> VersionQuality:
    predictions, least, first_at, last_at = made
    judged = sorted(seen.judged, key=lambda each: each.place)
    inclusion = [each.inclusion for each in judged]
    outcomes = [each.outcome for each in judged]
    lowest = min([least, *inclusion])
    unseen = seen.unheard / seen.size if seen.size else 0.0
    estimate = estimation.of_all(_accuracy(judged, sent, lowest), unseen)
    return VersionQuality(
        version=version,
        called=_called(judged),
        estimate=estimate,
        corrected=None,
        calibration=_calibration(judged, sent, estimate),
        curve=_curve(judged, sent, estimate),
        nonresponse=estimation.nonresponse(outcomes, inclusion),
        not_yet=seen.not_yet,
        labels=_by_label(judged, sent, lowest, estimate),
        predictions=predictions,
        first_at=first_at,
        last_at=last_at,
    )


def _called(judged: Iterable[Judged]) -> str:
    """One person's vote is no truth: a number that rests on it says so."""
    one_vote = any(each.one_vote for each in judged)
    return "Agreement with reviewers" if one_vote else "Accuracy"


def _accuracy(judged: Sequence[Judged], sent: Sent, lowest: float) -> Number:
    outcomes = [each.outcome for each in judged]
    inclusion = [each.inclusion for each in judged]
    unsure = [sure for _, sure in sent].count(None)
    if not unsure:
        reviewed, everyone = _reviewed(judged, sent)
        return calibrated.accuracy(reviewed, everyone, lowest=lowest)
    found = estimation.weighted_mean(outcomes, inclusion, lowest=lowest, size=len(sent))
    if isinstance(found, NotEnough):
        return found
    why = f"{unsure} of {len(sent)} predictions came with none"
    return replace(found, method=f"{found.method}, {UNHELPED}: {why}")


def numbered(sure: float | None) -> float:
    return math.nan if sure is None else sure


def _reviewed(
    judged: Sequence[Judged], sent: Sent
) -> tuple[calibrated.Reviewed, calibrated.Everyone]:
    columns = (
        [each.outcome for each in judged],
        [each.inclusion for each in judged],
        [numbered(each.sure) for each in judged],
    )
    return calibrated.Reviewed(*columns), calibrated.Everyone(
        [numbered(sure) for _, sure in sent]
    )


def _calibration(judged: Sequence[Judged], sent: Sent, estimate: Number) -> Number:
    if isinstance(estimate, NotEnough):
        return estimate
    if None in [sure for _, sure in sent]:
        return NotEnough("a confidence from every prediction", estimate.n)
    return calibration_error(*_reviewed(judged, sent))


def _curve(
    judged: Sequence[Judged], sent: Sent, estimate: Number
) -> tuple[Point, ...] | NotEnough:
    if isinstance(estimate, NotEnough):
        return estimate
    if None in [sure for _, sure in sent]:
        return NotEnough("a confidence from every prediction", estimate.n)
    return reliability(*_reviewed(judged, sent))


def _by_label(
    judged: Iterable[Judged], sent: Sent, lowest: float, estimate: Number
) -> tuple[LabelQuality, ...]:
    """One row of probabilities for each prediction: the label's, and the rest's in equal parts."""
    known = [each for each in judged if each.answered and each.true is not None]
    names = sorted(
        {*(str(each.true) for each in known), *(each.said for each in known)}
    )
    if isinstance(estimate, NotEnough) and estimate.n >= 10:
        return tuple(LabelQuality(name, *[estimate] * 3) for name in names)
    if not names:
        return ()
    helped = None not in [sure for _, sure in sent]

    def place(label: str) -> int:
        return names.index(label) if label in names else len(names)

    def row(said: str, sure: float | None) -> list[float]:
        top = sure if helped and sure is not None else 1 / (len(names) + 1)
        rest = [(1 - top) / len(names)] * (len(names) + 1)
        rest[place(said)] = top
        return rest

    found = classes.by_class(
        ClassesReviewed(
            [place(each.said) for each in known],
            [place(str(each.true)) for each in known],
            [each.inclusion for each in known],
            [row(each.said, each.sure) for each in known],
        ),
        ClassTotals.of(
            [place(said) for said, _ in sent], [row(said, sure) for said, sure in sent]
        ),
        lowest=lowest,
    )
    return tuple(
        LabelQuality(name, each.precision, each.recall, each.f1)
        for name, each in zip(names, found[:-1], strict=True)
    )


class Row(NamedTuple):
    """A drawn blind item as it is read from the database."""

    task: int
    schema_version: int
    version: Version
    said: str
    sure: float | None
    chance: float
    task_state: str
    item_state: int
    # Whether it stands where its draw says.
    in_turn: bool
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
    waits: dict[tuple[Version, tuple[int, int, bool]], float] = defaultdict(float)
    heard: set[tuple[Version, tuple[int, int, bool]]] = set()
    for row in rows:
        share = worked.get(row.stratum, 1.0)
        gold = golds.get(row.task)
        if row.rank >= share:
            found[row.version].not_yet += 1
            waits[row.version, row.stratum] += 1 / row.chance
            found[row.version].size += 1 / row.chance
        elif gold is not None or row.task_state != Task.State.SETTLED:
            # settled without a fair answer (shown by mistake, a model helped): no evidence
            found[row.version].judged.append(_judge(row, gold, share))
            heard.add((row.version, row.stratum))
            found[row.version].size += 1 / row.chance
    for kind, size in waits.items():
        found[kind[0]].unheard += 0 if kind in heard else size
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
    names = (
        *("task_id", "task__schema_version_id", "label", "confidence"),
        *("pi", "b", "u", "task__state"),
    )
    version = ("endpoint__name", "model_name", "model_version")
    place = (
        "state",
        "queue_id",
        "priority",
        "audit",
        "place",
        "due_at",
    )
    found = drawn.values_list(*names, *version, *(f"{item}{name}" for name in place))
    for row in found.iterator():
        task, schema, said, sure, pi, b, u, state, endpoint, name, number, *rest = row
        item_state, queue, priority, audit, place_, due_at = rest
        yield Row(
            task=task,
            schema_version=schema,
            version=Version(endpoint, name, number),
            said=said,
            sure=sure,
            chance=pi * b,
            task_state=state,
            item_state=item_state,
            in_turn=math.isclose(place_ + priority, u / pi, abs_tol=1e-9),
            stratum=(queue, priority, audit),
            rank=u / pi,
            due_at=due_at,
        )


def _worked(rows: Iterable[Row], at: datetime) -> dict[tuple[int, int, bool], float]:
    """Per queue, priority and kind of draw: u/pi of the first item still waited for.

    Nothing counts while one is open that stands elsewhere: that order is no draw.
    """
    found: dict[tuple[int, int, bool], float] = {}
    for row in rows:
        if row.is_waited_for(at):
            rank = row.rank if row.in_turn else 0.0
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
        sure=row.sure,
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
    """Task -> the model-free gold of its main question."""
    current = Gold.objects.current().filter(task__in=set(tasks), uses_model=False)
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
