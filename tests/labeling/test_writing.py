"""A schema as text and as the parts of a form: both say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import forms, schemas, writing, yaml_text

SCHEMA: dict[str, Any] = {
    "name": "pets",
    "guideline": "# Pets\n\nLook at the *ears*.",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [
        {
            "id": "pet",
            "kind": "choice",
            "title": "Which pet?",
            "required": True,
            "labels": [
                {"id": "cat", "name": "Cat"},
                {"id": "dog", "name": "Dog", "description": "Barks"},
            ],
        },
        {
            "id": "breed",
            "kind": "choice",
            "title": "Which breed?",
            "required": False,
            "when": {"question": "pet", "is": ["dog"]},
            "labels": [{"id": "pug", "name": "Pug"}, {"id": "no", "name": "Other"}],
        },
    ],
}
WORDS = st.text(min_size=1, max_size=12).filter(
    lambda text: text.isprintable() and text == text.strip()
)
SCHEMAS = st.builds(
    lambda title, names, guideline: {
        "name": "pets",
        "guideline": guideline.replace("\r", "").strip(),
        "fields": [{"name": "text", "type": "text"}],
        "questions": [
            {
                "id": "pet",
                "kind": "choice",
                "title": title,
                "required": True,
                "labels": [{"id": each, "name": each} for each in names],
            }
        ],
    },
    WORDS,
    st.lists(WORDS, min_size=2, max_size=4, unique=True),
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n")),
)


def problems(reading: writing.Reading) -> dict[str, str]:
    return {each["field"]: each["problem"] for each in reading.problems}


@settings(deadline=None)
@given(SCHEMAS)
def test_text_and_form_say_the_same_as_what_is_kept(section: dict[str, Any]) -> None:
    as_text = writing.from_text(yaml_text.write(section), "pets")
    as_form = writing.from_form(forms.write(section), "pets")

    assert as_text.problems == as_form.problems == []
    kept = schemas.as_kept(section)
    assert schemas.as_kept(as_text.section) == kept
    assert schemas.as_kept(as_form.section) == kept


def test_conditions_and_labels_have_their_own_place_in_the_form() -> None:
    form = forms.write(SCHEMA)

    assert form is not None
    breed = form["questions"][1]
    assert breed["when"] == {"question": "pet", "is": '["dog"]'}
    assert [each["id"] for each in breed["labels"]] == ["pug", "no"]
    assert breed["settings"] == ""
    reading = writing.from_form(form, "pets")
    assert schemas.as_kept(reading.section) == schemas.as_kept(SCHEMA)


def test_what_only_a_kind_knows_stands_together_as_yaml() -> None:
    question = {**SCHEMA["questions"][0], "range": {"low": 1}, "labels": ["a", "b"]}

    form = forms.write({**SCHEMA, "questions": [question]})

    assert form is not None
    assert form["questions"][0]["labels"] == []
    assert form["questions"][0]["settings"] == "labels:\n- a\n- b\nrange:\n  low: 1\n"


def test_problems_are_named_by_path_and_line() -> None:
    text = yaml_text.write(SCHEMA).replace("Which breed?", "''")

    reading = writing.from_text(text, "pets")

    assert problems(reading) == {"questions[1].title": "must not be empty"}
    line = text.splitlines()[reading.lines["questions[1].title"] - 1]
    assert line.strip().startswith("title:")


def test_settings_that_are_no_yaml_are_named_beside_their_question() -> None:
    form = forms.write(SCHEMA)
    assert form is not None
    form["questions"][0]["settings"] = "a: [1"

    reading = writing.from_form(form, "pets")

    assert list(problems(reading)) == ["questions[0].settings"]
    assert reading.text == ""


def test_settings_cannot_say_twice_what_the_form_asks() -> None:
    form = forms.write(SCHEMA)
    assert form is not None
    form["questions"][0]["settings"] = "title: Another"

    assert problems(writing.from_form(form, "pets")) == {
        "questions[0].settings": "“title” has its own place above"
    }


def test_a_schema_stays_the_one_it_is() -> None:
    reading = writing.from_text(yaml_text.write({**SCHEMA, "name": "cars"}), "pets")

    assert list(problems(reading)) == ["name"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions: [", "is not YAML, line 1"),
        ("a: &x [1]\nb: *x", "line 2: aliases (*name) are not read here"),
        ("guideline: .nan", "only text, numbers"),
        ('guideline: "\\0"', "U+0000"),
        ("[" * 5000, "is not YAML"),
        ("x" * 400_001, "must have at most 400000 characters"),
        ("7", "must be a map with the keys name, guideline, fields, questions"),
    ],
)
def test_text_that_cannot_be_a_schema_says_why(text: str, said: str) -> None:
    reading = writing.from_text(text, "pets")

    assert said in " ".join(problems(reading).values())


@pytest.mark.parametrize("form", [None, 7, {}, {"questions": 1}, {"questions": [3]}])
def test_parts_that_are_no_form_are_told(form: object) -> None:
    assert writing.from_form(form, "pets").problems


@pytest.mark.parametrize(
    "section",
    [
        None,
        {"questions": 7},
        {"questions": [{"title": 7}]},
        {"questions": [{"when": "x"}]},
        {"guideline": 7},
    ],
)
def test_a_section_that_a_form_cannot_show_stays_text(section: object) -> None:
    assert forms.write(section) is None
