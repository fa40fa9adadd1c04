"""What holds for every kind of question, whatever its answers look like."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling import answers, finder, kinds, questions
from labeling.kinds.base import Json, PreLabel, Question
from labeling.kinds.kind import Kind
from tests.labeling.kinds.values import VALUES

# How long an example takes says nothing where other processes run beside it.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
every_kind = pytest.mark.parametrize("name", kinds.NAMES)


def asked(name: str) -> tuple[Kind, Question]:
    data, _ = VALUES[name]
    written: Json = {"id": "q", "kind": name, "title": "What is it?", **data}
    (question,), problems = answers.read_questions([written])
    assert problems == []
    return kinds.get(name), question


def drawn(name: str, data: st.DataObject) -> Any:
    return data.draw(VALUES[name][1], label="value")


@every_kind
def test_a_question_is_kept_as_it_was_read(name: str) -> None:
    _, question = asked(name)

    (again,), problems = answers.read_questions([question.as_json()])

    assert problems == []
    assert again == question


@every_kind
@patient
@given(data=st.data())
def test_a_valid_value_is_valid_in_its_normal_form(
    name: str, data: st.DataObject
) -> None:
    kind, question = asked(name)
    value = drawn(name, data)

    assert kind.check_value(question, value) == []
    assert kind.check_value(question, kind.normal(question, value)) == []


@every_kind
@patient
@given(data=st.data())
def test_the_normal_form_is_final_and_the_same_after_a_journey_as_json(
    name: str, data: st.DataObject
) -> None:
    kind, question = asked(name)
    normal = kind.normal(question, drawn(name, data))

    travelled = json.loads(json.dumps(normal, allow_nan=False))

    assert travelled == normal
    assert json.dumps(kind.normal(question, travelled)) == json.dumps(normal)


@every_kind
@patient
@given(data=st.data())
def test_a_value_is_fully_like_itself(name: str, data: st.DataObject) -> None:
    kind, question = asked(name)
    value = kind.normal(question, drawn(name, data))

    assert kind.alike(question, value, value) == 1


@every_kind
@patient
@given(data=st.data())
def test_two_values_are_as_alike_one_way_as_the_other(
    name: str, data: st.DataObject
) -> None:
    kind, question = asked(name)
    one, two = (kind.normal(question, drawn(name, data)) for _ in range(2))

    there, back = kind.alike(question, one, two), kind.alike(question, two, one)

    assert 0 <= there <= 1
    assert there == pytest.approx(back)


@every_kind
@patient
@given(data=st.data(), people=st.integers(1, 4))
def test_what_everybody_says_is_settled(
    name: str, data: st.DataObject, people: int
) -> None:
    kind, question = asked(name)
    value = kind.normal(question, drawn(name, data))

    assert kind.settle(question, [value] * people, among=people) == value


@every_kind
@patient
@given(data=st.data())
def test_what_half_of_the_people_say_settles_nothing(
    name: str, data: st.DataObject
) -> None:
    kind, question = asked(name)
    value = kind.normal(question, drawn(name, data))

    assert kind.settle(question, [value], among=2) is None
    assert kind.settle(question, [], among=1) is None


@every_kind
@patient
@given(data=st.data())
def test_what_is_settled_is_an_answer(name: str, data: st.DataObject) -> None:
    kind, question = asked(name)
    said = [kind.normal(question, drawn(name, data)) for _ in range(3)]

    settled = kind.settle(question, said, among=3)

    assert settled is None or kind.check_value(question, settled) == []
    assert settled is None or kind.normal(question, settled) == settled


@every_kind
@patient
@given(data=st.data())
def test_a_model_may_say_what_people_say(name: str, data: st.DataObject) -> None:
    kind, question = asked(name)
    value = drawn(name, data)
    key = "label" if name == "choice" else "value"

    read = kind.read_output(question, {key: value, "confidence": 0.8})

    assert isinstance(read, PreLabel)
    assert read.value == kind.normal(question, value)
    assert read.confidence == 0.8


@every_kind
@patient
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )
)
def test_nonsense_is_refused_in_words(name: str, value: Any) -> None:
    kind, question = asked(name)

    problems = kind.check_value(question, value)

    assert all(each.problem for each in problems)
    # what is not refused is an answer like any other
    assert problems or kind.alike(question, value, value) == 1


@every_kind
def test_a_kind_brings_its_page_words_and_keys(name: str) -> None:
    folder = finder.HERE / "kinds" / name

    control = exported((folder / "control.js").read_text())
    # keys come with the hands, where a kind has some
    keys = (
        exported((folder / "hands.js").read_text()) if "hands" in control else control
    )

    assert {"mount", "words"} <= control
    assert "keys" in keys


def exported(script: str) -> set[str]:
    made = r"^export (?:const|(?:async )?function) (\w+)"
    passed_on = r"^export \{ (\w+) \} from"
    return {
        name
        for pattern in (made, passed_on)
        for name in re.findall(pattern, script, re.MULTILINE)
    }


def test_a_record_keeps_the_order_in_which_its_inputs_were_written() -> None:
    inner: Json = {"type": "object", "properties": {"what": TEXT, "id": TEXT}}
    schema: Json = {
        "type": "object",
        "properties": {
            "number": TEXT,
            "id": TEXT,
            "lines": {"type": "array", "items": inner},
        },
        "propertyOrder": ["lines"],
    }
    given: Json = [{"id": "q", "kind": "record", "title": "What?", "schema": schema}]

    (question,), _ = questions.read_questions(given)

    kept: Any = question.settings["schema"]
    assert kept["propertyOrder"] == ["lines", "number", "id"]
    items = kept["properties"]["lines"]["items"]
    assert items["propertyOrder"] == ["what", "id"]
    # as PostgreSQL gives it back: keys in another order
    again: Any = dict(question.as_json())
    again["schema"]["properties"] = dict(sorted(kept["properties"].items()))
    (read,), _ = questions.read_questions([again])
    assert read.settings["schema"] == kept


TEXT: Json = {"type": "string"}
