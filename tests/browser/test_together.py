"""People work on the same tasks: comments, answers sent back, a first answer of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from labeling.models import Annotation, Comment, Draft
from projects.models import User
from reviewer.models import Assignment, Queue, SentBack
from tests.browser.conftest import SignedIn
from tests.browser.desks import open_desk, press, sit_down
from tests.browser.test_outages import eventually
from tests.browser.together_desks import Dispute, comment, disputed, drawer, newest

pytestmark = pytest.mark.django_db(transaction=True)


def answers(user: User) -> list[Any]:
    mine = Annotation.objects.filter(author=user).order_by("pk")
    return [each.answer["digit"] for each in mine]


def test_the_model_is_shown_after_a_first_answer_and_both_are_kept(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(2, pre_label=Queue.Shown.AFTER_GUESS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(page.locator("#aside")).to_contain_text("Answer on your own first")
    expect(page.locator(".option:has(input:checked)")).to_have_count(0)

    press(page, "7", "Enter")
    said = page.locator("#opinions")
    expect(said).to_contain_text("Your first answer")
    expect(said).to_contain_text("differ")
    expect(page.locator("#aside")).to_be_hidden()
    press(page, "Shift+Digit2", "Enter")

    eventually(page, lambda: answers(desk.user) == ["0"])
    assert newest(desk.user).guess == {"digit": "7"}
    expect(page.locator("#aside")).to_contain_text("Answer on your own first")


def test_whoever_saw_the_model_still_has_after_a_reload(signed_in: SignedIn) -> None:
    desk = open_desk(1, pre_label=Queue.Shown.AFTER_GUESS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "7", "v")
    expect(page.locator("#opinions")).to_contain_text("Your first answer")
    eventually(page, lambda: Draft.objects.filter(guess={"digit": "7"}).exists())

    sit_down(page, desk)

    expect(page.locator("#opinions")).to_contain_text("Your first answer")
    press(page, "3", "Enter")
    eventually(page, lambda: answers(desk.user) == ["3"])
    assert newest(desk.user).guess == {"digit": "7"}


def test_a_queue_without_the_model_never_sends_its_answer(signed_in: SignedIn) -> None:
    desk = open_desk(1, pre_label=Queue.Shown.NEVER)
    page = signed_in(desk.user).new_page()
    told: list[str] = []
    page.on("response", lambda r: told.append(r.text()) if "claim" in r.url else None)

    sit_down(page, desk)
    press(page, "7", "Enter")

    eventually(page, lambda: answers(desk.user) == ["7"])
    assert told
    assert not any("0.61, " in each or "probabilities" in each for each in told)
    assert newest(desk.user).blind


def test_a_comment_is_written_and_resolved_by_keyboard(signed_in: SignedIn) -> None:
    desk = open_desk(2)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "c")
    comment(page, "Is this a seven?")
    press(page, "Escape")

    expect(page.locator("#comments")).to_have_text("1")
    assert Comment.objects.get().text == "Is this a seven?"
    press(page, "c")
    page.get_by_role("button", name="Resolve the comment").press("Enter")
    expect(page.locator(".comments")).to_contain_text("resolved by You")
    press(page, "Escape")
    expect(page.locator("#comments")).to_be_hidden()


def test_a_comment_that_comes_twice_at_once_is_one(signed_in: SignedIn) -> None:
    """With all that there are, asked for when the thread was opened, and by itself."""
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    held: list[Route] = []

    def all_first(route: Route) -> None:
        if route.request.method == "GET":
            held.append(route)
            return
        sent = route.fetch()
        for asked in held:
            asked.fulfill(response=asked.fetch())
        route.fulfill(response=sent)

    page.route("**/api/v1/tasks/*/comments", all_first)
    press(page, "c")
    comment(page, "Is this a seven?")

    expect(page.get_by_role("button", name="Comment", exact=True)).to_be_enabled()
    expect(page.locator(".comments li")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator("#comments")).to_have_text("1")
    assert len(held) == 1


def test_the_history_shows_the_way_from_the_model_to_the_answer(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "7", "Enter")
    eventually(page, lambda: answers(desk.user) == ["7"])

    press(page, "z", "h")

    drawer(page, "History of this task")
    change = page.get_by_role("group", name="From the model’s answer to the last one")
    expect(change).to_contain_text("Zero")
    expect(change).to_contain_text("Seven")
    expect(change).to_contain_text("differ")
    press(page, "Escape")
    expect(page.locator("#item")).to_be_visible()


def send_back(page: Page, reason: str) -> None:
    button = page.get_by_role("button", name="Send A back …")
    button.press("Enter")
    page.keyboard.type(reason)
    press(page, "Enter")


def one_sent_back(signed_in: SignedIn) -> tuple[Dispute, User, Page]:
    """An answer that an expert sent back, its author, and their page before it is opened."""
    given = disputed()
    author = given.authors[0]
    expert = signed_in(given.experts.user).new_page()
    sit_down(expert, given.experts)
    send_back(expert, "Look at the bar")
    eventually(expert, lambda: SentBack.objects.exists())
    return given, author, signed_in(author).new_page()


def test_an_answer_goes_back_with_a_reason_and_is_corrected(
    signed_in: SignedIn,
) -> None:
    given = disputed()
    author = given.authors[0]
    expert = signed_in(given.experts.user).new_page()
    sit_down(expert, given.experts)
    assert author.username not in expert.locator("body").inner_text()

    send_back(expert, "Look at the bar")

    eventually(expert, lambda: SentBack.objects.filter(author=author).exists())
    page = signed_in(author).new_page()
    sit_down(page, given.desk)
    expect(page.locator("#aside")).to_contain_text("An adjudicator sent this back")
    expect(page.locator("#aside")).to_contain_text("Look at the bar")
    press(page, "8", "Enter")
    eventually(page, lambda: answers(author) == ["3", "8"])
    assert SentBack.objects.get().state == SentBack.State.CORRECTED


def test_its_author_says_why_an_answer_stands(signed_in: SignedIn) -> None:
    given, author, page = one_sent_back(signed_in)
    sit_down(page, given.desk)

    page.get_by_role("button", name="It stands, because …").press("Enter")
    page.keyboard.type("The guideline says so")
    press(page, "Enter")

    eventually(page, lambda: SentBack.objects.get().state == SentBack.State.STANDS)
    assert SentBack.objects.get().reply == "The guideline says so"
    assert answers(author) == ["3", "3"]


def test_keys_behind_a_button_that_is_pressed_early_are_the_reason(
    signed_in: SignedIn,
) -> None:
    """Enter among them does not press the button again."""
    given, _author, page = one_sent_back(signed_in)
    held: list[Route] = []
    page.route("**/standby*.js", lambda route: held.append(route))
    sit_down(page, given.desk)

    page.get_by_role("button", name="It stands, because …").press("Enter")
    page.keyboard.type("It has")
    press(page, "Enter")
    assert held
    for each in held:
        each.continue_()

    eventually(page, lambda: SentBack.objects.get().state == SentBack.State.STANDS)
    assert SentBack.objects.get().reply == "It has"


def test_a_reason_is_asked_for_once_there_is_a_field_for_it(
    signed_in: SignedIn,
) -> None:
    given = disputed(decision_reason=Queue.Reasons.REQUIRED)
    page = signed_in(given.experts.user).new_page()
    held: list[Route] = []
    page.route("**/together*.js", lambda route: held.append(route))
    sit_down(page, given.experts)

    press(page, "8", "Enter")
    eventually(page, lambda: bool(held))
    assert answers(given.experts.user) == []
    for each in held:
        each.continue_()

    expect(page.locator("#decision")).to_be_focused()
    expect(page.locator("#problem")).to_have_text("Say why you decide it so.")


def test_a_decision_needs_its_reason_where_the_queue_says_so(
    signed_in: SignedIn,
) -> None:
    given = disputed(decision_reason=Queue.Reasons.REQUIRED)
    user = given.experts.user
    page = signed_in(user).new_page()
    sit_down(page, given.experts)

    press(page, "Shift+Digit2", "Enter")
    expect(page.locator("#problem")).to_have_text("Say why you decide it so.")
    expect(page.locator("#decision")).to_be_focused()
    page.keyboard.type("Closed on top")
    press(page, "Enter")

    eventually(page, lambda: answers(user) == ["8"])
    assert newest(user).note == "Closed on top"


def test_a_skip_says_where_the_task_goes_and_comes_back_last(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(2, skips_to=Queue.SkipsTo.ME)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "s")
    asked = page.get_by_role("dialog", name="Skip this task")
    expect(asked).to_contain_text("It comes back to you when nothing else is left")
    page.keyboard.type("Later")
    press(page, "Enter")
    expect(asked).to_be_hidden()
    skipped = Assignment.objects.filter(outcome=Assignment.Outcome.SKIPPED)
    eventually(page, skipped.exists)
    press(page, "4", "Enter")

    eventually(page, lambda: answers(desk.user) == ["4"])
    expect(page.locator("#item")).to_be_visible()
    press(page, "5", "Enter")
    eventually(page, lambda: answers(desk.user) == ["4", "5"])
