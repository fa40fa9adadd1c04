"""Kind `choice`: exactly one label of a list. A value is the label's id."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labeling.kinds.base import Problem
from labeling.kinds.choice import output as outputs
from labeling.kinds.choice.labels import check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, PreLabel, Question


class Choice:
    """One of a list of labels."""

    keys = frozenset({"labels"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        return check_labels(question.get("labels"))

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if isinstance(value, str) and value in question.label_ids:
            return []
        if not isinstance(value, str):
            return [Problem("", "must be the id of a label, as text")]
        return [Problem("", outputs.unknown_label(question, value))]

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return float(a == b)

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        return outputs.read(question, output)

    def settle(
        self,
        question: Question,
        values: Sequence[Json],
        *,
        among: int,
    ) -> Json:
        counts = Counter(value for value in values if isinstance(value, str))
        value, votes = counts.most_common(1)[0] if counts else (None, 0)
        return value if votes * 2 > among else None

    def export(self, value: Json) -> Json:
        return value
