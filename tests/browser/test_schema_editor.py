"""A lead changes a schema by keyboard; the page checks and shows what it will be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from labeling import schemas
from tests.browser.desks import press
from tests.browser.schema_pages import GUIDELINE, Desk, open_editor, open_schema
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]


@pytest.fixture
def desk() -> Desk:
    return open_schema()


def preview_of(page: Page, question: str) -> Any:
    return page.locator("#questions").get_by_role("group", name=question)


def test_a_question_with_labels_is_added_tried_and_saved_by_keyboard(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)

    page.get_by_role("button", name="Add a question").focus()
    press(page, "Enter")
    page.keyboard.type("How urgent is it?")
    page.locator("#in-questions\\[1\\]\\.labels\\[0\\]\\.name").focus()
    page.keyboard.type("Very urgent")
    press(page, "Enter")
    page.keyboard.type("Not at all")
    press(page, "Enter")
    page.keyboard.type("Unclear")
    page.get_by_role("button", name="Remove label 4").focus()
    press(page, "Enter")
    urgent = preview_of(page, "How urgent is it?")
    expect(urgent.get_by_role("radio")).to_have_count(3)
    urgent.get_by_role("radio").first.focus()
    press(page, "2")
    page.get_by_label("What changed").focus()
    page.keyboard.type("Ask how urgent it is")
    press(page, "Enter")
    expect(page.locator("#changes ~ ul")).to_contain_text("How urgent is it?")
    press(page, "Enter")

    expect(page.locator(".notices")).to_contain_text("Version 2 is used for new tasks")
    made = desk.newest()
    assert (made.note, made.created_by) == ("Ask how urgent it is", desk.lead)
    labels = made.questions[1]["labels"]
    assert [(each["id"], each["name"]) for each in labels] == [
        ("very_urgent", "Very urgent"),
        ("not_at_all", "Not at all"),
        ("unclear", "Unclear"),
    ]


def test_what_is_answered_in_the_preview_is_shown_and_goes_nowhere(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    sent: list[str] = []
    page.on("request", lambda each: sent.append(f"{each.method} {each.url}"))
    open_editor(page, desk)
    expect(page.locator("#fields")).to_contain_text("I was charged twice.")

    preview_of(page, "What is it about?").get_by_role("radio").first.focus()
    press(page, "2")
    page.get_by_text("The answer that would be handed in").click()

    expect(page.locator("#answer-json")).to_contain_text('"topic": "bug"')
    posted = [each for each in sent if each.startswith("POST")]
    assert posted
    assert all(each.endswith("/check") for each in posted)


def test_what_is_wrong_is_said_beside_its_input_and_stops_the_page_from_going_on(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    title = page.get_by_label("Question", exact=True)

    title.fill("")
    wrong = page.locator("#wrong-questions\\[0\\]\\.title")
    expect(wrong).to_have_text("must not be empty")
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#told")).to_contain_text("1 thing does not fit yet.")
    page.get_by_label("What changed").fill("Nothing")
    press(page, "Enter")

    expect(title).to_be_focused()
    title.fill("What is it?")
    expect(wrong).to_be_empty()
    expect(preview_of(page, "What is it?")).to_be_visible()


def test_questions_and_labels_are_moved_by_alt_and_arrows_and_put_back_when_removed(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    names = page.locator(".label-row input:nth-child(2)")
    names.nth(1).focus()

    press(page, "Alt+ArrowUp")
    assert [each.input_value() for each in names.all()] == ["Bug report", "Billing"]
    expect(names.nth(0)).to_be_focused()
    page.get_by_role("button", name="Remove Billing").focus()
    press(page, "Enter")
    expect(names).to_have_count(1)
    expect(page.locator("#told")).to_contain_text("does not fit yet")
    expect(page.get_by_role("button", name="Put it back")).to_be_focused()
    press(page, "Enter")

    assert [each.input_value() for each in names.all()] == ["Bug report", "Billing"]


def test_text_and_form_say_the_same(signed_in: SignedIn, desk: Desk) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_label("Question", exact=True).fill("Which topic?")

    page.get_by_role("radio", name="As text").check()
    text = page.locator("#text")
    expect(text).to_have_value(re.compile("title: Which topic"))
    text.fill(text.input_value().replace("Which topic?", "Which one?"))
    page.get_by_role("radio", name="Form").check()

    expect(page.get_by_label("Question", exact=True)).to_have_value("Which one?")
    expect(page.get_by_label("Guideline", exact=True)).to_have_value(GUIDELINE)


def test_text_that_is_no_yaml_names_the_line_and_stays(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_role("radio", name="As text").check()
    text = page.locator("#text")
    expect(text).to_be_focused()

    text.fill("questions: [\n  a: b\n")
    expect(page.locator("#text-problems")).to_contain_text("is not YAML, line")
    page.get_by_role("radio", name="Form").check()

    expect(text).to_be_visible()
    expect(text).to_have_value("questions: [\n  a: b\n")


def test_a_question_is_asked_only_after_an_answer_that_is_ticked(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_role("button", name="Add a question").click()
    page.keyboard.type("Which bug?")
    for at, name in enumerate(("Crash", "Typo")):
        page.locator(f"#in-questions\\[1\\]\\.labels\\[{at}\\]\\.name").fill(name)

    page.locator("#in-questions\\[1\\]\\.when").select_option("topic")
    page.get_by_role("checkbox", name="Bug report").check()

    expect(preview_of(page, "What is it about?")).to_be_visible()
    expect(preview_of(page, "Which bug?")).to_be_hidden()
    preview_of(page, "What is it about?").get_by_label("Bug report").check()
    expect(preview_of(page, "Which bug?")).to_be_visible()


def test_the_sample_can_be_another_text(signed_in: SignedIn, desk: Desk) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_text("The input it is tried on").click()
    sample = page.get_by_label("Fields of the input, as JSON")

    sample.fill("{")
    expect(page.locator("#sample-problem")).to_contain_text("no JSON yet")
    sample.fill('{"text": "The page is blank."}')

    expect(page.locator("#fields")).to_contain_text("The page is blank.")
    expect(page.locator("#sample-problem")).to_be_empty()


def test_the_second_of_two_leads_gets_both_changes(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_label("Guideline", exact=True).fill(f"{GUIDELINE}\n- Bugs are errors.")
    section = schemas.section_of(desk.newest())
    section["questions"][0]["title"] = "Which topic?"
    edit = schemas.Edit(based_on=1, note="Shorter")
    schemas.apply_schema(desk.project, section, desk.lead, edit)

    page.get_by_label("What changed").fill("Say what a bug is")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Version 2 was saved meanwhile"
    )
    page.get_by_role("button", name="Look at version 3").click()
    page.get_by_role("button", name="Save version 3").click()

    expect(page.locator(".notices")).to_contain_text("Version 3 is used")
    made = desk.newest()
    assert made.questions[0]["title"] == "Which topic?"
    assert made.guideline.endswith("- Bugs are errors.")


def test_the_page_asks_before_it_is_left_with_changes(
    signed_in: SignedIn, desk: Desk
) -> None:
    page = signed_in(desk.lead).new_page()
    open_editor(page, desk)
    page.get_by_label("Guideline", exact=True).fill("Other")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    page.get_by_role("link", name="Leave").click()

    expect(page.get_by_label("Guideline", exact=True)).to_have_value("Other")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_schemas_are_accessible(
    signed_in: SignedIn, desk: Desk, look: dict[str, Any]
) -> None:
    page = signed_in(desk.lead, **look).new_page()
    open_editor(page, desk)
    page.get_by_role("button", name="Add a question").click()
    expect(page.locator("#told")).to_be_visible()
    found = violations(page)
    page.get_by_role("radio", name="As text").check()
    expect(page.locator("#text-problems")).not_to_be_empty()
    found += violations(page)
    section = schemas.section_of(desk.version)
    section["guideline"] = "# Topic\n\nChoose the *first* topic."
    edit = schemas.Edit(based_on=1, note="First")
    schemas.apply_schema(desk.project, section, desk.lead, edit)

    for address in (desk.url, f"{desk.url}move/", f"/p/{desk.project.slug}/schemas/"):
        other = page.context.new_page()
        other.goto(address)
        found += violations(other)
        width = other.evaluate("document.documentElement.scrollWidth")
        assert width <= other.evaluate("innerWidth"), address

    assert found == []
