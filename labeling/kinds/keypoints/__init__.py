"""Kind `keypoints`: named points of each thing on a picture, such as the joints of a body.

Two things are as alike as their points are near (object keypoint similarity, COCO 2016):
the mean over all points that either has of exp(−d² / 2s²k²), with k = 0.1 for every point
and s² the area that the points of both take up, at least 32 × 32 px. A point that only one
of them has counts 0; whether it is hidden counts nothing.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, ClassVar, Final, cast

from labeling.kinds import geometry
from labeling.kinds.base import Problem
from labeling.kinds.coordinates import check_bounds, check_keys, check_label, point
from labeling.kinds.geometry import tenth
from labeling.kinds.keypoints.settings import check_points, check_skeleton, point_ids
from labeling.kinds.labels import check_labels
from labeling.kinds.marking import Marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question
    from labeling.kinds.coordinates import Mark
    from labeling.kinds.geometry import Bounds, Point

_KEYS: Final = ("points", "label")
_HIDDEN: Final = "hidden"
_K: Final = 0.1
_SMALLEST_AREA: Final = 32.0 * 32.0
_SAME: Final = 0.5


class Keypoints(Marks):
    """Instances of a thing with named points; labels only where there are several things."""

    keys: ClassVar[frozenset[str]] = Marks.keys | {"points", "skeleton", "visibility"}
    thing: ClassVar[str] = "set of points"

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = check_bounds(question) + check_points(question.get("points"))
        if question.get("labels") is not None:
            found += check_labels(question["labels"], fewest=1)
        if not isinstance(question.get("visibility", False), bool):
            found.append(Problem("visibility", "must be true or false"))
        return found or check_skeleton(question)

    def check_mark(self, question: Question, mark: Mark) -> list[Problem]:
        found = check_keys(mark, _KEYS, self.thing)
        points, known = mark.get("points"), point_ids(question.settings.get("points"))
        if not isinstance(points, dict) or not points:
            text = 'must be an object such as {"nose": [12, 30]}, of at least one point'
            return [*found, Problem("points", text)]
        hideable = bool(question.settings.get("visibility"))
        for key, place in points.items():
            path = f"points.{str(key)[:64]}"
            if key not in known:
                found.append(Problem(path, f"is not known; use: {', '.join(known)}"))
            elif not _is_place(place, hideable=hideable):
                more = ' or [x, y, "hidden"]' if hideable else ""
                found.append(Problem(path, f"must be [x, y]{more}, in pixels"))
        return found

    def check_label(self, question: Question, mark: Mark) -> list[Problem]:
        if question.labels:
            return check_label(question, mark)
        text = "must be left out; the question has no labels"
        return [Problem("label", text)] if "label" in mark else []

    def tidy(self, question: Question, mark: Mark) -> Mark:
        given = cast("dict[str, list[Json]]", mark["points"])
        order = point_ids(question.settings.get("points"))
        points: Json = {key: _tidy_place(given[key]) for key in order if key in given}
        label: Mark = {"label": mark["label"]} if "label" in mark else {}
        return {**label, "points": points}

    def sample_mark(self, question: Question, room: Bounds) -> Mark:
        """All its points, on the way from one corner to the other."""
        left, top, right, bottom = room
        ids = point_ids(question.settings.get("points"))
        points: dict[str, Json] = {}
        for at, each in enumerate(ids):
            share = at / len(ids)
            x, y = left + (right - left) * share, top + (bottom - top) * share
            points[each] = [tenth(x), tenth(y)]
        return {"points": points}

    def outline(self, mark: Mark) -> list[Point]:
        return list(_places(mark).values())

    def likeness(self, question: Question, a: Mark, b: Mark) -> float:
        one, two = _places(a), _places(b)
        room = 2 * _K * _K * _area([*one.values(), *two.values()])
        total = sum(
            math.exp(-(math.dist(one[key], two[key]) ** 2) / room)
            for key in one.keys() & two.keys()
        )
        return total / len(one.keys() | two.keys())

    def together(
        self, question: Question, marks: Sequence[Mark], *, among: int
    ) -> Mark | None:
        """Each point at the median, where a majority has it near there; None while one is open."""
        points: dict[str, Json] = {}
        for key in point_ids(question.settings.get("points")):
            given = [mark for mark in marks if key in _places(mark)]
            if len(given) * 2 > among:
                place = _median(key, given)
                near = _near(key, given, place)
                if len(near) * 2 <= among:
                    return None
                points[key] = [*map(tenth, place), *_hidden(key, near)]
            elif (len(marks) - len(given)) * 2 <= among and given:
                return None
        return {**marks[0], "points": points} if points else None


def _tidy_place(place: list[Json]) -> Json:
    rounded: list[Json] = [tenth(cast("float", each)) for each in place[:2]]
    return rounded + place[2:]


def _is_place(value: Json, *, hideable: bool) -> bool:
    if not isinstance(value, list):
        return False
    more = value[2:]
    return point(value[:2]) is not None and (
        not more or (hideable and more == [_HIDDEN])
    )


def _places(mark: Mark) -> dict[str, Point]:
    given = cast("dict[str, list[float]]", mark["points"])
    return {key: (place[0], place[1]) for key, place in given.items()}


def _area(points: Sequence[Point]) -> float:
    left, top, right, bottom = geometry.bounds(points)
    return max((right - left) * (bottom - top), _SMALLEST_AREA)


def _median(key: str, marks: Sequence[Mark]) -> Point:
    places = [_places(mark)[key] for mark in marks]
    return median(x for x, _ in places), median(y for _, y in places)


def _near(key: str, marks: Sequence[Mark], place: Point) -> list[Mark]:
    """Those whose point is so near to the place that it counts at least one half."""
    room = 2 * _K * _K * _area([p for mark in marks for p in _places(mark).values()])
    farthest = math.sqrt(-math.log(_SAME) * room)
    return [m for m in marks if math.dist(_places(m)[key], place) <= farthest]


def _hidden(key: str, marks: Sequence[Mark]) -> list[Json]:
    given = [cast("dict[str, list[Json]]", mark["points"])[key] for mark in marks]
    hidden = sum(_HIDDEN in place for place in given)
    return [_HIDDEN] if hidden * 2 > len(given) else []
