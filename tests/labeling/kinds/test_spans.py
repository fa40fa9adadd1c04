"""Kind `spans`: what fits, what is the same, what a majority settles."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import kinds
from labeling.kinds.base import Json, Label, PreLabel, Question
from labeling.questions import read_schema

SPANS = kinds.get("spans")
LABELS = (Label("person", "Person"), Label("place", "Place"))
ENTITIES = Question(
    "entities", "spans", "Who and where?", labels=LABELS, settings={"field": "text"}
)
RELATED = Question(
    "entities",
    "spans",
    "Who lives where?",
    labels=LABELS,
    settings={
        "field": "text",
        "relations": [{"id": "lives-in", "name": "lives in"}],
    },
)
APART = Question(
    "entities", "spans", "Which?", labels=LABELS, settings={"overlapping": False}
)
TEXT = "\U0001f44b\U0001f3fd Ada\r\nמירי e\u0301"
"""A waving hand of two code points, a line break of two, Hebrew, a letter of two."""

spans = st.builds(
    lambda start, length, label: {
        "start": start,
        "end": start + length,
        "label": label,
    },
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(["person", "place"]),
)
values = st.lists(spans, max_size=6)


@st.composite
def related(draw: st.DrawFn) -> dict[str, Any]:
    marked = draw(values)
    pairs = [
        (a, b)
        for a in range(len(marked))
        for b in range(len(marked))
        if marked[a] != marked[b]
    ]
    drawn = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    relations = [{"from": a, "to": b, "label": "lives-in"} for a, b in drawn]
    return {"spans": marked, "relations": relations}


def span(start: int, end: int, label: str = "person") -> dict[str, Json]:
    return {"start": start, "end": end, "label": label}


@given(values)
def test_the_normal_form_is_sorted_and_says_everything_once(value: Any) -> None:
    kept: Any = SPANS.normal(ENTITIES, value)

    assert SPANS.check_value(ENTITIES, kept) == []
    assert SPANS.normal(ENTITIES, kept) == kept
    places = [(each["start"], each["end"], each["label"]) for each in kept]
    assert places == sorted(set(places))
    assert {tuple(each.values()) for each in value} == set(places)


@given(values, st.randoms())
def test_the_order_in_which_somebody_marked_does_not_matter(
    value: list[Json], random: Any
) -> None:
    shuffled = value[:]
    random.shuffle(shuffled)

    assert SPANS.normal(ENTITIES, shuffled) == SPANS.normal(ENTITIES, value)
    assert SPANS.alike(ENTITIES, shuffled, value) == 1


@given(related())
def test_relations_keep_their_ends_when_spans_are_sorted(value: Any) -> None:
    assert SPANS.check_value(RELATED, value) == []

    kept: Any = SPANS.normal(RELATED, value)

    def ends(of: Any) -> set[Any]:
        marked = of["spans"]
        return {
            (*marked[r["from"]].values(), *marked[r["to"]].values())
            for r in of["relations"]
        }

    assert ends(kept) == ends(value)
    assert SPANS.check_value(RELATED, kept) == []
    assert SPANS.normal(RELATED, kept) == kept


@given(values, values)
def test_likeness_is_the_same_both_ways_and_from_nothing_to_one(
    a: list[Json], b: list[Json]
) -> None:
    found = SPANS.alike(ENTITIES, a, b)

    assert found == SPANS.alike(ENTITIES, b, a)
    assert 0 <= found <= 1
    same = SPANS.normal(ENTITIES, a) == SPANS.normal(ENTITIES, b)
    assert (found == 1) == same


def test_likeness_is_the_f1_of_exactly_equal_spans() -> None:
    one: list[Json] = [span(0, 3), span(4, 7, "place"), span(9, 12)]
    two: list[Json] = [span(0, 3), span(4, 8, "place")]

    assert SPANS.alike(ENTITIES, one, two) == 2 * 1 / 5


def test_relations_count_half_where_somebody_drew_some() -> None:
    marked: list[Json] = [span(0, 3), span(4, 7, "place")]
    drawn: Json = {
        "spans": marked,
        "relations": [{"from": 0, "to": 1, "label": "lives-in"}],
    }
    bare: Json = {"spans": marked, "relations": []}

    assert SPANS.alike(RELATED, drawn, bare) == 0.5
    assert SPANS.alike(RELATED, bare, bare) == 1
    assert SPANS.alike(RELATED, drawn, drawn) == 1


@pytest.mark.parametrize(
    ("said", "among", "settled"),
    [
        ([[span(0, 3)]], 1, [span(0, 3)]),
        ([[]], 1, []),
        ([[span(0, 3)], [span(0, 3), span(5, 8)], [span(0, 3)]], 3, [span(0, 3)]),
        ([[span(0, 3)], [span(0, 4)], [span(0, 3)]], 3, [span(0, 3)]),
        # one of two is neither a majority for the span nor one against it
        ([[span(0, 3)], []], 2, None),
        ([[span(0, 3)], [span(0, 3)]], 4, None),
        # two of three left it blank: nobody settles it for them
        ([[span(0, 3)]], 3, None),
        ([], 1, None),
    ],
)
def test_a_span_stands_when_more_than_half_marked_exactly_it(
    said: list[Json], among: int, settled: Json
) -> None:
    assert SPANS.settle(ENTITIES, said, among=among) == settled


def test_a_relation_stands_with_its_ends() -> None:
    ends: list[Json] = [span(0, 3), span(4, 7, "place")]
    arrow: Json = {"from": 0, "to": 1, "label": "lives-in"}
    # for the third the same spans stand at other places of the list
    later: list[Json] = [span(8, 9), *ends]
    said: list[Json] = [
        {"spans": ends, "relations": [arrow]},
        {"spans": ends, "relations": []},
        {"spans": later, "relations": [{"from": 1, "to": 2, "label": "lives-in"}]},
    ]

    assert SPANS.settle(RELATED, said, among=3) == {
        "spans": ends,
        "relations": [arrow],
    }


def test_offsets_are_code_points_and_must_lie_within_the_text() -> None:
    length = len(TEXT)

    assert TEXT[3:6] == "Ada"
    assert SPANS.check_place(ENTITIES, [span(3, 6), span(0, length)], TEXT) == []
    (problem,) = SPANS.check_place(ENTITIES, [span(3, 6), span(0, length + 1)], TEXT)
    assert problem.field == "[1].end"
    assert f"has {length} characters" in problem.problem
    value: Json = {"spans": [span(0, length + 1)], "relations": []}
    assert SPANS.check_place(RELATED, value, TEXT)[0].field == "spans[0].end"


def test_nothing_can_be_marked_in_a_field_that_is_not_there() -> None:
    assert SPANS.check_place(ENTITIES, [span(0, 1)], None)
    assert SPANS.check_place(ENTITIES, [], None) == []


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("Ada", ""),
        ({"spans": []}, ""),
        ([3], "[0]"),
        ([{"start": 0, "end": 3}], "[0]"),
        ([{**span(0, 3), "id": "x"}], "[0]"),
        ([span(0, 3), span(3, 3)], "[1].end"),
        ([{**span(0, 3), "start": -1}], "[0].start"),
        ([{**span(0, 3), "start": True}], "[0].start"),
        ([{**span(0, 3), "end": 3.0}], "[0].end"),
        ([span(0, 3, "thing")], "[0].label"),
        ([{**span(0, 3), "label": ["person"]}], "[0].label"),
        ([span(0, 3)] * 10_001, ""),
    ],
)
def test_what_is_no_list_of_spans_is_refused_where_it_is_wrong(
    value: Json, field: str
) -> None:
    (problem,) = SPANS.check_value(ENTITIES, value)

    assert problem.field == field


@pytest.mark.parametrize(
    ("relation", "field"),
    [
        (None, "relations[0]"),
        ({"from": 0, "to": 1}, "relations[0]"),
        ({"from": 0, "to": 2, "label": "lives-in"}, "relations[0]"),
        ({"from": True, "to": 1, "label": "lives-in"}, "relations[0]"),
        ({"from": 1, "to": 1, "label": "lives-in"}, "relations[0].to"),
        ({"from": 0, "to": 1, "label": "person"}, "relations[0].label"),
    ],
)
def test_a_relation_leads_from_one_span_to_another(relation: Json, field: str) -> None:
    value: Json = {"spans": [span(0, 3), span(4, 5)], "relations": [relation]}

    (problem,) = SPANS.check_value(RELATED, value)

    assert problem.field == field


def test_the_same_span_twice_is_not_another_one() -> None:
    arrow: Json = {"from": 0, "to": 1, "label": "lives-in"}
    value: Json = {"spans": [span(0, 3), span(0, 3)], "relations": [arrow]}

    assert SPANS.check_value(RELATED, value)


def test_with_relations_a_plain_list_is_refused() -> None:
    (problem,) = SPANS.check_value(RELATED, [span(0, 3)])

    assert "spans" in problem.problem


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ([span(0, 3), span(3, 5)], []),
        ([span(0, 3), span(0, 3)], []),
        ([span(4, 9), span(0, 5)], ["[0]"]),
        ([span(0, 9), span(1, 2), span(3, 4)], ["[1]", "[2]"]),
        ([span(0, 3, "person"), span(0, 3, "place")], ["[1]"]),
    ],
)
def test_where_spans_must_stay_apart_an_overlap_is_refused(
    value: Json, wrong: list[str]
) -> None:
    assert [each.field for each in SPANS.check_value(APART, value)] == wrong
    assert SPANS.check_value(ENTITIES, value) == []


def test_a_models_scores_follow_their_spans() -> None:
    found = SPANS.read_output(
        ENTITIES,
        {
            "value": [span(9, 12), span(0, 3)],
            "confidence": 0.8,
            "scores": [0.9, 0.4],
        },
    )

    assert found == PreLabel(
        value=[span(0, 3), span(9, 12)], confidence=0.8, scores=[0.4, 0.9]
    )


def test_a_models_scores_belong_to_the_spans_where_it_draws_relations_too() -> None:
    arrow: Json = {"from": 0, "to": 1, "label": "lives-in"}

    found = SPANS.read_output(
        RELATED,
        {
            "value": {
                "spans": [span(9, 12, "place"), span(0, 3)],
                "relations": [arrow],
            },
            "scores": [0.9, 0.4],
        },
    )

    assert found == PreLabel(
        value={
            "spans": [span(0, 3), span(9, 12, "place")],
            "relations": [{"from": 1, "to": 0, "label": "lives-in"}],
        },
        scores=[0.4, 0.9],
    )


@pytest.mark.parametrize(
    ("output", "field"),
    [
        ("Ada", ""),
        ({"value": []}, "value"),
        ({"value": {"spans": [], "relations": [], "x": 1}}, "value"),
        (
            {"value": {"spans": [span(0, 3, "x")], "relations": []}},
            "value.spans[0].label",
        ),
        ({"value": {"spans": [span(0, 3)], "relations": []}, "scores": []}, "scores"),
        ({"value": {"spans": 3, "relations": []}, "scores": [0.5]}, "value.spans"),
        ({"value": {"spans": [], "relations": []}, "sure": 1}, "sure"),
    ],
)
def test_a_models_output_is_refused_where_it_is_wrong(output: Json, field: str) -> None:
    found = SPANS.read_output(RELATED, output)

    assert isinstance(found, list)
    assert field in [each.field for each in found]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "value",
                        "spans",
                        "relations",
                        "start",
                        "end",
                        "label",
                        "from",
                        "to",
                        "scores",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=9,
    )
)
def test_whatever_a_model_sends_is_read_or_refused_in_words(output: Json) -> None:
    for question in (ENTITIES, RELATED):
        found = SPANS.read_output(question, output)

        assert isinstance(found, PreLabel) or all(each.problem for each in found)


def schema(**keys: Any) -> list[str]:
    question = {
        "id": "entities",
        "kind": "spans",
        "title": "Who?",
        "labels": [{"id": "person", "name": "Person"}],
        **keys,
    }
    _, _, problems = read_schema([question], [{"name": "text", "type": "text"}])
    return [each.field for each in problems]


def test_a_schema_may_ask_for_spans_of_one_label() -> None:
    assert schema() == []
    assert schema(field="text", overlapping=False) == []
    assert schema(relations=[{"id": "knows", "name": "knows"}]) == []


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"labels": []}, "questions[0].labels"),
        ({"overlapping": "no"}, "questions[0].overlapping"),
        ({"relations": []}, "questions[0].relations"),
        ({"relations": [{"id": "", "name": "x"}]}, "questions[0].relations[0].id"),
        ({"field": "photo"}, "questions[0].field"),
        ({"colour": "red"}, "questions[0].colour"),
    ],
)
def test_a_schema_is_told_what_is_wrong_with_its_question(
    keys: dict[str, Any], field: str
) -> None:
    assert schema(**keys) == [field]
