"""Kind `text`: what is kept as written, what is the same, what a majority settles."""

from __future__ import annotations

import time
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import kinds
from labeling.kinds.base import Json, PreLabel, Question
from labeling.kinds.text.distance import levenshtein
from labeling.questions import read_schema

TEXT = kinds.get("text")
LINE = Question("reply", "text", "Reply")
LETTER = Question("reply", "text", "Reply", settings={"lines": 6, "longest": 20})

written = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
few = st.text("ab c", max_size=12)


def plain(a: str, b: str) -> int:
    """Levenshtein's distance as the textbook has it."""
    row = list(range(len(b) + 1))
    for at, letter in enumerate(a, 1):
        before, row = row, [at]
        for place, other in enumerate(b, 1):
            change = before[place - 1] + (letter != other)
            row.append(min(before[place] + 1, row[-1] + 1, change))
    return row[-1]


@given(few, few)
def test_the_distance_is_that_of_the_textbook(a: str, b: str) -> None:
    assert levenshtein(a, b) == plain(a, b)


def test_two_texts_of_10_000_characters_are_compared_in_no_time() -> None:
    a = "the quick brown fox " * 500
    started = time.process_time()

    assert TEXT.alike(LETTER, a, a[::-1]) < 1

    # 0.1 s on a slow machine; the textbook's way takes half a minute
    assert time.process_time() - started < 3


@given(written)
def test_only_line_breaks_composition_and_the_end_are_changed(text: str) -> None:
    kept: Any = TEXT.normal(LETTER, text)

    assert TEXT.normal(LETTER, kept) == kept
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert kept == normalize("NFC", lines).rstrip()


def test_the_same_letters_are_the_same_text_on_every_system() -> None:
    assert TEXT.normal(LINE, "E\u0301mile \n") == "\u00c9mile"
    assert TEXT.normal(LETTER, "  one\r\n\ttwo\rthree") == "  one\n\ttwo\nthree"


@given(few, few)
def test_likeness_is_the_same_both_ways_and_does_not_see_spacing(
    a: str, b: str
) -> None:
    found = TEXT.alike(LINE, a, b)

    assert found == TEXT.alike(LINE, f" {b}  ", a)
    assert 0 <= found <= 1
    assert (found == 1) == (a.split() == b.split())


def test_likeness_is_the_share_of_letters_that_need_no_change() -> None:
    assert TEXT.alike(LINE, "kitten", "sitting") == 1 - 3 / 7


@pytest.mark.parametrize(
    ("said", "among", "settled"),
    [
        (["yes"], 1, "yes"),
        (["yes", "no"], 2, None),
        (["yes, please", "yes,  please", "no"], 3, "yes, please"),
        (["a  b", "a b", "a b"], 3, "a b"),
        (["yes"], 2, None),
        ([], 1, None),
    ],
)
def test_the_text_of_a_strict_majority_settles_whatever_its_spacing(
    said: list[Json], among: int, settled: Json
) -> None:
    assert TEXT.settle(LINE, said, among=among) == settled


@pytest.mark.parametrize("value", [None, 3, ["a"], "", " \n ", "nul \0", "\ud83d"])
def test_what_is_no_text_does_not_fit(value: Json) -> None:
    assert TEXT.check_value(LINE, value)


def test_a_text_must_not_be_longer_than_the_question_allows() -> None:
    assert TEXT.check_value(LETTER, "x" * 20 + "\n") == []
    assert "at most 20" in TEXT.check_value(LETTER, "x" * 21)[0].problem
    assert TEXT.check_value(LINE, "x" * 10_001)


def test_line_breaks_fit_only_where_the_question_has_several_lines() -> None:
    assert TEXT.check_value(LETTER, "one\ntwo") == []
    assert TEXT.check_value(LINE, "one\n") == []
    assert TEXT.check_value(LINE, "one\r\ntwo")


def test_a_models_text_is_read_in_the_same_form() -> None:
    found = TEXT.read_output(LETTER, {"value": "Hi \r\n", "confidence": 0.5})

    assert found == PreLabel(value="Hi", confidence=0.5)


def schema(**keys: Any) -> list[str]:
    question = {"id": "reply", "kind": "text", "title": "Reply", **keys}
    fields: list[Json] = [
        {"name": "heard", "type": "text"},
        {"name": "photo", "type": "image"},
    ]
    _, _, problems = read_schema([question], fields)
    return [each.field for each in problems]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"longest": 100_000, "lines": 3},
        {"start_from": "model"},
        {"start_from": "heard"},
    ],
)
def test_a_schema_may_ask_for_text(keys: dict[str, Any]) -> None:
    assert schema(**keys) == []


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"longest": 0}, "questions[0].longest"),
        ({"longest": 100_001}, "questions[0].longest"),
        ({"lines": True}, "questions[0].lines"),
        ({"lines": "many"}, "questions[0].lines"),
        ({"start_from": ""}, "questions[0].start_from"),
        ({"start_from": "photo"}, "questions[0].start_from"),
        ({"start_from": "nowhere"}, "questions[0].start_from"),
        ({"labels": []}, "questions[0].labels"),
    ],
)
def test_a_schema_is_told_what_is_wrong_with_its_question(
    keys: dict[str, Any], field: str
) -> None:
    assert schema(**keys) == [field]
