"""Kind `choices`: any number of labels of a list. A value is a list of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds import sets
from labeling.kinds.base import Problem
from labeling.kinds.checks import is_whole
from labeling.kinds.choice.output import unknown_label
from labeling.kinds.choices import output as outputs
from labeling.kinds.kind import Kind
from labeling.kinds.labels import check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, PreLabel, Question


class Choices(Kind):
    """Any number of a list of labels, in the order of the list; none is an answer too."""

    keys: ClassVar[frozenset[str]] = frozenset({"labels", "fewest", "most"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        labels = question.get("labels")
        return check_labels(labels, fewest=1) or _check_limits(question)

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        def wrong(each: str) -> str | None:
            known = each in question.label_ids
            return None if known else unknown_label(question, each)

        found = sets.check_ids(value, wrong)
        count = len(value) if isinstance(value, list) else 0
        fewest, most = limits(question)
        if found or fewest <= count <= most:
            return found
        wanted = f"at least {fewest}" if count < fewest else f"at most {most}"
        return [Problem("", f"must have {wanted} of the labels, it has {count}")]

    def normal(self, question: Question, value: Json) -> Json:
        chosen = sets.ids(value)
        return [label.id for label in question.labels if label.id in chosen]

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return sets.alike(a, b)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        fewest, _ = limits(question)
        return [label.id for label in question.labels[: max(fewest, 1)]]

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        if not isinstance(output, dict) or "probabilities" not in output:
            return super().read_output(question, output)
        given = outputs.with_value(question, output, *limits(question))
        if isinstance(given, list):
            return given
        read = super().read_output(question, given.rest)
        return given.completed(read)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        settled = sets.settle(values, among=among)
        if settled is None:
            return None
        value = self.normal(question, [*settled])
        # each label has its majority, but together they may be too few or too many
        return None if self.check_value(question, value) else value


def limits(question: Question) -> tuple[int, int]:
    """The fewest and the most labels of an answer."""
    fewest = question.settings.get("fewest", 0)
    most = question.settings.get("most", len(question.labels))
    return (fewest, most) if is_whole(fewest) and is_whole(most) else (0, 0)


def _check_limits(question: Mapping[str, Json]) -> list[Problem]:
    labels = question["labels"]
    count = len(labels) if isinstance(labels, list) else 0
    fewest, most = question.get("fewest", 0), question.get("most", count)
    if not is_whole(fewest) or not 0 <= fewest <= count:
        return [Problem("fewest", f"must be a whole number from 0 to {count}")]
    if not is_whole(most) or not max(1, fewest) <= most <= count:
        text = f"must be a whole number from {max(1, fewest)} to {count}"
        return [Problem("most", text)]
    return []
