"""How a study's evidence went with its labels: a bounded number of points, for a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Where there are more, every other one is dropped.
MOST: Final = 200


class Point(NamedTuple):
    """ln of the e-values of "better" and "not worse" after so many labels."""

    labels: int
    better: float
    not_worse: float


@dataclass(frozen=True, slots=True)
class Path:
    """Points in order, after each `every`th label."""

    points: tuple[Point, ...] = ()
    every: int = 1

    def after(self, new: Iterable[Point]) -> Path:
        """With the points after some more labels, one for each."""
        every = self.every
        points = [*self.points, *(p for p in new if p.labels % every == 0)]
        while len(points) > MOST:
            every *= 2
            points = [point for point in points if point.labels % every == 0]
        return Path(tuple(points), every)

    @property
    def is_whole(self) -> bool:
        """Whether it begins with the first labels; a study may be older than its path."""
        return bool(self.points) and self.points[0].labels == self.every

    def as_json(self) -> dict[str, Any]:
        return {"every": self.every, "points": [list(point) for point in self.points]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Path:
        if not kept:
            return cls()
        points = (Point(int(n), better, other) for n, better, other in kept["points"])
        return cls(tuple(points), int(kept["every"]))
