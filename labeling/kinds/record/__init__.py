"""Kind `record`: a form made from a JSON Schema. A value is the object that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds.kind import Kind
from labeling.kinds.record import leaves, output, samples, schemas, values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, PreLabel, Problem, Question


class Record(Kind):
    """What stands in a document, field by field."""

    keys: ClassVar[frozenset[str]] = frozenset({"schema"})
    example: ClassVar[Mapping[str, Json]] = {
        "schema": {
            "type": "object",
            "properties": {
                "number": {"type": "string", "title": "Number"},
                "total": {"type": "number", "title": "Total", "minimum": 0},
            },
            "required": ["number"],
        }
    }

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        return [p.under("schema") for p in schemas.check(question.get("schema"))]

    def complete(self, settings: Mapping[str, Json]) -> dict[str, Json]:
        schema = settings.get("schema")
        if not isinstance(schema, dict):
            return dict(settings)
        return {**settings, "schema": schemas.ordered(schema)}

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        return values.check(question.settings["schema"], value)

    def normal(self, question: Question, value: Json) -> Json:
        return values.normal(question.settings["schema"], value)

    def alike(self, question: Question, a: Json, b: Json) -> float:
        """The share of equal leaves in those that either has; lists are compared by place."""
        return leaves.alike(self.normal(question, a), self.normal(question, b))

    def read_output(
        self, question: Question, output_: Json
    ) -> PreLabel | list[Problem]:
        return output.read(self, question, output_)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return next(samples.fitting(question.settings["schema"]), None)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        """What most say as a whole; else leaf by leaf, if all have the same leaves."""
        whole = super().settle(question, values, among=among)
        return leaves.settle(values, among=among) if whole is None else whole
