"""Quality by day and week: added up by the worker where something changed, never for a look.

An estimate of a day rests on that day's drawn answers alone, as quality.py's on those of a
window. Drift compares a day or week with the four weeks before it, of the same version.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from labeling.models import Gold
from projects.recent import first_id
from reviewer import evidence, quality
from reviewer.evidence import Seen
from reviewer.measuring import Basis
from reviewer.models import Endpoint, Trend, VersionPeriod
from reviewer.rollups.confidences import NO_BIN
from reviewer.stats import drift
from reviewer.stats.drift_counts import confidence_counts_drift, label_counts_drift
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projects.models import Project
    from reviewer.quality import Made
    from reviewer.rollups.confidences import Sure
    from reviewer.stats.drift import Drift

Unit = VersionPeriod.Unit
MAKE: Final = "reviewer.trends.make"
# So far back periods are kept up to date, and shown.
KEPT: Final = {Unit.DAY: timedelta(days=60), Unit.WEEK: timedelta(weeks=26)}
LENGTH: Final = {Unit.DAY: timedelta(days=1), Unit.WEEK: timedelta(weeks=1)}
REFERENCE: Final = timedelta(weeks=4)
PACE: Final = timedelta(minutes=10)
# Whoever adds them up has so long before another may.
LONGEST: Final = timedelta(minutes=20)
# With time alone tasks become overdue: periods with open ones are added up so often.
OPEN_AGAIN: Final = timedelta(hours=1)
# Gold is looked at again a little, since rows may be numbered out of order.
OVERLAP: Final = timedelta(minutes=10)
# What all looks of a year at one version may alarm by mistake, both drifts together.
ALPHA: Final = 0.05
LOOKS: Final = {Unit.DAY: 2 * 365, Unit.WEEK: 2 * 52}
# A change of a smaller size is none that matters, however sure it is.
LEAST_PSI: Final = 0.01

# Days of which gold came since a time.
SETTLED: Final = """
select distinct (p.received_at at time zone 'UTC')::date
from labeling_gold g join reviewer_prediction p on p.task_id = g.task_id
where g.project_id = %(project)s and g.id >= %(first)s and p.received_at >= %(oldest)s
"""
# Days on which something was sent from an hour on.
SENT: Final = """
select distinct (h.hour at time zone 'UTC')::date
from reviewer_intakehour h join reviewer_endpoint e on e.id = h.endpoint_id
where e.project_id = %(project)s and h.hour >= %(since)s
"""


@dataclass(frozen=True, order=True)
class Period:
    """A day or a week, by its first day."""

    unit: str
    begin: date

    @property
    def start(self) -> datetime:
        return midnight(self.begin)

    @property
    def end(self) -> datetime:
        return self.start + LENGTH[Unit(self.unit)]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def period_of(unit: str, day: date) -> Period:
    if unit == Unit.WEEK:
        day -= timedelta(days=day.weekday())
    return Period(unit, day)


def ask() -> None:
    """Every so often: have the periods of each project added up, one run for each."""
    at = timezone.now()
    _open(at)
    for each in Trend.objects.filter(next_at__lte=at).order_by("next_at"):
        # whoever moves it ahead has it; one that is killed is taken again after a while
        taken = Trend.objects.filter(pk=each.pk, next_at=each.next_at)
        if taken.update(next_at=at + LONGEST):
            async_task(MAKE, each.project_id, save=False)


def _open(at: datetime) -> None:
    """Each project with an endpoint has its row."""
    new = Endpoint.objects.filter(project__trend=None).values_list("project", flat=True)
    rows = [Trend(project_id=project, next_at=at) for project in new.distinct()]
    Trend.objects.bulk_create(rows, ignore_conflicts=True)


def make(project_id: int) -> None:
    """Add up every period in which something changed; safe to run twice and at once."""
    trend = Trend.objects.select_related("project").filter(project=project_id).first()
    if trend is None:
        return
    at = timezone.now()
    for period in sorted(_changed(trend, at), key=lambda p: p.begin, reverse=True):
        keep(trend.project, period, at)
    Trend.objects.filter(pk=trend.pk).update(made_at=at, next_at=timezone.now() + PACE)


def _changed(trend: Trend, at: datetime) -> set[Period]:
    days = _days(trend, at)
    found = {
        period_of(unit, day)
        for unit in Unit
        for day in days
        if midnight(day) >= oldest(unit, at)
    }
    unfinished = VersionPeriod.objects.filter(
        endpoint__project=trend.project, not_yet__gt=0, made_at__lt=at - OPEN_AGAIN
    )
    for unit, begin in unfinished.values_list("unit", "begin").distinct():
        if midnight(begin) >= oldest(unit, at):
            found.add(Period(unit, begin))
    return found


def oldest(unit: str, at: datetime) -> datetime:
    """The first moment of the first period that is kept up to date."""
    return period_of(unit, (at - KEPT[Unit(unit)]).date()).start


def _days(trend: Trend, at: datetime) -> list[date]:
    """On which something was sent, or of which something was settled, since the last time."""
    longest = min(oldest(unit, at) for unit in Unit)
    since = longest if trend.made_at is None else trend.made_at - OVERLAP
    hour = since.replace(minute=0, second=0, microsecond=0)
    values: dict[str, Any] = {
        "project": trend.project_id,
        "since": hour,
        "first": first_id(Gold, "created_at", since),
        "oldest": longest,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{SENT} union {SETTLED}", values)
        return [row[0] for row in cursor.fetchall()]


def keep(project: Project, period: Period, at: datetime) -> None:
    """Write what is known of one period now, by one statement."""
    rows = of_period(project, period, at)
    VersionPeriod.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["endpoint", "unit", "begin", "model_name", "model_version"],
        update_fields=[
            *("predictions", "not_yet", "called", "estimate"),
            *("confidence", "labels", "made_at"),
        ],
    )


def of_period(project: Project, period: Period, at: datetime) -> list[VersionPeriod]:
    sent = quality.made(project, period.start, period.end)
    seen = evidence.of_versions(project, period.start, at, period.end)
    told = quality.told_by(sent, period.start, period.end)
    before = quality.told_by(sent, period.start - REFERENCE, period.start)
    return [
        _row(
            period,
            made,
            seen.get(made.key, Seen()),
            told.get(made.key, []),
            before.get(made.key, []),
            at,
        )
        for made in sent
    ]


def _row(
    period: Period,
    made: Made,
    seen: Seen,
    told: Sequence[Sure],
    before: Sequence[Sure],
    at: datetime,
) -> VersionPeriod:
    drawn = sum(each.n for each in seen.judged)
    # what came while this was read may be drawn already and not counted yet
    once = max(made.once, drawn)
    basis = Basis.of(seen, told, once=once, least=made.least)
    return VersionPeriod(
        endpoint_id=made.key.endpoint,
        unit=period.unit,
        begin=period.begin,
        model_name=made.key.name,
        model_version=made.key.number,
        predictions=made.n,
        not_yet=seen.not_yet,
        called=quality.called(seen.judged),
        estimate=basis.estimate.as_json(),
        confidence=_as_json(confidence_drift(before, told)),
        labels=_as_json(label_drift(before, told)) if made.classes else {},
        made_at=at,
    )


def confidence_drift(before: Iterable[Sure], now: Iterable[Sure]) -> Drift | NotEnough:
    """By steps of confidence; what came without one is left out."""
    sides = [defaultdict[int, int](int), defaultdict[int, int](int)]
    for counts, side in zip(sides, (before, now), strict=True):
        for each in side:
            if each.bin != NO_BIN:
                counts[each.bin] += each.n
    places = sorted({*sides[0], *sides[1]})
    return confidence_counts_drift(*([side[p] for p in places] for side in sides))


def label_drift(before: Iterable[Sure], now: Iterable[Sure]) -> Drift | NotEnough:
    """Of what the version said."""
    sides = [defaultdict[str, int](int), defaultdict[str, int](int)]
    for counts, side in zip(sides, (before, now), strict=True):
        for each in side:
            counts[each.said] += each.n
    names = sorted({*sides[0], *sides[1]})
    return label_counts_drift(*([side[n] for n in names] for side in sides))


def _as_json(found: Drift | NotEnough) -> dict[str, Any]:
    if isinstance(found, NotEnough):
        return dict(found.as_json())
    return {
        name: getattr(found, name)
        for name in ("p_value", "psi", "psi_limit", "n", "m", "method")
    }


def limit(unit: str) -> float:
    """The p-value from which on a drift is marked: so that a year alarms seldom by chance."""
    return drift.spent(ALPHA, LOOKS[Unit(unit)])


def alarms(kept: dict[str, Any], unit: str) -> bool:
    """Whether a kept drift is marked: sure, and large enough to matter."""
    return "psi" in kept and kept["p_value"] <= limit(unit) and kept["psi"] >= LEAST_PSI


def of_project(project: Project, unit: str, at: datetime) -> list[VersionPeriod]:
    """Kept periods in order of time, each version's together, the one seen last first."""
    rows = VersionPeriod.objects.filter(
        endpoint__project=project, unit=unit, begin__gte=oldest(unit, at).date()
    )
    found = list(rows.select_related("endpoint").order_by("begin", "pk"))
    newest: dict[tuple[int, str, str], date] = {}
    for each in found:
        newest[version_of(each)] = each.begin
    order = sorted(newest, key=lambda key: (newest[key], key), reverse=True)
    return sorted(found, key=lambda each: order.index(version_of(each)))


def version_of(each: VersionPeriod) -> tuple[int, str, str]:
    return each.endpoint_id, each.model_name, each.model_version
