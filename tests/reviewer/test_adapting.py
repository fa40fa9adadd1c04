"""Adapters: what they read of bodies, and what they say when they cannot."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.adapting import adapter, checking, places, records, scores
from reviewer.adapting.adapter import Adapted
from reviewer.adapting.bodies import Body, Unread

MODEL = {"name": "m", "version": "1"}


def read(
    said: dict[str, Any],
    answered: str | bytes,
    sent: str | bytes = "text",
    type_: str = "",
    **given: Any,
) -> list[Adapted | Unread]:
    section = {
        "model": MODEL,
        "input": {"fields": {"text": {"body": "text"}}, **given},
        "output": said,
    }
    assert checking.check(section) == []
    return adapter.compiled(section).read(Body(sent, type_), Body(answered, type_))


def one(said: dict[str, Any], answered: str) -> Any:
    (found,) = read(said, answered)
    return found.output if isinstance(found, Adapted) else found


CLASSES = {"classes": ["a", "b"]}


@pytest.mark.parametrize(
    ("said", "answered", "expected"),
    [
        ({"label": {"json": "[0].l"}}, '[{"l": "a"}]', {"label": "a"}),
        ({"label": {"json": ""}, **CLASSES}, "1", {"label": "b"}),
        ({"label": {"json": ""}, **CLASSES}, "1.0", {"label": "b"}),
        (
            {"label": {"json": "l"}, "confidence": {"json": "s"}},
            '{"l": "a", "s": "0.5"}',
            {"label": "a", "confidence": 0.5},
        ),
        (
            {"probabilities": {"json": "p"}, **CLASSES},
            '{"p": [0.25, 0.75]}',
            {"label": "b", "probabilities": {"a": 0.25, "b": 0.75}},
        ),
        (
            {"probabilities": {"json": ""}},
            '{"x": 0.75, "y": 0.25}',
            {"label": "x", "probabilities": {"x": 0.75, "y": 0.25}},
        ),
        (
            {"probabilities": {"json": ""}, **CLASSES, "threshold": 0.25},
            "0.25",
            {"label": "b", "probabilities": {"a": 0.75, "b": 0.25}},
        ),
        (
            {"probabilities": {"csv": 0}, **CLASSES, "scores": "sigmoid"},
            "0\n",
            {"label": "a", "probabilities": {"a": 0.5, "b": 0.5}},
        ),
        (
            {"probabilities": {"csv": "*"}, **CLASSES},
            "0.25,0.75",
            {"label": "b", "probabilities": {"a": 0.25, "b": 0.75}},
        ),
        (
            {"probabilities": {"csv": ["pa", "pb"]}, "header": True, **CLASSES},
            "pb,pa\r\n0.75,0.25\r\n",
            {"label": "b", "probabilities": {"a": 0.25, "b": 0.75}},
        ),
        (
            {"label": {"json": "l"}, "question": "mood"},
            '{"l": "a"}',
            {"mood": {"label": "a"}},
        ),
        ({"value": {"json": "t"}}, '{"t": [1]}', {"value": [1]}),
    ],
)
def test_what_a_model_said_is_read(
    said: dict[str, Any], answered: str, expected: dict[str, Any]
) -> None:
    assert one(said, answered) == expected


@pytest.mark.parametrize(
    ("said", "answered", "where", "words"),
    [
        ({"label": {"json": "a.b"}}, '{"a": {"c": 1}}', "output.label", "there are: c"),
        ({"label": {"json": "a[3]"}}, '{"a": [1]}', "output.label", "a list of 1"),
        ({"label": {"json": "a[0]"}}, '{"a": "xyz"}', "output.label", "xyz"),
        (
            {"label": {"json": ""}, **CLASSES},
            "7",
            "output.label",
            "none of the classes",
        ),
        ({"label": {"json": ""}}, '{"a": 1}', "output.label", "is no text"),
        (
            {"probabilities": {"json": ""}, **CLASSES},
            "[1, 2, 3]",
            "output.probabilities",
            "3 numbers for 2 classes",
        ),
        (
            {"probabilities": {"json": ""}, **CLASSES},
            '["x", 1]',
            "output.probabilities",
            "is no number",
        ),
        (
            {"probabilities": {"csv": "*"}, **CLASSES},
            "nan,1",
            "output.probabilities",
            "finite",
        ),
        ({"label": {"csv": 4}}, "a,b", "output.label", "the line has 2"),
        (
            {"label": {"csv": "x"}, "header": True},
            "a,b\n1,2",
            "output.label",
            "there are: a, b",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_key(
    said: dict[str, Any], answered: str, where: str, words: str
) -> None:
    found = one(said, answered)

    assert isinstance(found, Unread)
    assert found.where == where
    assert words in found.problem


@pytest.mark.parametrize(
    ("said", "answered", "words"),
    [
        ({"label": {"json": ""}}, "{", "is not JSON"),
        ({"label": {"csv": 0}}, '"open', "is not CSV"),
        ({"label": {"csv": 0}}, "a\nb", "2 answers to 1 inputs"),
        ({"label": {"json": "x"}, "rows": "y"}, '{"y": 1}', "must lead to a list"),
        ({"label": {"csv": 0}}, b"\xff", "no text in UTF-8"),
        ({"label": {"csv": 0}, "header": True}, "", "a header was to come first"),
    ],
)
def test_a_body_that_is_broken_is_read_not_at_all(
    said: dict[str, Any], answered: str | bytes, words: str
) -> None:
    with pytest.raises(Unread, match=words):
        read(said, answered)


def test_rows_of_a_list_are_predictions_of_their_own() -> None:
    sent = json.dumps({"instances": [{"t": "x", "user": 1}, {"t": "y", "user": 2}]})
    answered = json.dumps({"predictions": [{"l": "a"}, {"other": 1}]})
    section = {
        "model": MODEL,
        "input": {
            "fields": {"text": {"json": "t"}},
            "group": {"json": "user"},
            "rows": "instances",
        },
        "output": {"label": {"json": "l"}, "rows": "predictions"},
    }

    first, second = adapter.compiled(section).read(Body(sent), Body(answered))

    assert first == Adapted({"text": "x"}, {"label": "a"}, "1")
    assert isinstance(second, Unread)


def test_json_lines_are_predictions_of_their_own() -> None:
    found = read(
        {"label": {"json": "l"}},
        '{"l": "a"}\n{"l": "b"}\n',
        '{"t": 1}\n{"t": 2}',
        "application/jsonlines",
        fields={"text": {"json": "t"}},
    )

    assert [each.output for each in found if isinstance(each, Adapted)] == [
        {"label": "a"},
        {"label": "b"},
    ]


def test_a_picture_becomes_a_data_url() -> None:
    (found,) = read(
        {"label": {"json": ""}},
        '"a"',
        b"\x89PNG",
        fields={"picture": {"base64": "image/png"}},
    )

    assert isinstance(found, Adapted)
    data = base64.b64encode(b"\x89PNG").decode()
    assert found.input == {"picture": f"data:image/png;base64,{data}"}


def test_a_variant_serves_the_version_that_is_named_for_it() -> None:
    section = {
        "model": {"name": "m", "versions": {"AllTraffic": "3", "Canary": "4"}},
        "input": {"fields": {"text": {"body": "text"}}},
        "output": {"label": {"json": ""}},
    }
    found = adapter.compiled(section)

    assert found.version_of("Canary") == "4"
    with pytest.raises(Unread, match="names: AllTraffic, Canary"):
        found.version_of("Blue")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"extra": 1}, "extra", "is not known"),
        ({"model": {"name": "m"}}, "model.version", "version"),
        ({"model": {"name": "m", "versions": []}}, "model.versions", "a map"),
        ({"input": {}}, "input.fields", "must be a map"),
        ({"input": {"fields": {"t": {"xml": 1}}}}, "input.fields.t", "json, csv"),
        ({"input": {"fields": {"t": {"json": "a..b"}}}}, "input.fields.t", "from"),
        ({"input": {"fields": {"t": {"csv": True}}}}, "input.fields.t", "column"),
        ({"input": {"fields": {"t": {"base64": "x"}}}}, "input.fields.t", "image/png"),
        (
            {"input": {"fields": {"t": {"json": "a"}, "u": {"csv": 0}}}},
            "input.fields.t",
            "in one way",
        ),
        ({"output": {}}, "output.label", "say one of"),
        (
            {"output": {"label": {"json": ""}, "value": {"json": ""}}},
            "output.value",
            "stands alone",
        ),
        (
            {"output": {"probabilities": {"json": ""}, "scores": "soft"}},
            "output.scores",
            "as_they_are",
        ),
        (
            {"output": {"label": {"json": ""}, "classes": ["a"]}},
            "output.classes",
            "at least two",
        ),
        (
            {"output": {"probabilities": {"json": ""}, "threshold": 0.5}},
            "output.threshold",
            "two classes",
        ),
        (
            {"output": {"label": {"json": ""}, "header": True}},
            "output.header",
            "CSV",
        ),
    ],
)
def test_what_is_wrong_with_an_adapter_is_told_with_its_key(
    change: dict[str, Any], field: str, words: str
) -> None:
    section = {
        "model": MODEL,
        "input": {"fields": {"text": {"body": "text"}}},
        "output": {"label": {"json": ""}},
        **change,
    }

    problems = {each["field"]: each["problem"] for each in checking.check(section)}

    assert words in problems[field]


@pytest.mark.parametrize("given", [None, [], "text", 1])
def test_what_is_no_map_is_no_adapter(given: object) -> None:
    assert checking.check(given)[0]["problem"].startswith("must be a map")


def test_a_path_is_read_as_it_is_written() -> None:
    assert places.path_of("") == ()
    assert places.path_of('a.b-c[0][-1]["d e"].f') == ("a", "b-c", 0, -1, "d e", "f")
    for wrong in ("a..b", "[x]", "a[", ".a", "a b"):
        with pytest.raises(ValueError, match="cannot be read"):
            places.path_of(wrong)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_softmax_sums_to_one_and_keeps_the_order(given: list[float]) -> None:
    found = scores.softmax(given)

    assert math.isclose(sum(found), 1, abs_tol=1e-9)
    assert all(0 <= each <= 1 for each in found)
    top = max(range(len(given)), key=given.__getitem__)
    assert found[top] == max(found)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_sigmoid_is_a_share_for_every_score(score: float) -> None:
    assert 0 <= scores.sigmoid(score) <= 1
    assert math.isclose(scores.sigmoid(score) + scores.sigmoid(-score), 1)


def test_a_record_of_a_call_is_read_back_as_it_was() -> None:
    sent, answered = (
        Body(b"\x89\x00", "image/png"),
        Body('{"a": 1}', "application/json"),
    )

    found = records.read(records.written("x", sent, answered))

    assert (found.id, found.sent.as_bytes()) == ("x", b"\x89\x00")
    assert found.answered.as_text("") == '{"a": 1}'
