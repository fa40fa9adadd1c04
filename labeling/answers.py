"""Answers: a map from question to value. Fits its questions? How alike are two? What do several say?

`{"label": x}` is shorthand where there is one question, and `{"unanswerable": "why"}` says
so of every question; normalise() writes both out. As the value of one question,
`{"unanswerable": "why"}` is an answer like any other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from labeling import kinds, references
from labeling.kinds.base import Json, PreLabel, Problem, Question
from labeling.kinds.wording import wrong_with_text
from labeling.questions import read_fields as read_fields
from labeling.questions import read_questions as read_questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Answer: TypeAlias = "dict[str, Json]"

UNANSWERABLE = "unanswerable"
_LABEL = "label"
_LONGEST_REASON = 500
_LONGEST_LABEL = 64
_OUTPUT_KEYS = frozenset({"label", "confidence", "probabilities", "value", "scores"})


def is_unanswerable(value: Json) -> bool:
    """Whether this value says that its question cannot be answered."""
    return isinstance(value, dict) and set(value) == {UNANSWERABLE}


def normalise(questions: Sequence[Question], answer: Json) -> Json:
    """The answer with shorthands written out; what is no shorthand stays as it is."""
    if not isinstance(answer, dict):
        return answer
    if is_unanswerable(answer):
        return {question.id: answer for question in questions}
    if set(answer) == {_LABEL} and len(questions) == 1:
        return {questions[0].id: answer[_LABEL]}
    said: Answer = {key: v for key, v in answer.items() if v is not None}
    for question in questions:
        if question.when and not question.when.holds(said):
            said.pop(question.id, None)
    return said


def check_answer(questions: Sequence[Question], answer: Json) -> list[Problem]:
    """Everything that is wrong with an answer, shorthand or written out; [] if it fits."""
    full = normalise(questions, answer)
    if not isinstance(full, dict):
        return [Problem("", "must be an object: question id to value")]
    known = {question.id for question in questions}
    found = [
        Problem(str(key)[:64], f"is no question; there are: {', '.join(sorted(known))}")
        for key in full
        if key not in known
    ]
    for question in questions:
        found += [p.under(question.id) for p in _check_value(question, full)]
    return found


def check_places(
    questions: Sequence[Question], answer: Answer, content: Mapping[str, Json]
) -> list[Problem]:
    """What of an answer that fits lies outside of the payload that it marks.

    Marks in what is only referred to are taken as they are: to look, the server would have
    to fetch it, which may take long or fail, and no answer may be lost by that.
    """
    found = []
    for question, value in _said(questions, answer):
        field = content.get(question.field)
        if references.lies_elsewhere(content, field):
            continue
        places = kinds.get(question.kind).check_place(question, value, field)
        found += [p.under(question.id) for p in places]
    return found


def marks(questions: Sequence[Question]) -> bool:
    """Whether answers to one of them mark a part of the payload."""
    return any(kinds.get(question.kind).marks for question in questions)


def in_normal_form(questions: Sequence[Question], answer: Json) -> Answer:
    """An answer that fits, written out, in the one form in which it is kept.

    What was said of questions that are not asked (see Question.when) is left out.
    """
    full = _written_out(questions, answer)
    return full | {
        question.id: kinds.get(question.kind).normal(question, value)
        for question, value in _said(questions, full)
    }


def _said(questions: Sequence[Question], answer: Answer) -> list[tuple[Question, Json]]:
    given = [(question, answer.get(question.id)) for question in questions]
    return [(q, v) for q, v in given if v is not None and not is_unanswerable(v)]


def as_label(value: Json) -> str:
    """A value in at most 64 characters, as predictions keep it; equal for equal values."""
    if isinstance(value, str) and len(value) <= _LONGEST_LABEL:
        return value
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    text = msgspec.json.encode(value, order="sorted")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def agree(questions: Sequence[Question], a: Answer, b: Answer) -> float:
    """How alike two answers are, 0 to 1: the mean over the questions."""
    one, two = _written_out(questions, a), _written_out(questions, b)
    each = [_alike(q, one.get(q.id), two.get(q.id)) for q in questions]
    return sum(each) / len(each)


@dataclass(frozen=True, slots=True)
class Tally:
    """What several answers add up to: settled values, and the questions still open.

    A question that a majority left blank is settled without a value: it is in neither.
    """

    values: Answer
    unsettled: tuple[str, ...]


def tally(questions: Sequence[Question], answers: Sequence[Answer]) -> Tally:
    """Each question's strict majority; "unanswerable" and blank count as values."""
    full = [_written_out(questions, answer) for answer in answers]
    values: Answer = {}
    unsettled = []
    for question in questions:
        given = [answer.get(question.id) for answer in full]
        value = _settle(question, given)
        if value is not None:
            values[question.id] = value
        elif given.count(None) * 2 <= len(given):
            unsettled.append(question.id)
    return Tally(values, tuple(unsettled))


