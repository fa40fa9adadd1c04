"""Pairs: two fields that are there, and only the answers that the question allows."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.kinds.base import Json
from labeling.questions import read_schema
from tests.labeling.kinds.asking import ask, refusals, settled, written, wrong

PAIR = {"a": "left", "b": "right"}
FIELDS: Json = [{"name": name, "type": "text"} for name in ("left", "right")]


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, ["a", "b"]),
        ({"a": "left", "b": 3}, ["b"]),
        ({"a": "left", "b": "left"}, ["b"]),
        ({**PAIR, "ties": 1}, ["ties"]),
        ({**PAIR, "swap": "yes", "both_bad": None}, ["both_bad", "swap"]),
    ],
)
def test_a_pair_that_cannot_be_compared_says_where(
    settings: dict[str, Any], fields: list[str]
) -> None:
    assert refusals("pairwise", **settings) == fields


def test_both_fields_must_be_among_those_of_the_payload() -> None:
    good = read_schema([written("pairwise", **PAIR)], FIELDS)
    bad = read_schema([written("pairwise", a="left", b="rihgt")], FIELDS)

    assert good[2] == []
    assert [problem.field for problem in bad[2]] == ["questions[0].b"]
    assert "left, right" in bad[2][0].problem
    assert bad[:2] == ((), ())


def test_a_tie_is_an_answer_only_where_it_is_allowed() -> None:
    plain, free = ask("pairwise", **PAIR), ask("pairwise", **PAIR, ties=True)

    assert wrong(plain, "a") == []
    assert "a, b" in wrong(plain, "tie")[0].problem
    assert wrong(free, "tie") == []
    assert wrong(free, "both_bad")
    assert wrong(ask("pairwise", **PAIR, both_bad=True), "both_bad") == []


@pytest.mark.parametrize("value", [None, 1, ["a"], "A", "left"])
def test_anything_else_is_no_answer(value: Json) -> None:
    assert wrong(ask("pairwise", **PAIR), value)


def test_the_better_one_needs_a_majority() -> None:
    assert settled(ask("pairwise", **PAIR), "a", "b", "a") == "a"
    assert settled(ask("pairwise", **PAIR), "a", "b") is None
