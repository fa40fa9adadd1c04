"""How good models are and how far people agree, each number with interval and count.

Only drawn, first blind, model-free answers count, each with weight 1/(c·pi·b).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from labeling import versions
from labeling.answers import as_label
from labeling.models import Annotation, SchemaVersion
from projects.recent import first_id
from reviewer import evidence, expert_checks, fixed_overlap, measuring
from reviewer.evidence import Seen, main_question
from reviewer.measuring import LabelQuality, Number
from reviewer.models import Endpoint, Queue
from reviewer.rollups import confidences, hours, intake
from reviewer.stats import agreement, estimation
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.evidence import Judged
    from reviewer.rollups.confidences import Sure
    from reviewer.rollups.intake import Sent
    from reviewer.stats.reliability import Point

WINDOWS = (7, 30, 90)
DEFAULT_DAYS = 30
MOST_RATED = 20_000
# Kept and told to programs in English; pages translate them.
METHOD = gettext_noop("first blind answers, weight 1/(c·pi·b)")
ACCURACY = gettext_noop("Accuracy")
AGREEMENT = gettext_noop("Agreement with reviewers")


class Version(NamedTuple):
    """One model version behind one endpoint."""

    endpoint: str
    name: str
    number: str


@dataclass(frozen=True)
class VersionQuality:
    """What is known of one version in a window."""

    version: Version
    # "Accuracy", or "Agreement with reviewers" where one vote made an answer gold.
    called: str
    estimate: Number
    # By experts' answers to a random part; None: nobody asked for these.
    corrected: Number | None
    # How far its confidences are from that, on average.
    calibration: Number
    # The same bin by bin: how many are right of those it was as sure of.
    curve: tuple[Point, ...] | NotEnough
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
    sent = made(project, begin) if sent is None else sent
    seen = evidence.of_versions(project, begin, at)
    # after what was drawn, so that nothing was drawn from more than is told here
    told = told_by(sent, begin)
    checked = any(m.checked for m in sent)
    experts = expert_checks.of_versions(project, begin, at) if checked else {}
    return [
        _quality(m, seen.get(m.key, Seen()), told.get(m.key, ()), experts.get(m.key))
        for m in sent
    ]


def told_by(
    sent: Sequence[Made], begin: datetime, end: datetime | None = None
) -> dict[evidence.Version, list[Sure]]:
    """How sure each version was of what it sent in the window."""
    found: dict[evidence.Version, list[Sure]] = defaultdict(list)
    for each in confidences.since(sorted({m.key.endpoint for m in sent}), begin, end):
        key = evidence.Version(each.endpoint, each.name, each.version)
        found[key].append(each)
    return found


def begin_of(at: datetime, days: int | None) -> datetime:
    return hours.begin_days(at, days)


class Made(NamedTuple):
    """What one version sent in a window."""

    key: evidence.Version
    version: Version
    n: int
    # Of these, what estimates are about: no repeats of an input.
    once: int
    # Of these, what estimates rest on: drawn blind.
    drawn: int
    # The smallest chance of being known that any of its predictions had.
    least: float
    # Whether it answers with one of a list of labels.
    classes: bool
    # Whether experts check a part of what reviewers settle in this project.
    checked: bool
    first_at: datetime
    last_at: datetime


def made(project: Project, begin: datetime, end: datetime | None = None) -> list[Made]:
    """Every version that predicted since a full day (until another), the one seen last first."""
    asked = SchemaVersion.objects.filter(schema=OuterRef("schema")).order_by("-number")
    known = Endpoint.objects.filter(project=project)
    known = known.annotate(
        version=Subquery(asked.values("pk")[:1]),
        checked=Exists(Queue.objects.filter(project=project, expert_share__gt=0)),
    )
    endpoints = {
        pk: rest for pk, *rest in known.values_list("pk", "name", "version", "checked")
    }
    by_version: dict[evidence.Version, list[Sent]] = defaultdict(list)
    for each in intake.since(list(endpoints), begin, end):
        key = evidence.Version(each.endpoint, each.name, each.version)
        by_version[key].append(each)
    found = [
        _made(endpoints[key.endpoint], key, parts) for key, parts in by_version.items()
    ]
    return sorted(found, key=lambda m: (m.last_at, m.version.number), reverse=True)


def _made(
    endpoint: Sequence[Any],
    key: evidence.Version,
    parts: Sequence[Sent],
) -> Made:
    name, schema, checked = endpoint
    return Made(
        key=key,
        version=Version(name, key.name, key.number),
        classes=schema is not None and versions.has_classes(schema),
        checked=checked,
        n=sum(each.n for each in parts),
        once=sum(each.n for each in parts if not each.repeats),
        drawn=sum(each.n for each in parts if each.is_evidence),
        least=min(each.least for each in parts),
        first_at=min(each.first_at for each in parts),
        last_at=max(each.last_at for each in parts),
    )


def _quality(
    made: Made, seen: Seen, told: Sequence[Sure], corrected: Number | None
) -> VersionQuality:
    basis = measuring.Basis.of(seen, told, once=made.once, least=made.least)
    return VersionQuality(
        version=made.version,
        called=called(seen.judged),
        estimate=basis.estimate,
        corrected=corrected and estimation.of_all(corrected, seen.unseen),
        calibration=measuring.calibration(basis),
        curve=measuring.curve(basis),
        nonresponse=estimation.nonresponse(basis.outcomes, basis.inclusion),
        not_yet=seen.not_yet,
        labels=measuring.by_label(basis) if made.classes else (),
        predictions=made.n,
        first_at=made.first_at,
        last_at=made.last_at,
    )


def called(judged: Iterable[Judged]) -> str:
    """One person's vote is no truth: a number that rests on it says so."""
    one_vote = any(each.one_vote for each in judged)
    return AGREEMENT if one_vote else ACCURACY


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
    first = fixed_overlap.answers(
        Annotation.objects.filter(
            since,
            task__project=project,
            expert=False,
            check_task=False,
            supersedes=None,
        ).not_withdrawn()
    )
    asked_twice = (
        first.values("task").annotate(n=Count("pk")).filter(n__gte=2).order_by("-task")
    )
    rated = first.filter(task__in=asked_twice.values("task")[:MOST_RATED])
    return rated.values_list(
        "task_id", "task__schema_version_id", "answer", "guess", "blind"
    )
