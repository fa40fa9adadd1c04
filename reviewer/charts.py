"""Where the parts of a drawn chart lie; templates/_plot.html draws it as SVG.

Knows no Django: numbers in, positions out. What a chart says stands in its title and
description, and in a table beside it. Looks come from charts.css, by class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 300
# Wide enough for “1,000,000”.
LEFT: Final = 78.0
RIGHT: Final = 700.0
TOP: Final = 16.0
BOTTOM: Final = 250.0
STEPS: Final = tuple(n * 10.0**e for e in range(-3, 5) for n in (1, 2, 5))
# Ticks are written without the noise of binary fractions.
DIGITS: Final = 9
# Of the width of a place.
BESIDE: Final = 0.15
MOST_TICKS: Final = 6
MOST_LABELS: Final = 8


@dataclass(frozen=True)
class Dot:
    """One value with its interval; `marked` where it should be seen first."""

    x: float
    y: float
    low: float
    high: float
    marked: bool = False


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """Values that belong together, in order: drawn as series 1, 2, …"""

    name: str
    dots: tuple[Dot, ...]
    number: int

    @property
    def end(self) -> Dot:
        return self.dots[-1]

    @property
    def points(self) -> str:
        """For a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True)
class Plot:
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    # Where both axes say the same: the points of a line; "": there is none.
    diagonal: str = ""
    # Heights to be reached.
    limits: tuple[Tick, ...] = ()
    # Whether each value is a dot; else only lines, each with its number at its end.
    dotted: bool = True
    width: int = WIDTH
    height: int = HEIGHT
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM

    @property
    def x_text(self) -> float:
        return self.bottom + 24

    @property
    def y_text(self) -> float:
        return self.left - 8


@dataclass(frozen=True)
class Value:
    """One value to draw: where along the axis, how high, its interval."""

    at: float
    value: float
    low: float
    high: float
    marked: bool = False


@dataclass(frozen=True)
class Scale:
    """Values to positions, with round ends."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)


def step(span: float, most: int = MOST_TICKS) -> float:
    """The smallest round step with which a span has no more than so many."""
    return next((s for s in STEPS if span / s <= most), STEPS[-1])


def rounded(
    low: float, high: float, first: float, last: float
) -> tuple[Scale, list[float]]:
    """A scale with round ends that holds both values, from one place to another; its ticks."""
    size = step(max(high - low, STEPS[0]))
    begin = low // size * size
    count = max(1, round(-((begin - high) // size)))
    scale = Scale(begin, begin + count * size, first, last)
    return scale, [round(begin + at * size, DIGITS) for at in range(count + 1)]


def plot(
    series: Sequence[tuple[str, Sequence[Value]]],
    labels: Sequence[str],
    written: Callable[[float], str],
    *,
    least: float | None = None,
) -> Plot:
    """Series along an axis with one label for each place (`at` is its number).

    `written` writes a value of the upright axis; `least` is a value it always holds.
    Several series stand a little beside each other, so that no interval hides another.
    """
    every = [each for _, values in series for each in values]
    ends = [end for each in every for end in (each.low, each.high)]
    ends += [] if least is None else [least]
    y, y_ticks = rounded(min(ends, default=0.0), max(ends, default=1.0), BOTTOM, TOP)
    x = Scale(-0.5, max(len(labels), 1) - 0.5, LEFT, RIGHT)
    each_so_many = -(-len(labels) // MOST_LABELS) or 1
    return Plot(
        lines=_lines(_apart(series), x, y),
        x_ticks=tuple(
            Tick(x(at), label)
            for at, label in enumerate(labels)
            if at % each_so_many == 0
        ),
        y_ticks=tuple(Tick(y(at), written(at)) for at in y_ticks),
    )


def _apart(
    series: Sequence[tuple[str, Sequence[Value]]],
) -> list[tuple[str, list[Value]]]:
    middle = (len(series) - 1) / 2
    return [
        (name, [replace(each, at=each.at + (n - middle) * BESIDE) for each in values])
        for n, (name, values) in enumerate(series)
    ]


def against_diagonal(
    series: Sequence[tuple[str, Sequence[Value]]], written: Callable[[float], str]
) -> Plot:
    """Shares against shares, both from 0 to 1: on the diagonal they are the same."""
    x, y = Scale(0.0, 1.0, LEFT, RIGHT), Scale(0.0, 1.0, BOTTOM, TOP)
    ticks = [at / 5 for at in range(6)]
    return Plot(
        lines=_lines(series, x, y),
        x_ticks=tuple(Tick(x(at), written(at)) for at in ticks),
        y_ticks=tuple(Tick(y(at), written(at)) for at in ticks),
        diagonal=f"{x(0)},{y(0)} {x(1)},{y(1)}",
    )


def lines(
    series: Sequence[tuple[str, Sequence[Value]]],
    written: tuple[Callable[[float], str], Callable[[float], str]],
    limits: Sequence[float],
) -> Plot:
    """Lines over numbers from 0 on, beside heights to be reached; `written`: x, then y."""
    every = [each for _, values in series for each in values]
    heights = [*(each.value for each in every), *limits]
    furthest = max((each.at for each in every), default=1.0)
    x, x_ticks = rounded(0.0, max(furthest, 1.0), LEFT, RIGHT)
    y, y_ticks = rounded(min(heights), max(heights), BOTTOM, TOP)
    return Plot(
        lines=_lines(series, x, y),
        x_ticks=tuple(Tick(x(at), written[0](at)) for at in x_ticks),
        y_ticks=tuple(Tick(y(at), written[1](at)) for at in y_ticks),
        limits=tuple(Tick(y(at), written[1](at)) for at in limits),
        dotted=False,
    )


def _lines(
    series: Sequence[tuple[str, Sequence[Value]]], x: Scale, y: Scale
) -> tuple[Line, ...]:
    return tuple(
        Line(
            name,
            tuple(
                Dot(x(v.at), y(v.value), y(v.low), y(v.high), v.marked) for v in values
            ),
            number % 4 + 1,
        )
        for number, (name, values) in enumerate(series)
    )
