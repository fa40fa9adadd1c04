"""A study as charts, and all its numbers as one table for spreadsheets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from registry_bridge import forest
from registry_bridge.forest import Forest, Row
from reviewer import charts
from reviewer.charts import Plot, Value
from reviewer.stats.evidence_path import Point
from reviewer.trends_shown import number_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry_bridge.studies_shown import Page
    from registry_bridge.study_gates import Look
    from reviewer.stats.disagreements import Claim

# Less evidence is drawn and written as the first, more as the second.
LOWEST: Final = 1e-3
HIGHEST: Final = 1e6
WHOLE_FROM: Final = 10
# In the table; the file has all.
MOST_POINTS: Final = 12


def points(look: Look) -> list[Point]:
    """From no label on, where that was kept, until now."""
    path = look.evidence.path
    begin = [Point(0, 0.0, 0.0)] if path.is_whole else []
    now = Point(look.whole.labels, look.better.log_e, look.not_worse.log_e)
    kept = [point for point in path.points if point.labels < now.labels]
    return [*begin, *kept, now] if path.points else []


def some(found: Sequence[Point]) -> list[tuple[int, str, str]]:
    """Labels, and the evidence for both claims, written: few points, the newest first."""
    each = -(-len(found) // MOST_POINTS) or 1
    return [
        (p.labels, _written(p.better), _written(p.not_worse))
        for p in found[::-1][::each]
    ]


def plot(look: Look, found: Sequence[Point]) -> Plot | None:
    """Evidence over labels on a scale of powers, and the heights at which a claim holds."""
    if len(found) < 2:
        return None
    series = [
        (_("The challenger is better"), [_value(p.labels, p.better) for p in found]),
        (_not_worse(look), [_value(p.labels, p.not_worse) for p in found]),
    ]
    needed = sorted({look.better.needed, look.not_worse.needed})
    heights = [math.log10(each) for each in needed]
    return charts.lines(series, (_count, _power), heights)


def _not_worse(look: Look) -> str:
    said = _("The challenger is worse by less than %(margin)s points")
    return said % {"margin": f"{look.terms.margin * 100:g}"}


def _value(labels: int, log_e: float) -> Value:
    height = math.log10(_kept(log_e))
    return Value(labels, height, height, height)


def _kept(log_e: float) -> float:
    """The e-value, between the ends of what is drawn."""
    return math.exp(min(max(log_e, math.log(LOWEST)), math.log(HIGHEST)))


def _count(labels: float) -> str:
    return str(intcomma(round(labels))) if labels == round(labels) else ""


def _power(height: float) -> str:
    """1.3 → 20; -2 → 0.01."""
    e = round(10**height, 3)
    return str(intcomma(number_format(round(e) if e >= 1 else e)))


def _written(log_e: float) -> str:
    e = _kept(log_e)
    places = 0 if e >= WHOLE_FROM else 1 if e >= 1 else 3
    return str(intcomma(number_format(round(e, places), decimal_pos=places)))


def slices(page: Page) -> Forest | None:
    """Differences over all and on the largest slices; each holds at every look, for itself."""
    rows = [Row(each.name, each.difference) for each in page.slices if each.difference]
    if not rows:
        return None
    rows = [Row(_("All predictions"), page.difference), *rows]
    return forest.draw(rows, -page.look.terms.margin)


COLUMNS: Final = ("part", "name", "of", "value", "low", "high", "n", "missing")


def rows(page: Page) -> Iterator[list[Any]]:
    """The difference, counts, claims, slices and the path; evidence as ln e."""
    look = page.look
    yield ["difference", "", "share right", *number_cells(page.difference)]
    for name in ("only_challenger", "only_champion", "neither", "overdue"):
        yield _plain("count", name, "predictions", getattr(page, name))
    yield _plain("count", "agreed", "predictions", look.whole.agreed)
    for name in ("better", "not_worse", "worse"):
        yield from _claim("claim", name, getattr(look, name))
    for each in page.slices:
        if each.difference:
            yield ["slice", each.key, "share right", *number_cells(each.difference)]
        yield _plain("slice", each.key, "harmed", int(each.harmed))
        if each.key in look.slices:
            yield from _claim("slice", each.key, look.slices[each.key])
    for point in points(look):
        yield _plain("path", str(point.labels), "better ln_e", point.better)
        yield _plain("path", str(point.labels), "not_worse ln_e", point.not_worse)


def _claim(part: str, name: str, claim: Claim) -> Iterator[list[Any]]:
    yield _plain(part, name, "ln_e", claim.log_e)
    yield _plain(part, name, "best ln_e", claim.peak)
    yield _plain(part, name, "needed ln_e", math.log(claim.needed))
    yield _plain(part, name, "holds", int(claim.holds))


def _plain(part: str, name: str, of: str, value: float) -> list[Any]:
    return [part, name, of, value, "", "", "", ""]
