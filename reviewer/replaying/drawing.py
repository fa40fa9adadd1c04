"""The curve of work and risk as places in a drawing: x reviews a day, y errors let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer import charts
from reviewer.charts import Scale, Tick
from reviewer.stats.estimates import Estimate
from reviewer.templatetags.replays import a_day, per_thousand

if TYPE_CHECKING:
    from reviewer.replaying.replays import Outcome, Replayed


@dataclass(frozen=True, slots=True)
class Mark:
    """A policy in the drawing, with its interval."""

    x: float
    y: float
    low: float
    high: float
    # A diamond around it, for the other shape than a circle.
    diamond: str


@dataclass(frozen=True, slots=True)
class Drawing:
    line: str
    band: str
    old: Mark | None
    new: Mark | None
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = charts.WIDTH
    height: int = charts.HEIGHT
    left: float = charts.LEFT
    right: float = charts.RIGHT
    top: float = charts.TOP
    bottom: float = charts.BOTTOM

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def draw(replayed: Replayed) -> Drawing | None:
    """None where nothing can be said of errors."""
    curve = [
        (point.looked_at, point.let_through)
        for point in sorted(replayed.curve, key=lambda each: each.looked_at)
        if isinstance(point.let_through, Estimate)
    ]
    outcomes = [each for each in (replayed.old, replayed.new) if each is not None]
    most = max([*(x for x, _ in curve), *(each.looked_at for each in outcomes)])
    errors = [each for _, each in curve] + [
        each.let_through for each in outcomes if isinstance(each.let_through, Estimate)
    ]
    if len(curve) < 2 or not most:
        return None
    worst = max(each.high for each in errors)
    x, x_ticks = charts.rounded(0.0, most, charts.LEFT, charts.RIGHT)
    y, y_ticks = charts.rounded(0.0, worst, charts.BOTTOM, charts.TOP)
    upper = [(at, each.high) for at, each in curve]
    lower = [(at, each.low) for at, each in reversed(curve)]
    return Drawing(
        line=_points([(at, each.value) for at, each in curve], x, y),
        band=_points([*upper, *lower], x, y),
        old=_mark(replayed.old, x, y),
        new=_mark(replayed.new, x, y),
        x_ticks=[Tick(x(at), a_day(at)) for at in x_ticks],
        y_ticks=[Tick(y(at), per_thousand(at)) for at in y_ticks],
    )


def _points(values: list[tuple[float, float]], x: Scale, y: Scale) -> str:
    return " ".join(f"{x(looked_at)},{y(share)}" for looked_at, share in values)


def _mark(outcome: Outcome | None, x: Scale, y: Scale) -> Mark | None:
    if outcome is None or not isinstance(outcome.let_through, Estimate):
        return None
    found = outcome.let_through
    at, height = x(outcome.looked_at), y(found.value)
    diamond = f"{at},{height - 9} {at + 9},{height} {at},{height + 9} {at - 9},{height}"
    return Mark(at, height, y(found.low), y(found.high), diamond)
