"""Differences on one scale with zero and a limit: a forest plot, drawn by _forest.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from reviewer import charts
from reviewer.charts import Scale, Tick
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Sequence

# The plot's own units: names on the left, then the axis.
LEFT: Final = 190.0
RIGHT: Final = 690.0
ROW: Final = 32
TOP: Final = 20


@dataclass(frozen=True)
class Row:
    """What is compared: a difference in shares, and both sides where they are known."""

    name: str
    difference: Estimate | NotEnough
    champion: Estimate | None = None
    challenger: Estimate | None = None


@dataclass(frozen=True)
class Mark:
    """A row in the plot; x positions and height are in its units."""

    row: Row
    x: float
    x_low: float
    x_high: float
    y: int
    tone: str
    words: str

    @property
    def text_y(self) -> int:
        return self.y + 5


@dataclass(frozen=True)
class Forest:
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    zero: float
    limit: float | None
    limit_label: str
    bottom: int
    height: int
    # Rows for which there is not enough to say anything.
    silent: tuple[Row, ...]


def draw(rows: Sequence[Row], limit: float = 0.0) -> Forest:
    """The rows that say something, in order; `limit` 0: there is none beside zero."""
    known = [(row, d) for row in rows if isinstance(d := row.difference, Estimate)]
    low = min(0.0, limit, *(each.low for _row, each in known))
    high = max(0.0, limit, *(each.high for _row, each in known))
    scale, ticks = charts.rounded(low, high, LEFT, RIGHT)
    bottom = TOP + len(known) * ROW
    return Forest(
        marks=tuple(
            _mark(row, difference, scale, TOP + at * ROW + ROW // 2)
            for at, (row, difference) in enumerate(known)
        ),
        ticks=tuple(Tick(scale(value), _points(value)) for value in ticks),
        zero=scale(0.0),
        limit=scale(limit) if limit else None,
        limit_label=_points(limit),
        bottom=bottom,
        height=bottom + 36,
        silent=tuple(row for row in rows if isinstance(row.difference, NotEnough)),
    )


def _mark(row: Row, difference: Estimate, scale: Scale, y: int) -> Mark:
    tone, words = _verdict(difference)
    return Mark(
        row=row,
        x=scale(difference.value),
        x_low=scale(difference.low),
        x_high=scale(difference.high),
        y=y,
        tone=tone,
        words=words,
    )


def _points(value: float) -> str:
    number = round(value * 100, 1)
    return f"{number:+g}".replace("-", "−") if number else "0"


def _verdict(difference: Estimate) -> tuple[str, str]:
    if difference.low > 0:
        return "is-good", _("better")
    if difference.high < 0:
        return "is-bad", _("worse")
    return "is-unsure", _("may be chance")
