"""A payload that fits a schema, and what a model may say of it: for showing how both are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling import fields, kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.fields.base import Field
    from labeling.kinds.base import Json, Question


def payload(questions: Sequence[Question], shown: Sequence[Field]) -> dict[str, Json]:
    """A value for every field, with something in it for each question to mark."""
    content = {each.name: fields.get(each.type).sample for each in shown}
    for question in questions:
        if question.field in content:
            kind, given = kinds.get(question.kind), content[question.field]
            content[question.field] = kind.sample_field(question, given)
    return content


def output(
    questions: Sequence[Question], content: Mapping[str, Json]
) -> dict[str, Json]:
    """What a model may say of this payload, as answers.read_output takes it.

    Left out are questions that are not asked after what is said of those before, and those
    to which there is no answer (a whole number between 0.2 and 0.8).
    """
    values: dict[str, Json] = {}
    said: dict[str, Json] = {}
    for question in questions:
        if question.when and not question.when.holds(values):
            continue
        kind = kinds.get(question.kind)
        value = kind.sample(question, content)
        if value is not None:
            values[question.id] = value
            said[question.id] = kind.sample_output(question, value)
    only = said.get(questions[0].id) if len(questions) == 1 else None
    return only if isinstance(only, dict) else said
