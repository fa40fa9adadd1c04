"""Conversations: which rubrics can be asked, which turns judged, and what people agree on."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from labeling import kinds
from labeling.kinds.base import Json
from labeling.pages import offered
from labeling.questions import read_schema
from tests.labeling.kinds.asking import (
    alike,
    ask,
    pre_label,
    problems,
    refusals,
    settled,
    written,
    wrong,
)

HELPFUL: dict[str, Any] = {"value": "helpful", "title": "Helpful", "to": 5}
SAFE: dict[str, Any] = {
    "value": "safe",
    "title": "Safe",
    "options": [{"value": "no", "title": "No"}, {"value": "yes", "title": "Yes"}],
}
NOTED = {**HELPFUL, "note": "lowest"}
WHOLE = {**SAFE, "scope": "conversation"}
ONE = ask("chat", field="talk", criteria=[NOTED], correct=True)
TALK: Json = [
    {"role": "user", "content": "How long?"},
    {"role": "assistant", "content": "One year."},
    {"role": "user", "content": "Really?"},
    {"role": "assistant", "content": "Two."},
]


def judged(turn: int, helpful: Json = 4, **more: Any) -> dict[str, Any]:
    return {"turn": turn, "ratings": {"helpful": helpful}, **more}


def said(*turns: dict[str, Any]) -> Json:
    return {"turns": [*turns]}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "criteria"),
        ({"criteria": []}, "criteria"),
        ({"criteria": ["helpful"]}, "criteria[0]"),
        ({"criteria": [{**HELPFUL, "value": ""}]}, "criteria[0].value"),
        ({"criteria": [{**HELPFUL, "title": ""}]}, "criteria[0].title"),
        ({"criteria": [{**HELPFUL, "to": 1}]}, "criteria[0].to"),
        ({"criteria": [{**HELPFUL, "note": "never"}]}, "criteria[0].note"),
        ({"criteria": [{**HELPFUL, "scope": "word"}]}, "criteria[0].scope"),
        ({"criteria": [{**HELPFUL, "colour": "red"}]}, "criteria[0].colour"),
        ({"criteria": [{**SAFE, "to": 5}]}, "criteria[0].to"),
        ({"criteria": [{**SAFE, "options": []}]}, "criteria[0].options"),
        (
            {"criteria": [{**SAFE, "options": [{"value": "a", "title": "A"}, {}]}]},
            "criteria[0].options[1].value",
        ),
        ({"criteria": [HELPFUL, HELPFUL]}, "criteria[1].value"),
        ({"criteria": [HELPFUL], "roles": ["robot"]}, "roles"),
        ({"criteria": [HELPFUL], "roles": []}, "roles"),
        ({"criteria": [HELPFUL], "correct": "yes"}, "correct"),
        ({"criteria": [HELPFUL], "every": 1}, "every"),
    ],
)
def test_a_rubric_that_cannot_be_asked_says_where(
    settings: dict[str, Any], field: str
) -> None:
    assert refusals("chat", **settings)[0] == field


def test_turns_may_be_corrected_without_a_rubric() -> None:
    only = ask("chat", field="talk", correct=True)

    assert wrong(only, said({"turn": 1, "correction": "Two years."})) == []
    assert wrong(only, said()) == []
    assert wrong(only, said({"turn": 1}))


def test_the_field_must_be_a_conversation() -> None:
    question = written("chat", criteria=[HELPFUL], field="text")
    fields: Json = [{"name": "text", "type": "text"}]

    _, _, found = read_schema([question], fields)

    assert [each.field for each in found] == ["questions[0].field"]


def test_the_editor_begins_with_a_rubric_that_can_be_asked() -> None:
    example = kinds.get("chat").example

    assert refusals("chat", **example) == []
    assert "criteria" in offered._kinds()["chat"]["example"]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (said(), "turns"),
        (said(judged(-1)), "turns[0].turn"),
        (said(judged(1), judged(1)), "turns[1].turn"),
        (said(judged(1, 6)), "turns[0].ratings.helpful"),
        (said(judged(1, True)), "turns[0].ratings.helpful"),
        (said({"turn": 1}), "turns[0].ratings.helpful"),
        (said(judged(1, 1)), "turns[0].notes.helpful"),
        (said(judged(1, notes={"helpful": " "})), "turns[0].notes.helpful"),
        (said(judged(1, notes={"safe": "?"})), "turns[0].notes.safe"),
        (said(judged(1, correction="")), "turns[0].correction"),
        ({"turns": [judged(1)], "conversation": {}}, "conversation"),
    ],
)
def test_what_is_no_judgement_says_where(value: Json, field: str) -> None:
    assert field in [each.field for each in wrong(ONE, value)]
    assert f"value.{field}" in problems(ONE, {"value": value})


def test_the_lowest_step_is_an_answer_with_its_note() -> None:
    assert wrong(ONE, said(judged(1, 1, notes={"helpful": "Wrong"}))) == []


def test_only_turns_that_are_there_and_of_a_judged_role_are_judged() -> None:
    chat = kinds.get("chat")

    def misplaced(*turns: int) -> list[str]:
        value = said(*(judged(turn) for turn in turns))
        return [each.field for each in chat.check_place(ONE, value, TALK)]

    assert misplaced(1, 3) == []
    assert misplaced(1, 2, 3) == ["turns[1].turn"]
    assert misplaced(1, 3, 4) == ["turns[2].turn"]
    assert misplaced(1) == ["turns"]


def test_turns_may_be_left_out_where_not_every_one_is_asked_for() -> None:
    some = ask("chat", field="talk", criteria=[HELPFUL], every=False)

    assert kinds.get("chat").check_place(some, said(judged(3)), TALK) == []


def test_a_judgement_is_kept_in_order_and_without_what_is_empty() -> None:
    value = said(judged(3, 4.0, notes={}), judged(1, 2, notes={"helpful": "Hm\r\nno "}))

    kept = pre_label(ONE, {"value": value}).value

    assert kept == said(judged(1, 2, notes={"helpful": "Hm\nno"}), judged(3, 4))


def test_judgements_are_as_alike_as_their_steps_are_near() -> None:
    a = said(judged(1, 5), judged(3, 2))

    assert alike(ONE, a, said(judged(1, 4), judged(3, 2))) == (0.75 + 1) / 2
    # a turn, or a correction, of only one of them
    assert alike(ONE, a, said(judged(1, 5))) == 0.5
    corrected = said(judged(1, 5, correction="Two."), judged(3, 2))
    assert alike(ONE, a, corrected) == pytest.approx(2 / 3)


def test_each_turn_is_settled_by_its_own_majority() -> None:
    settled_as = settled(
        ONE,
        said(judged(1, 5), judged(3, 2)),
        said(judged(1, 5, notes={"helpful": "Good"}), judged(3, 3)),
        said(judged(1, 4), judged(3, 3, correction="Two years.")),
    )

    assert settled_as == said(judged(1, 5, notes={"helpful": "Good"}), judged(3, 3))


def test_no_majority_for_one_turn_settles_nothing() -> None:
    two = [said(judged(1, 5), judged(3, step)) for step in (2, 3)]

    assert settled(ONE, *two) is None


def test_the_whole_conversation_is_judged_apart_from_its_turns() -> None:
    both = ask("chat", field="talk", criteria=[HELPFUL, WHOLE])
    whole: Json = {"ratings": {"safe": "yes"}}

    assert wrong(both, {"turns": [judged(1)], "conversation": whole}) == []
    assert [each.field for each in wrong(both, said(judged(1)))] == ["conversation"]
    assert wrong(ONE, said(judged(1, safe="yes")))


@pytest.mark.parametrize("first", ["labeling.fields", "labeling.kinds"])
def test_fields_and_kinds_can_be_loaded_in_either_order(first: str) -> None:
    second = ({"labeling.fields", "labeling.kinds"} - {first}).pop()

    # a process of its own: here both are loaded already
    subprocess.run([sys.executable, "-c", f"import {first}, {second}"], check=True)
