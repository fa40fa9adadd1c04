"""Kind `polygons`: outlines or lines on a picture, each with a label.

Polygons are as alike as their areas overlap. Lines are as alike as they are near each other:
1 on top of each other, 0 where their mean distance is a tenth of the longer one's length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.kinds import geometry
from labeling.kinds.base import Problem
from labeling.kinds.coordinates import check_keys, point
from labeling.kinds.geometry import tenth
from labeling.kinds.marking import Marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question
    from labeling.kinds.coordinates import Mark
    from labeling.kinds.geometry import Bounds, Point

_SHAPES: Final = ("polygon", "line")
_KEYS: Final = ("points", "label", "closed")
_MOST_POINTS: Final = 1_000
_NEAR: Final = 0.1


class Polygons(Marks):
    """Closed outlines, or open lines where the question says `shape: line`."""

    keys: ClassVar[frozenset[str]] = Marks.keys | {"shape"}
    thing: ClassVar[str] = "shape"

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = super().check_question(question)
        if question.get("shape", "polygon") not in _SHAPES:
            found.append(Problem("shape", f"must be one of: {', '.join(_SHAPES)}"))
        return found

    def check_mark(self, question: Question, mark: Mark) -> list[Problem]:
        found = check_keys(mark, _KEYS, self.thing)
        closed = _is_closed(question)
        if mark.get("closed", closed) is not closed:
            text = f"must be {str(closed).lower()}, as the question asks, or left out"
            found.append(Problem("closed", text))
        points, fewest = mark.get("points"), 3 if closed else 2
        if not isinstance(points, list) or not fewest <= len(points) <= _MOST_POINTS:
            text = f"must be a list of {fewest} to {_MOST_POINTS} points [x, y]"
            return [*found, Problem("points", text)]
        return found + [
            Problem(f"points[{at}]", "must be [x, y], in pixels")
            for at, each in enumerate(points)
            if point(each) is None
        ]

    def tidy(self, question: Question, mark: Mark) -> Mark:
        points = [(tenth(x), tenth(y)) for x, y in _points(mark)]
        if _is_closed(question):
            points = _from_one_corner(points)
        plain: Json = [[x, y] for x, y in points]
        return {"points": plain, "label": mark["label"], "closed": _is_closed(question)}

    def sample_mark(self, question: Question, room: Bounds) -> Mark:
        left, top, right, bottom = room
        third: list[list[Json]] = [[left, bottom]] if _is_closed(question) else []
        return {"points": [[left, top], [right, bottom], *third]}

    def outline(self, mark: Mark) -> list[Point]:
        return _points(mark)

    def likeness(self, question: Question, a: Mark, b: Mark) -> float:
        one, two = _points(a), _points(b)
        if not _is_closed(question):
            longer = max(geometry.length(one), geometry.length(two), 1.0)
            far = geometry.mean_distance(one, two) / (longer * _NEAR)
            return max(1.0 - far, 0.0)
        if geometry.apart(geometry.bounds(one), geometry.bounds(two)):
            return 0.0
        return geometry.area_overlap(one, two)


def _is_closed(question: Question) -> bool:
    return question.settings.get("shape", "polygon") == "polygon"


def _points(mark: Mark) -> list[Point]:
    given = mark["points"]
    places = [point(each) for each in given] if isinstance(given, list) else []
    return [place for place in places if place is not None]


def _from_one_corner(points: list[Point]) -> list[Point]:
    """The same outline, clockwise from its leftmost point: who drew it how is no difference."""
    # in whole tenths, so that an area of nothing is exactly nothing
    turning = geometry.area([(round(x * 10), round(y * 10)) for x, y in points])
    ways = [points] if turning > 0 else [points[::-1]]
    if not turning:
        ways.append(points)
    first = min(points)
    return min(
        way[at:] + way[:at]
        for way in ways
        for at, place in enumerate(way)
        if place == first
    )
