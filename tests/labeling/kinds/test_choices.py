"""Several labels: how many there may be, what probabilities mean, what is settled."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.kinds.base import Json
from tests.labeling.kinds.asking import (
    alike,
    ask,
    pre_label,
    problems,
    refusals,
    settled,
    wrong,
)
from tests.labeling.kinds.values import labels

ABC = labels("a", "b", "c")
ANY = ask("choices", labels=ABC)
TWO = ask("choices", labels=ABC, fewest=1, most=2)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"labels": []}, "labels"),
        ({"labels": ABC, "fewest": -1}, "fewest"),
        ({"labels": ABC, "fewest": 4}, "fewest"),
        ({"labels": ABC, "fewest": True}, "fewest"),
        ({"labels": ABC, "most": 0}, "most"),
        ({"labels": ABC, "most": 4}, "most"),
        ({"labels": ABC, "fewest": 2, "most": 1}, "most"),
        ({"labels": ABC, "least": 1}, "least"),
    ],
)
def test_limits_that_no_answer_can_keep_are_refused(
    settings: dict[str, Any], field: str
) -> None:
    assert refusals("choices", **settings) == [field]


def test_one_label_alone_is_a_question_of_yes_or_no() -> None:
    assert refusals("choices", labels=labels("spam")) == []


@pytest.mark.parametrize(
    ("value", "field", "says"),
    [
        ("a", "", "list"),
        (["a", "x"], "[1]", "not a label"),
        (["a", 1], "[1]", "as text"),
        (["a", "a"], "[1]", "already"),
    ],
)
def test_a_value_is_a_list_of_labels_none_of_them_twice(
    value: Json, field: str, says: str
) -> None:
    (problem,) = wrong(ANY, value)

    assert problem.field == field
    assert says in problem.problem


def test_an_answer_has_as_many_labels_as_the_question_wants() -> None:
    assert wrong(ANY, []) == []
    assert "at least 1" in wrong(TWO, [])[0].problem
    assert "at most 2" in wrong(TWO, ["a", "b", "c"])[0].problem


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ([], [], 1),
        (["a"], [], 0),
        (["a", "b"], ["b", "c"], pytest.approx(1 / 3)),
        (["a", "b"], ["a"], 0.5),
    ],
)
def test_answers_are_as_alike_as_the_labels_they_share(
    a: Json, b: Json, likeness: float
) -> None:
    assert alike(ANY, a, b) == likeness


def test_each_label_is_settled_by_its_own_majority() -> None:
    assert settled(ANY, ["a", "b"], ["b", "c"], ["a", "b"]) == ["a", "b"]
    assert settled(ANY, ["a"], ["b"], ["c"]) == []


def test_one_label_without_a_majority_leaves_the_question_open() -> None:
    assert settled(ANY, ["a"], ["a", "b"]) is None
    assert settled(ANY, ["a"], ["a", "b"], among=3) is None


def test_majorities_that_are_too_few_together_settle_nothing() -> None:
    assert settled(TWO, ["a"], ["b"], ["c"]) is None


def test_probabilities_choose_the_labels_of_a_half_and_more() -> None:
    said = pre_label(ANY, {"probabilities": {"c": 0.5, "a": 0.9, "b": 0.45}})

    assert said.value == ["a", "c"]
    assert said.confidence == 0.5
    assert said.probabilities == {"c": 0.5, "a": 0.9, "b": 0.45}


def test_probabilities_choose_as_many_labels_as_an_answer_must_and_may_have() -> None:
    low = pre_label(TWO, {"probabilities": {"a": 0.1, "b": 0.3, "c": 0.2}})
    high = pre_label(TWO, {"probabilities": {"a": 0.7, "b": 0.9, "c": 0.8}})

    assert low.value == ["b"]
    assert high.value == ["b", "c"]


def test_a_model_may_choose_by_another_threshold_and_say_how_sure_it_is() -> None:
    output: Json = {"value": ["c"], "probabilities": {"a": 0.6}, "confidence": 0.7}

    said = pre_label(ANY, output)

    assert said.value == ["c"]
    assert said.confidence == 0.7


def test_scores_follow_their_labels_into_the_order_of_the_schema() -> None:
    said = pre_label(ANY, {"value": ["c", "a"], "scores": [0.3, 0.8]})

    assert said.value == ["a", "c"]
    assert said.scores == [0.8, 0.3]


@pytest.mark.parametrize(
    ("output", "fields"),
    [
        ({"probabilities": {}}, ["probabilities"]),
        ({"probabilities": [0.5]}, ["probabilities"]),
        ({"probabilities": {"x": 0.5}}, ["probabilities.x"]),
        (
            {"probabilities": {"a": 1.5, "b": None}},
            ["probabilities.a", "probabilities.b"],
        ),
        ({"probabilities": {"a": 0.5}, "label": "a"}, ["label"]),
        ({"value": ["x"], "probabilities": {"a": 0.5}}, ["value[0]"]),
        ({"confidence": 0.5}, [""]),
    ],
)
def test_an_output_that_cannot_be_read_is_named_by_its_path(
    output: Json, fields: list[str]
) -> None:
    assert problems(ANY, output) == fields
