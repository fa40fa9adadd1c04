"""What is shown as a sample of an answer: it fits, whatever the question has beside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import answers, fields, kinds, payloads, questions, samples
from labeling.fields.base import Field
from labeling.kinds.base import Json, PreLabel, Question
from labeling.kinds.record import samples as of_record
from labeling.kinds.record import values
from tests.labeling.kinds.asking import ask
from tests.labeling.kinds.test_every_kind import patient
from tests.labeling.kinds.values import TREE, VALUES, labels

SHOWN: Json = [{"name": name, "type": name} for name in fields.NAMES]
TWO = labels("cat", "dog")
MARKED: dict[str, Any] = {"field": "image", "labels": TWO}


def criterion(**more: Any) -> dict[str, Json]:
    return {"value": "good", "title": "Good", "to": 3, **more}


QUESTIONS: list[dict[str, Any]] = [
    {"kind": "choices", "labels": TWO},
    {"kind": "choices", "labels": TWO, "fewest": 2},
    {"kind": "choices", "labels": TWO, "most": 1},
    {"kind": "taxonomy", "tree": TREE},
    {"kind": "taxonomy", "tree": TREE, "many": True},
    {"kind": "rating", "from": -1000, "to": -999},
    {"kind": "ranking", "labels": TWO},
    {"kind": "pairwise", "a": "text", "b": "html"},
    {"kind": "text", "longest": 1},
    {"kind": "text", "lines": 3, "start_from": "text"},
    {"kind": "text", "longest": 4, "start_from": "text"},
    {"kind": "boxes", **MARKED, "fewest": 3, "rotated": True},
    {"kind": "polygons", **MARKED, "shape": "line"},
    {"kind": "polygons", **MARKED},
    {"kind": "keypoints", "field": "image", "points": TWO},
    {"kind": "keypoints", **MARKED, "points": TWO, "most": 1},
    {"kind": "spans", "field": "text", "labels": TWO, "overlapping": False},
    {"kind": "spans", "field": "text", "labels": TWO, "relations": TWO},
    {"kind": "chat", "correct": True},
    {"kind": "chat", "criteria": [criterion(scope="conversation")]},
    {"kind": "chat", "criteria": [criterion(note="required")], "roles": ["user"]},
    {"kind": "chat", "criteria": [criterion(scope="both", note="none")]},
    {"kind": "chat", "criteria": [criterion()], "roles": ["tool", "function"]},
    {"kind": "chat", "criteria": [criterion()], "correct": True, "every": False},
]


def schema(*asked: dict[str, Any]) -> tuple[tuple[Question, ...], tuple[Field, ...]]:
    given: Json = [
        {"id": f"q{at}", "title": "What?", **each} for at, each in enumerate(asked)
    ]
    read, shown, problems = questions.read_schema(given, SHOWN)
    assert problems == []
    return read, shown


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["kind"])
def test_a_sample_is_read_as_a_models_answer_that_fits(asked: dict[str, Any]) -> None:
    read, shown = schema(asked)

    content = samples.payload(read, shown)
    said, problems = answers.read_output(read, samples.output(read, content))

    assert problems == []
    assert payloads.check(shown, content) == []
    assert [*said] == ["q0"]
    assert answers.check_places(read, {"q0": said["q0"].value}, content) == []
    assert said["q0"].confidence == 0.62


@pytest.mark.parametrize("name", kinds.NAMES)
def test_a_sample_marks_something_where_there_is_something_to_mark(name: str) -> None:
    data, _ = VALUES[name]
    kind = kinds.get(name)
    field = {"field": min(kind.marks)} if kind.marks else {}
    compared = {"a": "text", "b": "html"} if kind.shows else {}
    (question,), shown = schema({"kind": name, **data, **field, **compared})

    value = kind.sample(question, samples.payload([question], shown))

    assert value not in (None, [], {}, "")
    assert not isinstance(value, dict) or any(value.values())


numbers = st.integers(-50, 50) | st.decimals(-50, 50, places=2).map(float)


@patient
@given(
    low=st.none() | numbers,
    wide=st.none() | st.decimals(1, 40, places=1).map(float),
    step=st.none() | st.sampled_from([0.01, 0.1, 0.25, 1, 3, 7.5]),
    whole=st.booleans(),
)
def test_a_number_is_found_wherever_one_fits(
    low: float | None, wide: float | None, step: float | None, whole: bool
) -> None:
    high = None if wide is None else (low or 0) + wide
    limits = {"min": low, "max": high, "step": step, "integer": whole}
    given = {key: each for key, each in limits.items() if each is not None}
    kind, question = kinds.get("number"), ask("number", **given)

    found = kind.sample(question, {})

    # every hundredth from far below to far above, so that nothing is missed
    every = [n / 100 for n in range(-5000, 9100)]
    if found is None:
        assert all(kind.check_value(question, n) for n in every)
    else:
        assert kind.check_value(question, found) == []


LEAVES: list[dict[str, Json]] = [
    {"type": "string"},
    {"type": "string", "minLength": 30},
    {"type": "string", "maxLength": 2},
    {"type": "string", "maxLength": 0},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "email"},
    {"type": "string", "format": "uri"},
    {"type": "string", "enum": ["", "EUR"]},
    {"type": "string", "pattern": r"^[A-Z]{2}\d{6}$"},
    {"type": "string", "pattern": r"^(DE|AT)[^0-9]{3}\s?\w+$", "minLength": 8},
    {"type": "string", "pattern": r"^\+?[0-9 ]{7,}$"},
    {"type": "string", "pattern": r"INV-\d+", "maxLength": 5},
    {"type": ["string", "null"], "pattern": r"^(a)\1$"},
    {"type": "integer", "minimum": 3.5},
    {"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 14},
    {"type": "number", "multipleOf": 0.01, "minimum": 0.015, "maximum": 0.024},
    {"type": "number", "maximum": -5},
    {"type": "number", "const": 2.5},
    {"type": "boolean", "default": False},
    {"type": "null"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]},
]


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_a_property_that_is_required_has_a_value_that_fits(
    leaf: dict[str, Json],
) -> None:
    whole: Json = {"type": "object", "properties": {"it": leaf}, "required": ["it"]}
    question = ask("record", schema=whole)

    found = kinds.get("record").sample(question, {})

    assert isinstance(found, dict)
    assert values.check(question.settings["schema"], found) == []


@pytest.mark.parametrize(
    "leaf",
    [
        {"type": "integer", "minimum": 0.2, "maximum": 0.8},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "pattern": "((a{60000}){60000}){60000}"},
        {"type": "array", "items": {"type": "null"}, "minItems": 10**9},
    ],
    ids=str,
)
def test_where_nothing_fits_that_could_be_shown_there_is_no_sample(leaf: Json) -> None:
    whole: Json = {"type": "object", "properties": {"it": leaf}, "required": ["it"]}

    assert next(of_record.fitting(whole), None) is None


def test_questions_that_are_not_asked_are_left_out() -> None:
    after = {"kind": "rating", "from": 1, "to": 5}
    read, shown = schema(
        {"kind": "choice", "labels": TWO},
        {**after, "when": {"question": "q0", "is": ["cat"]}},
        {**after, "when": {"question": "q0", "is": ["dog"]}},
    )

    said = samples.output(read, samples.payload(read, shown))

    assert said == {
        "q0": {"label": "cat", "confidence": 0.62},
        "q1": {"value": 5, "confidence": 0.62},
    }


@pytest.mark.parametrize("id_", ["label", "value", "confidence"])
def test_the_only_question_is_answered_in_short_whatever_its_name(id_: str) -> None:
    leaf: Json = {"type": "object", "properties": {"n": {"type": "integer"}}}
    given: Json = [{"id": id_, "kind": "record", "title": "What?", "schema": leaf}]
    read, _, _ = questions.read_schema(given, SHOWN)

    said, problems = answers.read_output(read, samples.output(read, {}))

    assert problems == []
    assert said == {id_: PreLabel({"n": 1}, 0.62)}


@pytest.mark.parametrize("name", fields.NAMES)
def test_the_sample_of_a_field_can_be_shown(name: str) -> None:
    type_ = fields.get(name)

    assert type_.wrong(Field("it", name), type_.sample) is None
