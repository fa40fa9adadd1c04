"""The model's answer that a person starts from, as tasks keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labeling import kinds, references, versions

if TYPE_CHECKING:
    from labeling.kinds.base import Json, PreLabel, Question
    from labeling.models import Task


def as_json(pre_labels: Mapping[str, PreLabel]) -> dict[str, Any]:
    """question id -> {"value", "confidence"?, "probabilities"?, "scores"?}"""
    return {question: _one(each) for question, each in pre_labels.items()}


def sorted_out(task: Task) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The pre-labels that can be shown as answers, and those that cannot, with the reason.

    A task may have been moved to a version of the schema that asks something else.
    """
    if not task.pre_label:
        return task.pre_label, {}
    questions = {each.id: each for each in versions.questions(task.schema_version_id)}
    content = task.payload.content or {}
    wrong = {
        key: _why_not(questions.get(key), said["value"], content)
        for key, said in task.pre_label.items()
    }
    fitting = {key: said for key, said in task.pre_label.items() if not wrong[key]}
    return fitting, {
        key: {"value": task.pre_label[key]["value"], "why": why}
        for key, why in wrong.items()
        if why
    }


def _why_not(
    question: Question | None, value: Json, content: Mapping[str, Json]
) -> str | None:
    if question is None:
        return "this version of the schema does not ask it"
    kind = kinds.get(question.kind)
    problems = kind.check_value(question, value)
    field = content.get(question.field)
    elsewhere = references.lies_elsewhere(content, field)
    if question.field and not problems and not elsewhere:
        problems = kind.check_place(question, value, field)
    return f"{problems[0].field} {problems[0].problem}".strip() if problems else None


def _one(pre_label: PreLabel) -> dict[str, Any]:
    plain: dict[str, Any] = {"value": pre_label.value}
    if pre_label.confidence is not None:
        plain["confidence"] = pre_label.confidence
    if pre_label.probabilities:
        plain["probabilities"] = dict(pre_label.probabilities)
    if pre_label.scores:
        plain["scores"] = list(pre_label.scores)
    return plain
