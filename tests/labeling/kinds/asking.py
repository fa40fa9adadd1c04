"""Asks a kind for what it makes of questions, values and outputs."""

from __future__ import annotations

from typing import Any

from labeling import answers, kinds
from labeling.kinds.base import Json, PreLabel, Problem, Question


def ask(kind: str, **settings: Any) -> Question:
    """The question with these settings; it must be one."""
    read, problems = answers.read_questions([written(kind, **settings)])
    assert problems == []
    return read[0]


def written(kind: str, **settings: Any) -> Json:
    return {"id": "q", "kind": kind, "title": "What is it?", **settings}


def refusals(kind: str, **settings: Any) -> list[str]:
    """The fields of a question that cannot be asked, without the question itself."""
    _, problems = answers.read_questions([written(kind, **settings)])
    return [problem.field.removeprefix("questions[0].") for problem in problems]


def wrong(question: Question, value: Json) -> list[Problem]:
    return kinds.get(question.kind).check_value(question, value)


def alike(question: Question, a: Json, b: Json) -> float:
    return kinds.get(question.kind).alike(question, a, b)


def settled(question: Question, *values: Json, among: int | None = None) -> Json:
    kind = kinds.get(question.kind)
    return kind.settle(question, values, among=among or len(values))


def pre_label(question: Question, output: Json) -> PreLabel:
    read = kinds.get(question.kind).read_output(question, output)
    assert isinstance(read, PreLabel), read
    return read


def problems(question: Question, output: Json) -> list[str]:
    read = kinds.get(question.kind).read_output(question, output)
    assert isinstance(read, list), read
    return [problem.field for problem in read]
