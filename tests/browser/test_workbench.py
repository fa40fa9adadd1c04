"""A person at the workbench, with a keyboard, on a real database."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from labeling import guidelines
from labeling.models import Annotation
from reviewer.models import Assignment, Queue, QueueItem
from tests.browser.desks import (
    GUIDELINE,
    Desk,
    add_digit,
    all_saved,
    open_desk,
    press,
    sit_down,
)
from tests.browser.sent import send_as_collected
from tests.browser.test_outages import eventually
from tests.makers import (
    make_annotation,
    make_member,
    make_queue_item,
    make_schema,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]


def test_ten_tasks_are_answered_by_keyboard_alone(signed_in: SignedIn) -> None:
    desk = open_desk(12)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    for done, digit in enumerate("7700123456"):
        # a machine at its limit may have no task ready for a moment: keys mean none then
        expect(page.locator("#done")).to_have_text(str(done))
        expect(page.locator("#item")).to_be_visible()
        press(page, digit, "Enter")

    all_saved(page)
    assert desk.answers() == list("7700123456")
    expect(page.get_by_text("needs JavaScript")).to_be_hidden()
    expect(page.locator("#done")).to_have_text("10")
    expect(page.locator("#waiting")).to_have_text("2")


def test_enter_alone_accepts_the_answer_of_the_model(signed_in: SignedIn) -> None:
    desk = open_desk(4)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "Enter", "Enter", "Enter")

    all_saved(page)
    assert desk.answers() == ["0", "1", "2"]


def test_a_task_says_why_it_is_here_and_how_sure_the_model_was(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()

    sit_down(page, desk)

    expect(page.locator("#why")).to_contain_text(
        "“Unsure”: confidence 0.61 is below 0.90"
    )
    expect(page.locator("#why")).to_contain_text("digits, version 3")
    expect(page.locator(".option", has_text="Zero")).to_contain_text("61%")
    expect(page.locator(".option", has_text="One")).to_contain_text("39%")


def test_a_blind_task_hides_the_model_and_wants_an_own_answer(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(0)
    add_digit(desk, 5, blind=True)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "Enter")

    expect(page.locator("#blind")).to_be_visible()
    expect(page.locator("#problem")).to_contain_text("“Which digit?” has no answer yet")
    expect(page.locator("#answer")).not_to_contain_text("%")
    assert desk.answers() == []


def test_undo_brings_the_answer_back_and_the_correction_replaces_it(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "7", "Enter")
    all_saved(page)

    press(page, "z")
    expect(page.locator("#note")).to_contain_text("correcting")
    expect(page.get_by_role("radio", name="Seven")).to_be_checked()
    press(page, "3", "Enter")

    all_saved(page)
    first, second = Annotation.objects.order_by("pk")
    assert (first.answer, second.answer) == ({"digit": "7"}, {"digit": "3"})
    assert second.supersedes_id == first.pk
    expect(page.locator("#done")).to_have_text("1")
    expect(page.get_by_role("radio", name="One")).to_be_checked()


def test_that_it_cannot_be_answered_is_an_answer_with_a_reason(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(2)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "x")
    page.keyboard.type("too blurred")
    press(page, "Enter")

    all_saved(page)
    assert desk.answers() == [{"unanswerable": "too blurred"}]


@pytest.mark.parametrize(
    ("key", "outcome"),
    [("s", Assignment.Outcome.SKIPPED), ("f", Assignment.Outcome.FLAGGED)],
)
def test_a_task_is_skipped_or_flagged_with_a_reason(
    signed_in: SignedIn, key: str, outcome: str
) -> None:
    desk = open_desk(2)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, key)
    page.keyboard.type("not a digit")
    press(page, "Enter")

    expect(page.get_by_role("radio", name="One")).to_be_checked()
    ended = Assignment.objects.get()
    assert (ended.outcome, ended.reason) == (outcome, "not a digit")


def test_the_guideline_is_one_key_away(signed_in: SignedIn) -> None:
    desk = open_desk(1, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    page = signed_in(desk.user, viewport={"width": 1100, "height": 800}).new_page()
    sit_down(page, desk)
    expect(page.locator("#side")).to_be_hidden()

    press(page, "g")

    expect(page.get_by_role("heading", name="What counts")).to_be_visible()
    expect(page.locator("#guideline strong")).to_have_text("as written")


def test_single_keys_can_be_switched_off(signed_in: SignedIn) -> None:
    desk = open_desk(2)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "?")
    page.get_by_label("Single keys work").uncheck()
    press(page, "Escape")

    press(page, "7", "s")

    expect(page.get_by_role("radio", name="Zero")).to_be_checked()
    expect(page.locator("#reason-dialog")).to_be_hidden()
    expect(page.locator("#submit kbd")).to_be_hidden()


def test_how_keys_work_is_chosen_once_it_can_be_kept(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    held: list[Route] = []
    page.route("**/settings*.js", lambda route: held.append(route))
    sit_down(page, desk)
    press(page, "?")

    box = page.get_by_label("Single keys work")
    expect(box).to_be_disabled()
    eventually(page, lambda: bool(held))
    held[0].continue_()
    box.uncheck()
    press(page, "Escape")

    expect(page.locator("body")).to_have_class(re.compile("keys-off"))


def test_a_long_list_of_labels_is_filtered_by_letters(signed_in: SignedIn) -> None:
    desk = open_desk(0)
    names = [f"Plant {number}" for number in range(30)] + ["Quince"]
    labels = [{"id": f"p{at}", "name": name} for at, name in enumerate(names)]
    question = {"id": "digit", "kind": "choice", "title": "Plant", "labels": labels}
    schema = make_schema(desk.project, name="plants", questions=[question])
    make_queue_item(desk.queue, make_task(desk.project, schema=schema))
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(page.get_by_role("searchbox")).to_be_visible()

    press(page, "/")
    page.keyboard.type("qui")
    press(page, "Enter", "Enter")

    all_saved(page)
    assert desk.answers() == ["p30"]


def test_an_empty_queue_says_so_and_shows_what_comes(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Nothing waits.")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("You answered 1 in this session.")

    add_digit(desk, 4)

    expect(page.get_by_role("radio", name="Four")).to_be_checked(timeout=15_000)


def test_a_paused_queue_says_who_stopped_it(signed_in: SignedIn) -> None:
    desk = open_desk(2, paused=True)
    page = signed_in(desk.user).new_page()

    page.goto(desk.url)

    expect(page.get_by_role("heading", name="This queue is paused")).to_be_visible()


def test_an_adjudicator_sees_answers_side_by_side_without_names(
    signed_in: SignedIn,
) -> None:
    desk = disputed()
    page = signed_in(desk.user).new_page()

    sit_down(page, desk)

    table = page.locator("#opinions")
    expect(table).to_contain_text("≠ differ")
    expect(table.locator("td.differs")).to_have_text(["Three", "Eight", "Five"])
    expect(page.locator(".option", has_text="Three").locator(".letter")).to_have_text(
        "A"
    )
    expect(page.locator(".option", has_text="Eight").locator(".letter")).to_have_text(
        "B"
    )
    expect(page.locator("body")).not_to_contain_text("Alice")
    expect(page.locator(".option input:checked")).to_have_count(0)


def test_an_adjudicator_begins_from_what_somebody_said_by_one_key(
    signed_in: SignedIn,
) -> None:
    desk = disputed()
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(page.get_by_role("button", name="Take B")).to_be_visible()

    press(page, "Shift+Digit2")
    expect(page.get_by_role("radio", name="Eight")).to_be_checked()
    press(page, "z")
    expect(page.locator(".option input:checked")).to_have_count(0)
    page.get_by_role("button", name="Take A").click()
    page.locator("#fields").focus()
    press(page, "Enter")

    all_saved(page)
    assert desk.answers() == ["3"]


def disputed() -> Desk:
    """One task on which Alice and another reviewer disagree, for an adjudicator."""
    purpose = Queue.Purpose.ADJUDICATION
    desk = open_desk(0, role="adjudicator", purpose=purpose)
    add_digit(desk, 5)
    task = QueueItem.objects.get(queue=desk.queue).task
    for digit in "38":
        author = make_member(desk.project)
        author.name = "Alice"
        author.save(update_fields=["name"])
        make_annotation(task, author, answer={"digit": digit})
    return desk


def test_a_second_tab_waits_until_it_is_told_to_take_over(signed_in: SignedIn) -> None:
    desk = open_desk(5)
    context = signed_in(desk.user)
    first = context.new_page()
    sit_down(first, desk)

    second = context.new_page()
    second.goto(desk.url)
    heading = second.get_by_role("heading", name="This queue is open in another tab")
    expect(heading).to_be_visible()
    second.get_by_role("button", name="Work here instead").click()

    expect(second.locator("#item")).to_be_visible()
    expect(first.get_by_role("heading", name="moved to another tab")).to_be_visible()
    press(second, "Enter")
    all_saved(second)
    assert desk.answers() == ["0"]


def test_the_scripts_work_as_they_are_sent(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    send_as_collected(context)
    page = context.new_page()
    sit_down(page, desk)
    press(page, "7", "Enter", "x")
    page.keyboard.type("cut off")
    press(page, "Enter", "z", "Enter")

    all_saved(page)
    assert desk.answers() == ["7", *[{"unanswerable": "cut off"}] * 2]