def settle(questions: Sequence[Question], answers: Sequence[Answer]) -> Answer | None:
    """The one answer of a strict majority on every question; None while one is open."""
    found = tally(questions, answers)
    return None if found.unsettled or not answers else found.values


def read_output(
    questions: Sequence[Question], output: Json
) -> tuple[dict[str, PreLabel], list[Problem]]:
    """A model's output as pre-labels by question id, and what is wrong with it.

    Either `{"label", "confidence"?, "probabilities"?}` where there is one question, or a
    map from question id to such an object; a model may leave questions out.
    """
    if not isinstance(output, dict) or not output:
        return {}, [Problem("", 'must be an object such as {"label": "cat"}')]
    if _is_shorthand(questions, output):
        found = kinds.get(questions[0].kind).read_output(questions[0], output)
        if isinstance(found, PreLabel):
            return {questions[0].id: found}, []
        return {}, found
    by_id = {question.id: question for question in questions}
    unknown = [
        Problem(str(key)[:64], f"is no question; there are: {', '.join(by_id)}")
        for key in output
        if key not in by_id
    ]
    if unknown:
        return {}, unknown
    return _read_each(by_id, output)


def _read_each(
    by_id: Mapping[str, Question], output: Mapping[str, Json]
) -> tuple[dict[str, PreLabel], list[Problem]]:
    read: dict[str, PreLabel] = {}
    problems: list[Problem] = []
    for key, said in output.items():
        found = kinds.get(by_id[key].kind).read_output(by_id[key], said)
        if isinstance(found, PreLabel):
            read[key] = found
        else:
            problems += [problem.under(key) for problem in found]
    return ({}, problems) if problems else (read, [])


def _is_shorthand(questions: Sequence[Question], output: Mapping[str, Json]) -> bool:
    if len(questions) != 1:
        return False
    own = output.get(questions[0].id)
    # a question may itself be called "label": then its value is an object
    return not isinstance(own, dict) or not _OUTPUT_KEYS.isdisjoint(
        output.keys() - {questions[0].id}
    )


def _written_out(questions: Sequence[Question], answer: Json) -> Answer:
    full = normalise(questions, answer)
    return full if isinstance(full, dict) else {}


def _check_value(question: Question, answer: Mapping[str, Json]) -> list[Problem]:
    value = answer.get(question.id)
    if value is None and question.when and not question.when.holds(answer):
        return []
    if value is None:
        text = 'needs an answer; {"unanswerable": "why"} if there is none'
        return [Problem("", text)] if question.required else []
    if not (isinstance(value, dict) and UNANSWERABLE in value):
        return kinds.get(question.kind).check_value(question, value)
    if not is_unanswerable(value):
        return [Problem("", "unanswerable stands alone; leave out the other keys")]
    wrong = wrong_with_text(value[UNANSWERABLE], longest=_LONGEST_REASON)
    return [Problem(UNANSWERABLE, f"the reason {wrong}")] if wrong else []


def _alike(question: Question, a: Json, b: Json) -> float:
    plain = [a is None or is_unanswerable(a), b is None or is_unanswerable(b)]
    if any(plain):
        return float(all(plain) and (a is None) == (b is None))
    return kinds.get(question.kind).alike(question, a, b)


def _settle(question: Question, given: Sequence[Json]) -> Json:
    refused = [
        str(v[UNANSWERABLE])
        for v in given
        if isinstance(v, dict) and is_unanswerable(v)
    ]
    if len(refused) * 2 > len(given):
        return {UNANSWERABLE: Counter(refused).most_common(1)[0][0]}
    values = [v for v in given if v is not None and not is_unanswerable(v)]
    return kinds.get(question.kind).settle(question, values, among=len(given))
