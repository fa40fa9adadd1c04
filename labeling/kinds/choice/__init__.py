"""Kind `choice`: exactly one label of a list. A value is the label's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds.base import Problem
from labeling.kinds.choice import output as outputs
from labeling.kinds.kind import Kind
from labeling.kinds.labels import check_labels
from labeling.kinds.output import SAMPLE_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, PreLabel, Question


class Choice(Kind):
    """One of a list of labels."""

    keys: ClassVar[frozenset[str]] = frozenset({"labels"})
    classes: ClassVar[bool] = True

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

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return question.labels[0].id

    def sample_output(self, question: Question, value: Json) -> dict[str, Json]:
        return {"label": value, "confidence": SAMPLE_CONFIDENCE}

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        return outputs.read(question, output)
