"""How good models are and how far people agree, each number with interval and count.

Only drawn, first blind, model-free answers count, each with weight 1/(c·pi·b).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from labeling import versions
from labeling.answers import as_label
from labeling.models import Annotation, SchemaVersion
from projects.recent import first_id
from reviewer import evidence
from reviewer.evidence import Seen, main_question, spread
from reviewer.models import Endpoint
from reviewer.rollups import hours, intake
from reviewer.stats import agreement, estimation
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.evidence import Judged
    from reviewer.rollups.intake import Sent

Number: TypeAlias = Estimate | NotEnough
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


def of_versions(
    project: Project,
    at: datetime,
    days: int | None = DEFAULT_DAYS,
    sent: Sequence[Made] | None = None,
) -> list[VersionQuality]:
    """Every version that predicted in the window, the one seen last first.

    `sent` is what made() tells of the same window, for whoever asked before.
    """
    begin = begin_of(at, days)
    seen = evidence.of_versions(project, begin, at)
    return [
        _quality(each, seen.get(each.key, Seen()))
        for each in (made(project, begin) if sent is None else sent)
    ]


def begin_of(at: datetime, days: int | None) -> datetime:
    return hours.begin(at, None if days is None else days * 24)


class Made(NamedTuple):
    """What one version sent in a window."""

    key: evidence.Version
    version: Version
    n: int
    # Of these, what estimates rest on: drawn blind and sent once.
    drawn: int
    # The smallest chance of being known that any of its predictions had.
    least: float
    # Whether it answers with one of a list of labels.
    classes: bool
    first_at: datetime
    last_at: datetime


def made(project: Project, begin: datetime) -> list[Made]:
    """Every version that predicted since a full hour, the one seen last first."""
    asked = SchemaVersion.objects.filter(schema=OuterRef("schema")).order_by("-number")
    known = Endpoint.objects.filter(project=project)
    known = known.annotate(version=Subquery(asked.values("pk")[:1]))
    endpoints = {
        pk: (name, version)
        for pk, name, version in known.values_list("pk", "name", "version")
    }
    by_version: dict[evidence.Version, list[Sent]] = defaultdict(list)
    for each in intake.since(list(endpoints), begin):
        key = evidence.Version(each.endpoint, each.name, each.version)
        by_version[key].append(each)
    found = [
        _made(endpoints[key.endpoint], key, parts) for key, parts in by_version.items()
    ]
    return sorted(found, key=lambda m: (m.last_at, m.version.number), reverse=True)


def _made(
    endpoint: tuple[str, int | None],
    key: evidence.Version,
    parts: Sequence[Sent],
) -> Made:
    return Made(
        key=key,
        version=Version(endpoint[0], key.name, key.number),
        classes=endpoint[1] is not None and versions.has_classes(endpoint[1]),
        n=sum(each.n for each in parts),
        drawn=sum(each.n for each in parts if each.is_evidence),
        least=min(each.least for each in parts),
        first_at=min(each.first_at for each in parts),
        last_at=max(each.last_at for each in parts),
    )


def _quality(made: Made, seen: Seen) -> VersionQuality:
    judged = seen.judged
    inclusion = spread((each.inclusion for each in judged), judged)
    outcomes = spread((each.outcome for each in judged), judged)
    lowest = min([made.least, *(each.inclusion for each in judged)])
    return VersionQuality(
        version=made.version,
        called=_called(judged),
        estimate=estimation.weighted_mean(outcomes, inclusion, lowest=lowest)
        if judged
        else NotEnough("10 more answers", 0),
        nonresponse=estimation.nonresponse(outcomes, inclusion),
        not_yet=seen.not_yet,
        labels=_by_label(judged, lowest) if made.classes else (),
        predictions=made.n,
        first_at=made.first_at,
        last_at=made.last_at,
    )


def _called(judged: Iterable[Judged]) -> str:
    """One person's vote is no truth: a number that rests on it says so."""
    one_vote = any(each.one_vote for each in judged)
    return "Agreement with reviewers" if one_vote else "Accuracy"


def _by_label(judged: Iterable[Judged], lowest: float) -> tuple[LabelQuality, ...]:
    known = [each for each in judged if each.true is not None]
    labels = tuple(sorted({*(str(each.true) for each in known), *_said(known)}))
    found = estimation.by_label(
        spread((str(each.true) for each in known), known),
        spread(_said(known), known),
        spread((each.inclusion for each in known), known),
        labels,
        lowest=lowest,
    )
    return tuple(
        LabelQuality(label, quality.precision, quality.recall)
        for label, quality in found.items()
    )


def _said(judged: Iterable[Judged]) -> list[str]:
    return [each.said for each in judged]


@dataclass(frozen=True)
class Agreement:
    """How far reviewers agree on the same tasks, by what they could see."""

    blind: Number
    shown: Number


def of_people(
    project: Project, at: datetime, days: int | None = DEFAULT_DAYS
) -> Agreement:
    """Krippendorff's alpha of first, independent answers; the newest MOST_RATED tasks.

    Who sees the model's answer leans towards it, so the two are kept apart; where it was
    shown after a first guess, that guess is the blind answer.
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
    rows = _answers(project, _since(at, days))
    found: dict[bool, dict[int, list[str]]] = {True: {}, False: {}}
    for task, schema, answer, guess, unseen in rows:
        blind = unseen or guess is not None
        value = (guess or answer).get(main_question(schema))
        if value is not None:
            found[blind].setdefault(task, []).append(as_label(value))
    return found


def _since(at: datetime, days: int | None) -> Q:
    if days is None:
        return Q()
    begin = begin_of(at, days)
    first = first_id(Annotation, "created_at", begin)
    return Q(pk__gte=first, created_at__gte=begin)


def _answers(project: Project, since: Q) -> QuerySet[Annotation, tuple[Any, ...]]:
    first = Annotation.objects.filter(
        since, task__project=project, expert=False, check_task=False, supersedes=None
    )
    asked_twice = (
        first.values("task").annotate(n=Count("pk")).filter(n__gte=2).order_by("-task")
    )
    rated = first.filter(task__in=asked_twice.values("task")[:MOST_RATED])
    return rated.values_list(
        "task_id", "task__schema_version_id", "answer", "guess", "blind"
    )
