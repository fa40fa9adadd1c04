"""Kind `boxes`: things on a picture, each in a box with a label; boxes may be turned."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, ClassVar, Final, cast

from labeling.kinds import geometry
from labeling.kinds.base import Problem
from labeling.kinds.coordinates import check_keys, number
from labeling.kinds.geometry import tenth
from labeling.kinds.marking import Marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question
    from labeling.kinds.coordinates import Mark
    from labeling.kinds.geometry import Bounds, Point

_PLACE: Final = ("x", "y", "width", "height")
_KEYS: Final = (*_PLACE, "label")
_TURNED: Final = (*_KEYS, "rotation")
_SMALLEST: Final = 0.1


class Boxes(Marks):
    """Boxes; x, y is the top left corner before it is turned around its centre."""

    keys: ClassVar[frozenset[str]] = Marks.keys | {"rotated"}
    thing: ClassVar[str] = "box"

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = super().check_question(question)
        if not isinstance(question.get("rotated", False), bool):
            found.append(Problem("rotated", "must be true or false"))
        return found

    def check_mark(self, question: Question, mark: Mark) -> list[Problem]:
        known = _TURNED if question.settings.get("rotated") else _KEYS
        found = check_keys(mark, known, self.thing)
        for key in _PLACE:
            given = number(mark.get(key))
            if given is None:
                found.append(Problem(key, "must be a number of pixels"))
            elif key in ("width", "height") and given < _SMALLEST:
                found.append(Problem(key, f"must be at least {_SMALLEST} px"))
        turned = number(mark.get("rotation", 0))
        if turned is None or not 0 <= turned < 360:
            text = "must be degrees clockwise, from 0 to less than 360"
            found.append(Problem("rotation", text))
        return found

    def tidy(self, question: Question, mark: Mark) -> Mark:
        tidy: Mark = {key: tenth(cast("float", mark[key])) for key in _PLACE}
        turned = tenth(_rotation(mark)) % 360
        return {
            **tidy,
            "label": mark["label"],
            **({"rotation": turned} if turned else {}),
        }

    def sample_mark(self, question: Question, room: Bounds) -> Mark:
        left, top, right, bottom = room
        return {"x": left, "y": top, "width": right - left, "height": bottom - top}

    def outline(self, mark: Mark) -> list[Point]:
        x, y, width, height = (cast("float", mark[key]) for key in _PLACE)
        return geometry.corners(x, y, width, height, _rotation(mark))

    def likeness(self, question: Question, a: Mark, b: Mark) -> float:
        one, two = self.outline(a), self.outline(b)
        around = geometry.bounds(one), geometry.bounds(two)
        if geometry.apart(*around):
            return 0.0
        if not _rotation(a) and not _rotation(b):
            return geometry.upright_overlap(*around)
        return geometry.convex_overlap(one, two)

    def together(
        self, question: Question, marks: Sequence[Mark], *, among: int
    ) -> Mark | None:
        """The box of the median edges; of boxes that are turned the one most like the others."""
        if any(_rotation(mark) for mark in marks):
            return super().together(question, marks, among=among)
        if all(mark == marks[0] for mark in marks):
            return marks[0]
        edges = zip(*(geometry.bounds(self.outline(m)) for m in marks), strict=True)
        left, top, right, bottom = (median(edge) for edge in edges)
        return {
            "x": left,
            "y": top,
            "width": max(right - left, _SMALLEST),
            "height": max(bottom - top, _SMALLEST),
            "label": marks[0]["label"],
        }


def _rotation(mark: Mark) -> float:
    return cast("float", mark.get("rotation", 0))
