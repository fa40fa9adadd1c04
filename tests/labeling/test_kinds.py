"""What the kinds of question accept, refuse and settle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import kinds
from labeling.kinds.base import Json, Label, PreLabel, Problem, Question, UnknownKind

CHOICE = kinds.get("choice")
ANIMAL = Question(
    id="animal",
    kind="choice",
    title="Which animal?",
    labels=(Label("cat", "Cat"), Label("dog", "Dog"), Label("owl", "Owl")),
)


def problems_of(output: Json) -> list[Problem]:
    found = CHOICE.read_output(ANIMAL, output)
    assert isinstance(found, list), found
    return found


def pre_label_of(output: Json) -> PreLabel:
    found = CHOICE.read_output(ANIMAL, output)
    assert isinstance(found, PreLabel), found
    return found


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownKind, match=r"no kind “chioce”.*choice"):
        kinds.get("chioce")


@pytest.mark.parametrize(
    ("labels", "field", "says"),
    [
        (None, "labels", "at least two"),
        ([{"id": "a", "name": "A"}], "labels", "at least two"),
        ([{"id": "a", "name": "A"}, "b"], "labels[1]", "object"),
        ([{"id": "a", "name": "A"}, {"name": "B"}], "labels[1].id", "must be text"),
        ([{"id": "a", "name": "A"}, {"id": 1, "name": "B"}], "labels[1].id", "text"),
        (
            [{"id": "a", "name": "A"}, {"id": "", "name": "B"}],
            "labels[1].id",
            "1 to 64",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "b" * 65, "name": "B"}],
            "labels[1].id",
            "it has 65",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "b\n", "name": "B"}],
            "labels[1].id",
            "printable",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": " b", "name": "B"}],
            "labels[1].id",
            "space",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "b", "name": "\u0000"}],
            "labels[1].name",
            "cannot be stored",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "b", "name": "B", "colour": "red"}],
            "labels[1].colour",
            "id, name, description",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}],
            "labels[1].id",
            "already labels[0]",
        ),
        (
            [{"id": "a", "name": "A"}, {"id": "b", "name": "A"}],
            "labels[1].name",
            "already labels[0]",
        ),
    ],
)
def test_labels_that_cannot_be_used_are_named(
    labels: Json, field: str, says: str
) -> None:
    found = CHOICE.check_question({"labels": labels})

    assert [problem.field for problem in found] == [field]
    assert says in found[0].problem


@pytest.mark.parametrize("value", [None, 3, True, ["cat"], {"id": "cat"}, "Cat", ""])
def test_a_value_that_is_no_label_id_does_not_fit(value: Json) -> None:
    assert CHOICE.check_value(ANIMAL, value)


def test_an_unknown_label_is_answered_with_the_known_ones() -> None:
    (problem,) = CHOICE.check_value(ANIMAL, "cow")

    assert "cat, dog, owl" in problem.problem


def test_a_full_output_becomes_a_pre_label() -> None:
    said = pre_label_of(
        {
            "label": "cat",
            "confidence": 0.7,
            "probabilities": {"cat": 0.7, "dog": 0.2, "owl": 0.1},
        }
    )

    assert said == PreLabel("cat", 0.7, {"cat": 0.7, "dog": 0.2, "owl": 0.1})


def test_confidence_is_the_labels_probability_where_it_is_left_out() -> None:
    # the label need not be the most probable one: models have thresholds of their own
    said = pre_label_of({"label": "dog", "probabilities": {"cat": 0.6, "dog": 0.4}})

    assert said.confidence == 0.4


def test_a_label_alone_has_no_confidence() -> None:
    assert pre_label_of({"label": "owl"}) == PreLabel("owl", None, None)


def test_a_probability_a_rounding_above_one_is_one() -> None:
    said = pre_label_of({"label": "cat", "probabilities": {"cat": 1.0000001}})

    assert said.confidence == 1.0


NAN = float("nan")


@pytest.mark.parametrize(
    ("output", "field", "says"),
    [
        ("cat", "", "object"),
        ({}, "label", "missing"),
        ({"probabilities": {"cat": 1.0}}, "label", "missing"),
        ({"label": "cow"}, "label", "not a label"),
        ({"label": "cat\u0000"}, "label", "not a label"),
        ({"label": 3}, "label", "as text"),
        ({"label": "cat", "score": 1}, "score", "not known"),
        ({"label": "cat", "confidence": 1.2}, "confidence", "from 0 to 1"),
        ({"label": "cat", "confidence": NAN}, "confidence", "from 0 to 1"),
        ({"label": "cat", "confidence": float("inf")}, "confidence", "from 0 to 1"),
        ({"label": "cat", "confidence": True}, "confidence", "number"),
        ({"label": "cat", "confidence": "0.9"}, "confidence", "number"),
        ({"label": "cat", "probabilities": [0.5]}, "probabilities", "object"),
        ({"label": "cat", "probabilities": {}}, "probabilities", "object"),
        (
            {"label": "cat", "probabilities": {"cat": 0.5, "dog": 0.4}},
            "probabilities",
            "sum to 0.9",
        ),
        (
            {"label": "cat", "probabilities": {"cat": 1.2, "dog": -0.2}},
            "probabilities.cat",
            "it is 1.2",
        ),
        (
            {"label": "cat", "probabilities": {"cat": 1.0, "dog": NAN}},
            "probabilities.dog",
            "nan",
        ),
        (
            {"label": "cat", "probabilities": {"cat": 1.0, "dog": None}},
            "probabilities.dog",
            "number",
        ),
        (
            {"label": "cat", "probabilities": {"cat": True, "dog": 0.0}},
            "probabilities.cat",
            "number",
        ),
        (
            {"label": "cat", "probabilities": {"cat": 0.5, "cow": 0.5}},
            "probabilities.cow",
            "not a label",
        ),
        (
            {"label": "cat", "probabilities": {"dog": 1.0}},
            "probabilities.cat",
            "missing",
        ),
        (
            {"label": "cat", "confidence": 0.9, "probabilities": {"cat": 1.0}},
            "confidence",
            "make them equal",
        ),
    ],
)
def test_an_output_that_cannot_be_is_refused_where_it_is_wrong(
    output: Json, field: str, says: str
) -> None:
    found = problems_of(output)

    assert found[0].field == field
    assert says in found[0].problem


def test_every_problem_of_an_output_is_named_at_once() -> None:
    found = problems_of(
        {"label": "cow", "confidence": 2, "probabilities": {"cat": -1.0, "dog": 2.0}}
    )

    assert [problem.field for problem in found] == [
        "label",
        "confidence",
        "probabilities.cat",
        "probabilities.dog",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["label", "confidence", "probabilities", "cat", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_a_model_sends_is_read_or_refused_in_words(output: Json) -> None:
    found = CHOICE.read_output(ANIMAL, output)

    if isinstance(found, PreLabel):
        assert found.value in ANIMAL.label_ids
        assert found.confidence is None or 0 <= found.confidence <= 1
    else:
        assert found
        assert all(problem.problem for problem in found)


@pytest.mark.parametrize(
    ("values", "among", "settled"),
    [
        (["cat"], 1, "cat"),
        (["cat", "dog"], 2, None),
        (["cat", "dog", "cat"], 3, "cat"),
        (["cat", "cat", "dog", "owl"], 4, None),
        (["cat", "cat"], 4, None),
        ([], 1, None),
    ],
)
def test_only_a_strict_majority_of_all_who_were_asked_settles(
    values: list[Json], among: int, settled: Json
) -> None:
    assert CHOICE.settle(ANIMAL, values, among=among) == settled


def test_two_choices_are_the_same_or_have_nothing_in_common() -> None:
    assert CHOICE.alike(ANIMAL, "cat", "cat") == 1
    assert CHOICE.alike(ANIMAL, "cat", "dog") == 0
