"""How good models are and how far people agree, each number with interval and count.

Only drawn, first blind, model-free answers count, each with weight 1/(c·pi·b). While a
queue is unfinished, only items before its first open one count, with c = that one's u/pi.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django.db.models import Count, F, Max, Min, Q, QuerySet

from labeling import versions
from labeling.models import Annotation, Gold, Task
from projects.recent import first_id
from reviewer.models import Prediction, Queue, QueueItem
from reviewer.stats import agreement, estimation
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from labeling.kinds.base import Json
    from projects.models import Project

Number: TypeAlias = Estimate | NotEnough
State = QueueItem.State
WINDOWS = (7, 30, 90)
DEFAULT_DAYS = 30
MOST_RATED = 20_000
METHOD = "first blind answers, weight 1/(c·pi·b)"


class Version(NamedTuple):
    """One model version behind one endpoint."""

    endpoint: str
    name: str
    number: str


@dataclass(frozen=True)
class LabelQuality:
    label: str
    precision: Number
    recall: Number


@dataclass(frozen=True)
class VersionQuality:
    """What is known of one version in a window."""

    version: Version
    # "Accuracy", or "Agreement with reviewers" where one vote made an answer gold.
    called: str
    estimate: Number
    # Weighted share of drawn items that were closed, or are overdue, without an answer.
    nonresponse: float
    # Drawn blind items that are not in the estimate yet, since earlier ones are open.
    not_yet: int
    labels: tuple[LabelQuality, ...]
    predictions: int
    first_at: datetime
    last_at: datetime


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


def of_versions(
    project: Project, at: datetime, days: int | None = DEFAULT_DAYS
) -> list[VersionQuality]:
    """Every version that predicted in the window, the one seen last first."""
    since = _since(Prediction, "received_at", at, days)
    made = _made(project, since)
    seen = _seen(project, at, since)
    return [
        _quality(Version(*row[:3]), row[3:], seen.get(Version(*row[:3]), Seen()))
        for row in made
    ]


def _since(
    model: type[Prediction | Annotation], field_: str, at: datetime, days: int | None
) -> Q:
    if days is None:
        return Q()
    begin = at - timedelta(days=days)
    first = first_id(model, field_, begin)
    return Q(pk__gte=first, **{f"{field_}__gte": begin})


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


def main_question(schema_version: int) -> str:
    """The first question: the one whose answer an endpoint's model predicts."""
    return versions.questions(schema_version)[0].id


def as_label(value: Json) -> str:
    """A value as predictions keep it in `label`."""
    return str(value)[:64]


@dataclass(frozen=True)
class Agreement:
    """How far reviewers agree on the same tasks, by what they could see."""

    blind: Number
    shown: Number


def of_people(
    project: Project, at: datetime, days: int | None = DEFAULT_DAYS
) -> Agreement:
    """Krippendorff's alpha of first, independent answers; the newest MOST_RATED tasks.

    Who sees the model's answer leans towards it, so the two are kept apart.
    """
    tables = _ratings(project, at, days)
    return Agreement(*(_alpha(tables[blind]) for blind in (True, False)))


def _alpha(ratings: Mapping[int, list[str]]) -> Number:
    table = agreement.counts(list(ratings.values()))
    if not table.size:
        return NotEnough("2 tasks answered by two people", 0)
    return agreement.krippendorff_alpha(table)


def _ratings(
    project: Project, at: datetime, days: int | None
) -> dict[bool, dict[int, list[str]]]:
    since = _since(Annotation, "created_at", at, days)
    rows = _answers(project, since)
    found: dict[bool, dict[int, list[str]]] = {True: {}, False: {}}
    for task, schema, answer, blind in rows:
        value = answer.get(main_question(schema))
        if value is not None:
            found[blind].setdefault(task, []).append(as_label(value))
    return found


def _answers(project: Project, since: Q) -> QuerySet[Annotation, tuple[Any, ...]]:
    first = Annotation.objects.filter(
        since, task__project=project, expert=False, check_task=False, supersedes=None
    )
    asked_twice = (
        first.values("task").annotate(n=Count("pk")).filter(n__gte=2).order_by("-task")
    )
    rated = first.filter(task__in=asked_twice.values("task")[:MOST_RATED])
    return rated.values_list("task_id", "task__schema_version_id", "answer", "blind")
