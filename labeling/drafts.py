"""Unfinished answers whose task is asked something else now: what still fits stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling import kinds, versions
from labeling.answers import is_unanswerable

if TYPE_CHECKING:
    from labeling.kinds.base import Json, Question
    from labeling.models import Draft


def fitting(schema_version: int, answer: Json) -> dict[str, Json]:
    """The values of a draft that answer questions of this version."""
    questions = {each.id: each for each in versions.questions(schema_version)}
    if not isinstance(answer, dict):
        return {}
    return {
        key: value
        for key, value in answer.items()
        if key in questions and _fits(questions[key], value)
    }


def _fits(question: Question, value: Json) -> bool:
    if is_unanswerable(value):
        return True
    return not kinds.get(question.kind).check_value(question, value)


def cut(draft: Draft, schema_version: int) -> None:
    """Keep what fits of a draft; one that has nothing left goes."""
    kept = fitting(schema_version, draft.answer)
    if not kept:
        draft.delete()
    elif kept != draft.answer:
        draft.answer = kept
        draft.save(update_fields=["answer"])
