"""Kind `spans`: labelled parts of a text, and how they relate to one another.

A value is a list of `{"start", "end", "label"}`; where the question has `relations`, it is
`{"spans": […], "relations": [{"from", "to", "label"}]}`, whose ends are places in the sorted
list of spans. Offsets count Unicode code points, as Python does; the end is not part of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec import structs

from labeling.kinds import output as outputs
from labeling.kinds.base import PreLabel, Problem
from labeling.kinds.kind import Kind
from labeling.kinds.labels import check_labels
from labeling.kinds.spans import agreement, checks, marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question

_WORD: Final = re.compile(r"\w+")


class Spans(Kind):
    """Parts of a text, each with a label."""

    keys: ClassVar[frozenset[str]] = frozenset({"labels", "overlapping", "relations"})
    marks: ClassVar[frozenset[str]] = frozenset({"text"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = check_labels(question.get("labels"), fewest=1)
        if not isinstance(question.get("overlapping", True), bool):
            found.append(Problem("overlapping", "must be true or false"))
        if "relations" in question:
            wrong = check_labels(question["relations"], fewest=1)
            found += [_of_relations(problem) for problem in wrong]
        return found

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if checks.has_relations(question):
            return checks.check_related(question, value)
        return checks.check_spans(question, value)

    def check_place(
        self, question: Question, value: Json, field: Json
    ) -> list[Problem]:
        length = len(field) if isinstance(field, str) else 0
        inside = "spans" if checks.has_relations(question) else ""
        text = f"ends after the text, which has {length} characters"
        return [
            Problem(f"{inside}[{at}].end", text)
            for at, span in enumerate(marks.spans_of(value))
            if span.end > length
        ]

    def normal(self, question: Question, value: Json) -> Json:
        return marks.read(value).as_json(related=checks.has_relations(question))

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return agreement.alike(marks.read(a), marks.read(b))

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        """The first word; two words where the question has relations, and one between them."""
        text = content.get(question.field)
        words = list(_WORD.finditer(text if isinstance(text, str) else ""))
        related = checks.has_relations(question)
        label = question.labels[0].id
        spans = [marks.Span(*word.span(), label) for word in words[: 1 + related]]
        named = checks.relation_ids(question) if len(spans) > 1 else []
        relations = [marks.Relation(spans[0], spans[1], each) for each in named[:1]]
        found = marks.Marks(frozenset(spans), frozenset(relations))
        return found.as_json(related=related)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        found = agreement.settle([marks.read(each) for each in values], among)
        related = checks.has_relations(question)
        return found.as_json(related=related) if found else None

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        """With relations too, `scores` has one number for each of the spans."""
        value = output.get("value") if isinstance(output, dict) else None
        if not isinstance(output, dict) or not isinstance(value, dict):
            return super().read_output(question, output)
        wrong = self.check_value(question, value)
        found = outputs.read(
            {**output, "value": value.get("spans")},
            check=lambda _spans: wrong,
            normal=lambda spans: marks.read(spans).as_json(related=False),
        )
        if isinstance(found, list):
            return found
        return structs.replace(found, value=self.normal(question, value))


def _of_relations(problem: Problem) -> Problem:
    """A problem of a list of labels, said of the list of relations."""
    path = problem.field.replace("labels", "relations", 1)
    text = problem.problem.replace("labels[", "relations[")
    return Problem(path, text.replace("one label", "one relation"))
