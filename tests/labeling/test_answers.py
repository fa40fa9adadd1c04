"""Answers fit their questions, agree with each other and add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import answers
from labeling.kinds.base import Json, Question

DIGIT: dict[str, Json] = {
    "id": "digit",
    "kind": "choice",
    "title": "Which digit?",
    "labels": [
        {"id": "0", "name": "Zero", "description": "Round"},
        {"id": "1", "name": "One"},
    ],
    "required": True,
}
BLURRED: dict[str, Json] = {
    "id": "blurred",
    "kind": "choice",
    "title": "Is it blurred?",
    "labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}],
    "required": False,
}
WHY: Json = {"unanswerable": "the picture is torn"}


def questions(*data: Json) -> tuple[Question, ...]:
    read, problems = answers.read_questions(list(data))
    assert problems == []
    return read


ONE = questions(DIGIT)
TWO = questions(DIGIT, BLURRED)


def test_a_question_is_kept_as_it_was_written() -> None:
    (digit,) = ONE

    assert digit.as_json() == DIGIT


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        (None, "questions", "at least one"),
        ([], "questions", "at least one"),
        (["x"], "questions[0]", "object"),
        ([{**DIGIT, "id": "a\u0000"}], "questions[0].id", "printable"),
        ([{**DIGIT, "id": "unanswerable"}], "questions[0].id", "taken"),
        ([{**DIGIT, "title": "  "}], "questions[0].title", "empty"),
        ([{**DIGIT, "title": "\ud800"}], "questions[0].title", "stored"),
        ([{**DIGIT, "required": "yes"}], "questions[0].required", "true or false"),
        ([{**DIGIT, "kind": "magic"}], "questions[0].kind", "choice"),
        ([{**DIGIT, "kind": ["choice"]}], "questions[0].kind", "choice"),
        ([{**DIGIT, "tags": []}], "questions[0].tags", "labels"),
        ([DIGIT, DIGIT], "questions[1].id", "already questions[0]"),
        (
            [DIGIT, {**BLURRED, "labels": [{"id": "y", "name": "Y"}, {"id": "n"}]}],
            "questions[1].labels[1].name",
            "text",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_named_by_its_path(
    data: Json, field: str, says: str
) -> None:
    read, problems = answers.read_questions(data)

    assert read == ()
    assert [problem.field for problem in problems] == [field]
    assert says in problems[0].problem


def test_the_fields_of_a_payload_are_read() -> None:
    fields, problems = answers.read_fields(
        [{"name": "image", "type": "image"}, {"name": "text", "type": "text"}]
    )

    assert [(f.name, f.type) for f in fields] == [("image", "image"), ("text", "text")]
    assert problems == []


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], "fields"),
        ([{"name": "clip", "type": "video"}], "fields[0].type"),
        ([{"name": "", "type": "text"}], "fields[0].name"),
        ([{"name": "a", "type": "text", "size": 1}], "fields[0].size"),
        ([{"name": "a", "type": "text"}] * 2, "fields[1].name"),
    ],
)
def test_a_field_that_cannot_be_shown_is_named_by_its_path(
    data: Json, field: str
) -> None:
    read, problems = answers.read_fields(data)

    assert read == ()
    assert [problem.field for problem in problems] == [field]


@pytest.mark.parametrize(
    "answer", [{"digit": "1"}, {"label": "1"}, {"digit": WHY}, WHY]
)
def test_answer_shorthand_and_unanswerable_fit_one_question(answer: Json) -> None:
    assert answers.check_answer(ONE, answer) == []


@pytest.mark.parametrize(
    "answer", [{"digit": "1"}, {"digit": "1", "blurred": None}, {"digit": WHY}, WHY]
)
def test_a_question_that_is_not_required_may_stay_blank(answer: Json) -> None:
    assert answers.check_answer(TWO, answer) == []


@pytest.mark.parametrize(
    ("answer", "field", "says"),
    [
        (None, "", "object"),
        ([], "", "object"),
        ({}, "digit", "needs an answer"),
        ({"blurred": "yes"}, "digit", "needs an answer"),
        ({"digit": "7"}, "digit", "not a label"),
        ({"digit": "1", "age": 3}, "age", "no question"),
        ({"digit": {"unanswerable": ""}}, "digit.unanswerable", "empty"),
        ({"digit": {"unanswerable": "a\u0000"}}, "digit.unanswerable", "stored"),
        ({"digit": {"unanswerable": 3}}, "digit.unanswerable", "text"),
        ({"digit": {"unanswerable": "x", "value": "1"}}, "digit", "alone"),
        ({"digit": "1", "blurred": "maybe"}, "blurred", "yes, no"),
    ],
)
def test_an_answer_that_does_not_fit_says_which_question_and_why(
    answer: Json, field: str, says: str
) -> None:
    found = answers.check_answer(TWO, answer)

    assert [problem.field for problem in found][:1] == [field]
    assert says in found[0].problem


def test_the_label_shorthand_needs_a_single_question() -> None:
    assert [p.field for p in answers.check_answer(TWO, {"label": "1"})] == [
        "label",
        "digit",
    ]


def test_shorthands_are_written_out_before_they_are_kept() -> None:
    assert answers.normalise(ONE, {"label": "1"}) == {"digit": "1"}
    assert answers.normalise(TWO, WHY) == {"digit": WHY, "blurred": WHY}
    assert answers.normalise(TWO, {"digit": "1", "blurred": None}) == {"digit": "1"}


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ({"digit": "1", "blurred": "no"}, {"digit": "1", "blurred": "no"}, 1.0),
        ({"digit": "1", "blurred": "no"}, {"digit": "0", "blurred": "no"}, 0.5),
        ({"digit": "1"}, {"digit": "1"}, 1.0),
        ({"digit": "1"}, {"digit": "1", "blurred": "no"}, 0.5),
        ({"digit": WHY}, {"digit": {"unanswerable": "other words"}}, 1.0),
        ({"digit": WHY}, {"digit": "1"}, 0.5),
        ({"digit": "1", "blurred": WHY}, {"digit": "1"}, 0.5),
    ],
)
def test_agreement_is_the_mean_over_the_questions(
    a: answers.Answer, b: answers.Answer, alike: float
) -> None:
    assert answers.agree(TWO, a, b) == alike
    assert answers.agree(TWO, b, a) == alike


def test_a_majority_on_every_question_settles_although_no_two_answers_are_equal() -> (
    None
):
    given_: list[answers.Answer] = [
        {"digit": "1", "blurred": "no"},
        {"digit": "1", "blurred": "yes"},
        {"digit": "0", "blurred": "no"},
    ]

    assert answers.settle(TWO, given_) == {"digit": "1", "blurred": "no"}


def test_one_open_question_leaves_the_answer_open_and_is_named() -> None:
    given_: list[answers.Answer] = [
        {"digit": "1", "blurred": "no"},
        {"digit": "1", "blurred": "yes"},
    ]

    assert answers.settle(TWO, given_) is None
    assert answers.tally(TWO, given_) == answers.Tally({"digit": "1"}, ("blurred",))


def test_unanswerable_settles_like_a_value_whatever_the_words() -> None:
    given_: list[answers.Answer] = [
        {"digit": WHY},
        {"digit": {"unanswerable": "black"}},
        {"digit": "1"},
        {"digit": WHY},
    ]

    assert answers.settle(ONE, given_) == {"digit": WHY}
    assert answers.settle(ONE, given_[1:3]) is None


def test_what_most_left_blank_is_settled_without_a_value() -> None:
    given_: list[answers.Answer] = [
        {"digit": "1"},
        {"digit": "1", "blurred": "yes"},
        {"digit": "1"},
    ]

    assert answers.settle(TWO, given_) == {"digit": "1"}
    assert answers.settle(TWO, given_[:2]) is None


def test_nobodys_answer_settles_nothing() -> None:
    assert answers.settle(ONE, []) is None


VALUE = st.sampled_from(["0", "1", WHY])


@given(st.lists(VALUE, min_size=1, max_size=9), st.randoms())
def test_who_answered_first_does_not_matter(values: list[Json], order: object) -> None:
    given_: list[answers.Answer] = [{"digit": value} for value in values]
    shuffled = list(given_)
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    assert answers.settle(ONE, given_) == answers.settle(ONE, shuffled)


@pytest.mark.parametrize(
    "output",
    [
        {"label": "1", "confidence": 0.9},
        {"digit": {"label": "1", "confidence": 0.9}},
    ],
)
def test_a_models_output_is_read_with_and_without_the_question(output: Json) -> None:
    read, problems = answers.read_output(ONE, output)

    assert (read["digit"].value, read["digit"].confidence) == ("1", 0.9)
    assert problems == []


def test_a_model_may_leave_questions_out() -> None:
    read, problems = answers.read_output(TWO, {"blurred": {"label": "no"}})

    assert list(read) == ["blurred"]
    assert problems == []


def test_a_question_may_be_called_label() -> None:
    label = questions({**DIGIT, "id": "label"})

    plain, _ = answers.read_output(label, {"label": "1"})
    full, _ = answers.read_output(label, {"label": {"label": "1"}})

    assert plain["label"].value == full["label"].value == "1"


@pytest.mark.parametrize(
    ("output", "field"),
    [
        (None, ""),
        ({}, ""),
        ({"label": "1"}, "label"),
        ({"digit": "1"}, "digit"),
        ({"digit": {"label": "7"}, "blurred": {"label": "no"}}, "digit.label"),
    ],
)
def test_an_output_that_does_not_fit_several_questions_says_where(
    output: Json, field: str
) -> None:
    read, problems = answers.read_output(TWO, output)

    assert read == {}
    assert [problem.field for problem in problems] == [field]
