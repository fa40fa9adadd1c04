"""The curve of work and risk as places in a drawing: x reviews a day, y errors let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewer.stats.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.replaying.replays import Outcome, Replayed

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 20, 52
TICKS: Final = 4
_ROOM: Final = 1.05


@dataclass(frozen=True, slots=True)
class Tick:
    place: float
    value: float


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
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw(replayed: Replayed) -> Drawing | None:
    """None where nothing can be said of errors."""
    curve = [
        (point.looked_at, point.let_through)
        for point in sorted(replayed.curve, key=lambda each: each.looked_at)
        if isinstance(point.let_through, Estimate)
    ]
    outcomes = [each for each in (replayed.old, replayed.new) if each is not None]
    most = [*(x for x, _ in curve), *(each.looked_at for each in outcomes)]
    errors = [each for _, each in curve] + [
        each.let_through for each in outcomes if isinstance(each.let_through, Estimate)
    ]
    if len(curve) < 2 or not max(most):
        return None
    scale = _Scale(max(most) * _ROOM, max(each.high for each in errors) * _ROOM or 1.0)
    upper = [scale.point(x, each.high) for x, each in curve]
    lower = [scale.point(x, each.low) for x, each in reversed(curve)]
    return Drawing(
        line=" ".join(scale.point(x, each.value) for x, each in curve),
        band=" ".join([*upper, *lower]),
        old=scale.mark(replayed.old),
        new=scale.mark(replayed.new),
        x_ticks=[Tick(scale.x(v), v) for v in _even(scale.most)],
        y_ticks=[Tick(scale.y(v), v) for v in _even(scale.worst)],
    )


def _even(most: float) -> Sequence[float]:
    return [most * at / TICKS for at in range(TICKS + 1)]


@dataclass(frozen=True, slots=True)
class _Scale:
    most: float
    worst: float

    def x(self, looked_at: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * looked_at / self.most, 1)

    def y(self, share: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share / self.worst, 1)

    def point(self, looked_at: float, share: float) -> str:
        return f"{self.x(looked_at)},{self.y(share)}"

    def mark(self, outcome: Outcome | None) -> Mark | None:
        if outcome is None or not isinstance(outcome.let_through, Estimate):
            return None
        found = outcome.let_through
        x, y = self.x(outcome.looked_at), self.y(found.value)
        diamond = f"{x},{y - 9} {x + 9},{y} {x},{y + 9} {x - 9},{y}"
        return Mark(x, y, self.y(found.low), self.y(found.high), diamond)
