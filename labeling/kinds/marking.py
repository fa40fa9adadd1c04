"""What the kinds have in common whose answers are lists of marks on a picture.

Two answers are as alike as their marks: 2 · Σ likeness of matched marks / (|a| + |b|), with
the matching of marks of the same label that makes the sum largest (Kuhn 1955).

Several answers settle each place for itself. Marks of different people with the same label
that are all at least half alike stand for one thing; one that a strict majority marked is
kept, one that a strict majority did not mark is left out. Where neither holds, nothing of
the question is settled.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, cast

from labeling.kinds import geometry, picture
from labeling.kinds.base import Problem
from labeling.kinds.coordinates import check_bounds, check_label, check_number
from labeling.kinds.kind import Kind
from labeling.kinds.labels import check_labels
from labeling.kinds.things import matched, things

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question
    from labeling.kinds.coordinates import Mark
    from labeling.kinds.geometry import Bounds, Point

# A mark may touch the edge of the picture, and rounding may carry it over.
_OVER: Final = 1.0
# Pixels of a picture that is not here to be measured.
_USUAL: Final = (640, 480)


class Marks(Kind):
    """A list of marks, each with a label, on one picture."""

    keys: ClassVar[frozenset[str]] = frozenset({"labels", "fewest", "most"})
    marks: ClassVar[frozenset[str]] = frozenset({"image"})
    styles: ClassVar[tuple[str, ...]] = ("labeling/shapes/marks.css",)
    thing: ClassVar[str]
    """One mark, in words."""

    @abstractmethod
    def check_mark(self, question: Question, mark: Mark) -> list[Problem]:
        """What is wrong with a mark that is an object, its label aside."""

    @abstractmethod
    def tidy(self, question: Question, mark: Mark) -> Mark:
        """A valid mark in its normal form."""

    @abstractmethod
    def outline(self, mark: Mark) -> list[Point]:
        """The places that must lie on the picture."""

    @abstractmethod
    def likeness(self, question: Question, a: Mark, b: Mark) -> float:
        """How alike two marks of the same label are, 0 to 1."""

    @abstractmethod
    def sample_mark(self, question: Question, room: Bounds) -> Mark:
        """A mark within these bounds, its label aside."""

    def together(
        self, question: Question, marks: Sequence[Mark], *, among: int
    ) -> Mark | None:
        """What the marks of a majority add up to: the one most like all others."""
        return max(
            marks, key=lambda one: sum(self._like(question, one, o) for o in marks)
        )

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = check_labels(question.get("labels"), fewest=1)
        return found + check_bounds(question)

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if not isinstance(value, list):
            return [Problem("", f"must be a list, one object for each {self.thing}")]
        found = check_number(question, len(value), self.thing)
        if found:
            return found
        return [
            problem.under(f"[{at}]")
            for at, mark in enumerate(value)
            for problem in self._check_mark(question, mark)
        ]

    def _check_mark(self, question: Question, mark: Json) -> list[Problem]:
        if not isinstance(mark, dict):
            return [Problem("", f"must be an object: a {self.thing}")]
        return self.check_mark(question, mark) + self.check_label(question, mark)

    def check_label(self, question: Question, mark: Mark) -> list[Problem]:
        """What is wrong with the label of a mark."""
        return check_label(question, mark)

    def check_place(
        self, question: Question, value: Json, field: Json
    ) -> list[Problem]:
        size = picture.size(field)
        if size is None:
            return []
        found = []
        for at, mark in enumerate(_marks(value)):
            left, top, right, bottom = geometry.bounds(self.outline(mark))
            inside = min(left, top) >= -_OVER and (
                right <= size[0] + _OVER and bottom <= size[1] + _OVER
            )
            if not inside:
                text = f"must lie on the picture, which is {size[0]} × {size[1]} px"
                found.append(Problem(f"[{at}]", text))
        return found

    def normal(self, question: Question, value: Json) -> Json:
        tidy = [self.tidy(question, mark) for mark in _marks(value)]
        return cast("Json", sorted(tidy, key=self._order))

    def _order(self, mark: Mark) -> tuple[object, ...]:
        """From top to bottom, as people read; then anything that tells marks apart."""
        left, top, right, bottom = geometry.bounds(self.outline(mark))
        return (
            top,
            left,
            bottom,
            right,
            str(mark.get("label")),
            repr(sorted(mark.items())),
        )

    def alike(self, question: Question, a: Json, b: Json) -> float:
        one, two = _marks(a), _marks(b)
        if not one and not two:
            return 1.0
        like = partial(self._like, question)
        total = sum(
            matched(_labelled(one, label), _labelled(two, label), like)
            for label in {mark.get("label") for mark in one}
        )
        return min(2 * total / (len(one) + len(two)), 1.0)

    def _like(self, question: Question, a: Mark, b: Mark) -> float:
        if a.get("label") != b.get("label"):
            return 0.0
        return 1.0 if a == b else self.likeness(question, a, b)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        size = picture.size(content.get(question.field)) or _USUAL
        mark = self.sample_mark(question, _middle(size))
        if question.labels:
            mark["label"] = question.labels[0].id
        fewest = cast("int", question.settings.get("fewest", 0))
        return [mark] * max(fewest, 1)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        if len(values) * 2 <= among:
            return None
        kept: list[Json] = []
        like = partial(self._like, question)
        for marks in things([_marks(value) for value in values], like):
            if len(marks) * 2 > among:
                settled = self.together(question, marks, among=among)
                if settled is None:
                    return None
                kept.append(cast("Json", settled))
            elif (len(values) - len(marks)) * 2 <= among:
                return None
        found = self.normal(question, kept)
        # as many as people agree on may be more or fewer than an answer may have
        return None if self.check_value(question, found) else found


def _middle(size: tuple[int, int]) -> Bounds:
    """A quarter of the picture, in whole pixels; all of one that has few."""
    width, height = size
    left, top = width // 4, height // 4
    return left, top, width - left, height - top


def _marks(value: Json) -> list[Mark]:
    return (
        [mark for mark in value if isinstance(mark, dict)]
        if isinstance(value, list)
        else []
    )


def _labelled(marks: Sequence[Mark], label: Json) -> list[Mark]:
    return [mark for mark in marks if mark.get("label") == label]
