"""Kind `pairwise`: which of two fields is better. A value is "a", "b", "tie" or "both_bad"."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.kinds.base import Problem
from labeling.kinds.checks import check_switch
from labeling.kinds.kind import Kind
from labeling.kinds.wording import wrong_with_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question

# what may be said beside "a" and "b", and the key that allows it
_MORE: Final = {"tie": "ties", "both_bad": "both_bad"}


class Pairwise(Kind):
    """The better one of two fields; whether they may be equal, or both bad, is said."""

    keys: ClassVar[frozenset[str]] = frozenset({"a", "b", "ties", "both_bad", "swap"})
    shows: ClassVar[tuple[str, ...]] = ("a", "b")

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        checked = {key: wrong_with_id(question.get(key)) for key in self.shows}
        found = [
            Problem(key, f"names a field to compare, and {wrong}")
            for key, wrong in checked.items()
            if wrong
        ]
        if not found and question["a"] == question["b"]:
            found.append(Problem("b", "must be another field than a"))
        for key in ("ties", "both_bad", "swap"):
            found += check_switch(question, key)
        return found

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        allowed = self.allowed(question)
        if isinstance(value, str) and value in allowed:
            return []
        return [Problem("", f"must be one of: {', '.join(allowed)}")]

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return float(a == b)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return "a"

    @staticmethod
    def allowed(question: Question) -> list[str]:
        more = [said for said, key in _MORE.items() if question.settings.get(key)]
        return ["a", "b", *more]
