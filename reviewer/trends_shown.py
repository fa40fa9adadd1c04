"""Quality over time as its page shows it: charts, the tables beside them, and their CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reviewer import charts, trends
from reviewer.charts import Plot, Value
from reviewer.stats.estimates import Estimate, NotEnough, from_json
from reviewer.templatetags.figures import coefficient, percent

if TYPE_CHECKING:
    from datetime import date

    from reviewer.models import VersionPeriod
    from reviewer.quality import VersionQuality

# Lines that a chart can tell apart; tables and CSV have all of them.
MOST_LINES: Final = 4
# Value, the ends of its interval, whether it is marked.
Drawn: TypeAlias = tuple[float, float, float, bool]


@dataclass(frozen=True)
class Drifted:
    """A kept drift, as a row shows it."""

    psi: float
    psi_limit: float
    p_value: float
    n: int
    m: int
    alarms: bool


@dataclass(frozen=True)
class Row:
    """One version in one period."""

    version: str
    endpoint: str
    begin: date
    called: str
    estimate: Estimate | NotEnough
    predictions: int
    not_yet: int
    confidence: Drifted | None
    labels: Drifted | None

    @property
    def alarms(self) -> bool:
        return any(each and each.alarms for each in (self.confidence, self.labels))


@dataclass(frozen=True)
class Shown:
    """All periods of one unit, the newest first; charts are None where there is nothing."""

    rows: tuple[Row, ...]
    accuracy: Plot | None
    confidence: Plot | None
    labels: Plot | None

    @property
    def alarms(self) -> int:
        return sum(row.alarms for row in self.rows)


def of(periods: Sequence[VersionPeriod], unit: str) -> Shown:
    rows = [_row(each, unit) for each in periods]
    begins = sorted({row.begin for row in rows})
    return Shown(
        rows=tuple(sorted(rows, key=lambda row: row.begin, reverse=True)),
        accuracy=_plot(rows, begins, _accuracy, percent),
        confidence=_plot(
            rows, begins, lambda row: _psi(row.confidence), coefficient, 0.0
        ),
        labels=_plot(rows, begins, lambda row: _psi(row.labels), coefficient, 0.0),
    )


def _row(each: VersionPeriod, unit: str) -> Row:
    return Row(
        version=f"{each.model_name} {each.model_version}",
        endpoint=each.endpoint.name,
        begin=each.begin,
        called=each.called,
        estimate=from_json(each.estimate),
        predictions=each.predictions,
        not_yet=each.not_yet,
        confidence=_drifted(each.confidence, unit),
        labels=_drifted(each.labels, unit),
    )


def _drifted(kept: dict[str, Any], unit: str) -> Drifted | None:
    if "psi" not in kept:
        return None
    numbers = {name: kept[name] for name in ("psi", "psi_limit", "p_value", "n", "m")}
    return Drifted(**numbers, alarms=trends.alarms(kept, unit))


def _accuracy(row: Row) -> Drawn | None:
    found = row.estimate
    if isinstance(found, NotEnough):
        return None
    return found.value, found.low, found.high, False


def _psi(found: Drifted | None) -> Drawn | None:
    """From none to its size: the bar that chance alone would hardly exceed is in the table."""
    if found is None:
        return None
    return found.psi, found.psi, found.psi, found.alarms


def _plot(
    rows: Sequence[Row],
    begins: Sequence[date],
    read: Callable[[Row], Drawn | None],
    written: Callable[[float], str],
    least: float | None = None,
) -> Plot | None:
    place = {begin: at for at, begin in enumerate(begins)}
    series = []
    for (version, _endpoint), group in groupby(
        rows, lambda row: (row.version, row.endpoint)
    ):
        values = [
            Value(place[row.begin], *found)
            for row in sorted(group, key=lambda row: row.begin)
            if (found := read(row))
        ]
        if values:
            series.append((version, values))
    if not series:
        return None
    labels = [date_format(begin, "j M") for begin in begins]
    return charts.plot(series[:MOST_LINES], labels, written, least=least)


@dataclass(frozen=True)
class Curve:
    """One version's reliability curve; no chart where there is not enough."""

    each: VersionQuality
    plot: Plot | None
    missing: NotEnough | None


def curves(versions: Sequence[VersionQuality]) -> list[Curve]:
    return [_curve(each) for each in versions]


def _curve(each: VersionQuality) -> Curve:
    if isinstance(each.curve, NotEnough):
        return Curve(each, None, each.curve)
    values = [
        Value(p.confidence, p.accuracy.value, p.accuracy.low, p.accuracy.high)
        for p in each.curve
    ]
    name = f"{each.version.name} {each.version.number}"
    return Curve(each, charts.against_diagonal([(name, values)], percent), None)


TIME_COLUMNS: Final = (
    *("endpoint", "version", "begin", "called", "value", "low", "high", "n", "missing"),
    *("predictions", "not_counted_yet"),
    *("confidence_psi", "confidence_psi_limit", "confidence_p", "confidence_alarm"),
    *("label_psi", "label_psi_limit", "label_p", "label_alarm"),
)
CURVE_COLUMNS: Final = (
    *("endpoint", "version", "confidence", "value", "low", "high", "n", "share"),
)


def time_rows(shown: Shown) -> Iterator[list[Any]]:
    """The rows of TIME_COLUMNS: numbers as they are, not as they are written."""
    for row in shown.rows:
        yield [
            *(row.endpoint, row.version, row.begin.isoformat(), row.called),
            *number_cells(row.estimate),
            *(row.predictions, row.not_yet),
            *_drift_cells(row.confidence),
            *_drift_cells(row.labels),
        ]


def number_cells(found: Estimate | NotEnough) -> list[Any]:
    """value, low, high, n, missing."""
    if isinstance(found, NotEnough):
        return ["", "", "", found.n, found.missing]
    return [found.value, found.low, found.high, found.n, ""]


def _drift_cells(found: Drifted | None) -> list[Any]:
    if found is None:
        return ["", "", "", ""]
    return [found.psi, found.psi_limit, found.p_value, int(found.alarms)]


def curve_rows(versions: Sequence[VersionQuality]) -> Iterator[list[Any]]:
    for each in versions:
        points = () if isinstance(each.curve, NotEnough) else each.curve
        for point in points:
            yield [
                *(each.version.endpoint, f"{each.version.name} {each.version.number}"),
                point.confidence,
                *number_cells(point.accuracy)[:4],
                point.share,
            ]


def described(shown: Shown) -> str:
    """What the charts say in a sentence, for whoever cannot see them."""
    if not shown.rows:
        return ""
    first, last = shown.rows[-1].begin, shown.rows[0].begin
    return _("From %(first)s to %(last)s; the table under it has the numbers.") % {
        "first": date_format(first, "j M Y"),
        "last": date_format(last, "j M Y"),
    }
