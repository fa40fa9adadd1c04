"""The editor: write, look at what would change, save; nobody's change is lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from labeling import forms, writing
from labeling.models import SchemaVersion
from projects.models import AuditEntry
from tests import makers
from tests.labeling.pages.makers import Pets, questions


def read(response: Any) -> str:
    """The words of the page, without its marks."""
    text = re.sub(r"<[^>]+>", "", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_a_schema_is_changed_without_script_looked_at_and_saved_with_a_note(
    pets: Pets,
) -> None:
    text = pets.text(guideline="Look at the tail.")

    looked = pets.post(text=text)
    assert "Save version 2 of pets?" in read(looked)
    assert "Look at the tail" in read(looked)
    assert SchemaVersion.objects.count() == 1
    saved = pets.post(text=text, step="save")

    made = pets.newest()
    assert (made.number, made.guideline) == (2, "Look at the tail.")
    assert (made.note, made.created_by, made.in_browser) == (
        "Better words",
        pets.lead,
        True,
    )
    assert "Version 2 is used for new tasks from now on." in read(saved)
    entry = AuditEntry.objects.get(action="schema version made")
    assert (entry.actor, entry.reason) == (pets.lead, "Better words")


def test_what_does_not_fit_is_named_and_what_was_written_stays(pets: Pets) -> None:
    response = pets.post(text=pets.text(questions=questions("cat", "dog", title="")))

    assert response.status_code == 422
    assert "questions[0].title: must not be empty" in read(response)
    assert "title: &#x27;&#x27;" in response.content.decode()
    assert SchemaVersion.objects.count() == 1


@pytest.mark.parametrize("step", ["look", "save"])
def test_a_version_says_what_changed(pets: Pets, step: str) -> None:
    response = pets.post(text=pets.text(guideline="x"), note=" ", step=step)

    assert response.status_code == 422
    assert SchemaVersion.objects.count() == 1


def test_saving_what_is_there_already_makes_no_version(pets: Pets) -> None:
    kept = pets.change(guideline="As it is kept.")

    response = pets.post(text=pets.text(), step="save")

    assert "none was made" in read(response)
    assert pets.newest() == kept


def test_a_label_that_answers_have_is_warned_of_before_it_goes(pets: Pets) -> None:
    task = makers.make_task(pets.project, schema=pets.version)
    makers.make_gold(task, "dog")
    makers.make_task(pets.project, schema=pets.version)

    response = pets.post(text=pets.text(questions=questions("cat", "fish")))

    page = read(response)
    assert "Dog can no longer be chosen in label. 1 settled answer says it" in page
    assert "1 open task stays on the version it has" in page


def test_a_label_that_nobody_chose_goes_without_a_word(pets: Pets) -> None:
    makers.make_gold(makers.make_task(pets.project, schema=pets.version), "cat")

    page = read(pets.post(text=pets.text(questions=questions("cat", "fish"))))

    assert "can no longer be chosen" not in page


def test_a_question_that_was_answered_is_warned_of_before_it_goes(pets: Pets) -> None:
    makers.make_gold(makers.make_task(pets.project, schema=pets.version), "cat")
    other = [{**questions("cat", "dog")[0], "id": "pet"}]

    page = read(pets.post(text=pets.text(questions=other)))

    assert "is no longer asked. 1 settled answer to it stays" in page


def test_other_words_under_the_same_id_are_warned_of(pets: Pets) -> None:
    other = questions("cat", "dog", title="Which animal?")

    page = read(pets.post(text=pets.text(questions=other)))

    assert "What is it? is called Which animal?, with the same id" in page


def test_two_leads_at_once_get_both_changes_in_one_text(pets: Pets) -> None:
    mine = pets.text(guideline="Look at the tail.")
    pets.change(questions=questions("cat", "dog", "fish"))

    response = pets.post(text=mine, based_on=1, step="save")

    assert response.status_code == 409
    assert "Version 2 was saved meanwhile" in read(response)
    assert pets.newest().number == 2
    joined = writing.from_text(response.context["text"], "pets")
    assert joined.problems == []
    assert joined.section["guideline"] == "Look at the tail."
    assert len(joined.section["questions"][0]["labels"]) == 3
    saved = pets.post(text=response.context["text"], step="save")
    assert "Version 3 is used" in read(saved)


def test_where_two_leads_changed_the_same_both_are_told(pets: Pets) -> None:
    mine = pets.text(guideline="Look at the tail.")
    pets.change(guideline="Look at the paws.")

    response = pets.post(text=mine, based_on=1)

    assert response.status_code == 409
    assert "theirs “Look at the paws.”, yours “Look at the tail.”" in read(response)


def test_a_long_text_that_two_leads_changed_is_told_by_its_lines(pets: Pets) -> None:
    mine = pets.text(guideline="# Pets\n\nLook at the tail.")
    pets.change(guideline="# Pets\n\nLook at the paws.")

    page = pets.post(text=mine, based_on=1).content.decode()

    assert "from theirs to yours" in page
    assert "<del>paws</del>" in page
    assert "<ins>tail</ins>" in page


def test_a_text_that_does_not_fit_is_not_lost_when_somebody_saved_meanwhile(
    pets: Pets,
) -> None:
    pets.change(guideline="Look at the paws.")

    response = pets.post(text="questions: [", based_on=1)

    assert response.status_code == 409
    assert response.context["text"] == "questions: ["


@pytest.mark.parametrize(
    "fields", [{"based_on": "x"}, {"step": "burn"}, {"based_on": "-1"}]
)
def test_a_form_that_no_page_makes_is_refused(pets: Pets, fields: Any) -> None:
    assert pets.post(text=pets.text(), **fields).status_code == 400


def check(pets: Pets, **body: Any) -> Any:
    response = pets.as_lead().post(f"{pets.url}check", body)
    assert response.status_code == 200
    return response.json()


def test_what_is_being_written_is_checked_and_nothing_is_kept(pets: Pets) -> None:
    text = pets.text(questions=questions("cat", "dog", title="Which?"))

    found = check(pets, text=text)

    assert found["problems"] == []
    assert found["form"]["questions"][0]["title"] == "Which?"
    assert found["schema"]["questions"][0]["title"] == "Which?"
    assert SchemaVersion.objects.count() == 1


def test_the_form_is_checked_by_the_paths_of_its_inputs(pets: Pets) -> None:
    form = forms.write(pets.section())
    assert form is not None
    form["questions"][0]["labels"][1]["id"] = "cat"

    found = check(pets, form=json.dumps(form))

    (problem,) = found["problems"]
    assert problem["field"] == "questions[0].labels[1].id"
    assert found["schema"] is None
    assert "name: pets" in found["text"]


def test_a_check_of_nothing_is_refused(pets: Pets) -> None:
    response = pets.as_lead().post(f"{pets.url}check", {"form": "{"})

    assert response.status_code == 400


def test_the_editor_tries_questions_on_the_newest_input(pets: Pets) -> None:
    makers.make_task(pets.project, schema=pets.version, content={"text": "Old."})
    makers.make_task(pets.project, schema=pets.version, content={"text": "New."})

    response = pets.as_lead().get(f"{pets.url}edit/")

    assert response.context["editor"]["sample"] == {"text": "New."}
