"""Texts are shown as they are, and written or put right with the keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.desks import all_saved, press, sit_down
from tests.browser.test_looks import violations
from tests.browser.text_desks import (
    HELLO,
    TextDesk,
    add_text,
    disputed_text,
    open_texts,
)
from tests.makers import make_queue_item, make_schema, make_task

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
REPLY: dict[str, Any] = {"id": "reply", "kind": "text", "title": "Reply"}
LETTER = {**REPLY, "lines": 4, "longest": 40}
CORRECTED = {**REPLY, "title": "Put it right", "start_from": "text"}
LOOKS: list[Any] = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"viewport": {"width": 390, "height": 844}}, id="phone"),
]


def opened(signed_in: SignedIn, desk: TextDesk, **options: Any) -> Page:
    page = signed_in(desk.user, **options).new_page()
    sit_down(page, desk)
    return page


def line_box(page: Page, words: str) -> Any:
    """Where these words stand, and the text around them."""
    return page.locator(".text-body").evaluate(
        """(body, words) => {
          const range = document.createRange(), all = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
          for (let node; (node = all.nextNode());) {
            const start = node.data.indexOf(words);
            if (start < 0) continue;
            range.setStart(node, start);
            range.setEnd(node, start + words.length);
          }
          const { left, right, top } = range.getBoundingClientRect(), around = body.getBoundingClientRect();
          return { fromLeft: left - around.left, fromRight: around.right - right, top, overflow: body.scrollWidth - body.clientWidth };
        }""",
        words,
    )


def test_every_line_starts_on_the_side_of_its_own_writing(signed_in: SignedIn) -> None:
    desk = open_texts(REPLY, [HELLO])
    page = opened(signed_in, desk)

    english, hebrew, french = (line_box(page, w) for w in ("Ada", "מירי", "mile"))

    assert hebrew["fromRight"] < 3 < english["fromRight"]
    assert french["fromLeft"] < 30 < hebrew["fromLeft"]
    assert english["top"] < hebrew["top"] < french["top"]


@pytest.mark.parametrize(
    ("direction", "side"), [("ltr", "fromLeft"), ("rtl", "fromRight")]
)
def test_a_schema_may_fix_the_direction(
    signed_in: SignedIn, direction: str, side: str
) -> None:
    desk = open_texts(REPLY, ["one\nשתיים"], field={"dir": direction})
    page = opened(signed_in, desk)

    assert line_box(page, "one")[side] < 3
    assert line_box(page, "שתיים")[side] < 3


def test_line_breaks_of_every_system_are_one_break(signed_in: SignedIn) -> None:
    desk = open_texts(REPLY, ["one\r\ntwo\rthree\nfour"])
    page = opened(signed_in, desk)

    tops = [line_box(page, word)["top"] for word in ("one", "two", "three", "four")]

    steps = [round(b - a) for a, b in itertools.pairwise(tops)]
    assert steps[0] > 10
    assert len(set(steps)) == 1


def test_characters_without_a_shape_are_named_and_joiners_left_alone(
    signed_in: SignedIn,
) -> None:
    family = "\U0001f469\u200d\U0001f467"
    text = f"a\u200bb\u202ec\u202d \x07 {family} می\u200cخواهم \u200d!"
    desk = open_texts(REPLY, [text])
    page = opened(signed_in, desk)

    names = page.locator(".char").evaluate_all(
        "all => all.map((each) => each.dataset.name)"
    )

    assert names == ["ZWSP", "RLO", "LRO", "U+0007", "ZWJ"]
    assert page.locator(".text-body").evaluate("body => body.textContent") == text


def test_a_word_without_end_is_wrapped(signed_in: SignedIn) -> None:
    desk = open_texts(REPLY, ["x" * 4000])
    page = opened(signed_in, desk, viewport={"width": 390, "height": 844})

    assert line_box(page, "x" * 4000)["overflow"] <= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_line_is_written_submitted_and_the_next_one_begun_without_a_key_between(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(REPLY, ["How are you?", "And you?", "Bye"])
    page = opened(signed_in, desk)

    press(page, "e")
    page.keyboard.type("Fine, ")
    page.keyboard.type("thank you")
    press(page, "Enter")
    page.keyboard.type("Me too")
    press(page, "Enter")

    all_saved(page)
    expect(page.locator("#done")).to_have_text("2")
    assert desk.values() == ["Fine, thank you", "Me too"]


def test_escape_leaves_the_field_and_enter_then_submits(signed_in: SignedIn) -> None:
    desk = open_texts(LETTER, ["How are you?", "And you?"])
    page = opened(signed_in, desk)

    press(page, "e")
    page.keyboard.type("Dear all,")
    press(page, "Enter")
    page.keyboard.type("fine. Flag me?")
    expect(page.locator("#done")).to_have_text("0")
    press(page, "Escape", "Enter")

    all_saved(page)
    assert desk.values() == ["Dear all,\nfine. Flag me?"]
    expect(page.locator("textarea.text-field")).not_to_be_focused()


def test_ctrl_enter_submits_several_lines_and_what_is_too_long_says_so(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(LETTER, ["How are you?", "And you?"])
    page = opened(signed_in, desk)

    press(page, "e")
    page.keyboard.type("x" * 42)
    expect(page.locator(".text-hint")).to_contain_text("2 characters too many.")
    press(page, "Backspace", "Backspace", "Enter", "Control+Enter")

    all_saved(page)
    assert desk.values() == ["x" * 40]


def test_writing_takes_back_that_it_cannot_be_answered(signed_in: SignedIn) -> None:
    desk = open_texts({**REPLY, "required": False}, [])
    also = {"id": "sure", "kind": "text", "title": "How sure?"}
    schema = make_schema(desk.project, name="two", questions=[REPLY, also])
    make_queue_item(desk.queue, make_task(desk.project, schema=schema))
    desk.schema = schema
    page = opened(signed_in, desk)
    press(page, "x")
    page.keyboard.type("cut off")
    press(page, "Enter")
    expect(page.locator(".option-reason").first).to_contain_text("cut off")

    press(page, "k", "e")
    page.keyboard.type("ok")
    page.get_by_label("How sure?").fill("very")
    press(page, "Enter")

    all_saved(page)
    assert desk.values() == ["ok"]


def test_keys_pressed_while_a_script_is_on_its_way_mean_what_was_meant(
    signed_in: SignedIn,
) -> None:
    desk = open_texts({**REPLY, "required": False}, ["One", "Two"])
    page = signed_in(desk.user).new_page()
    held: list[Route] = []
    page.route("**/standby*.js", lambda route: held.append(route))
    sit_down(page, desk)
    press(page, "x")
    page.keyboard.type("cup offs")
    press(page, "Backspace", "Enter", "c")
    page.keyboard.type("hm")
    expect(page.get_by_role("dialog")).to_have_count(0)

    for each in held:
        each.continue_()

    expect(page.locator("#drawer-comments textarea")).to_have_value("hm")
    press(page, "Escape")
    all_saved(page)
    assert desk.values() == [{"unanswerable": "cup off"}]


def test_a_text_is_put_right_and_what_was_changed_is_shown(signed_in: SignedIn) -> None:
    desk = open_texts(CORRECTED, ["A cat sit on mat.", "Next"])
    page = opened(signed_in, desk)
    field = page.locator("textarea.text-field")
    expect(field).to_have_value("A cat sit on mat.")
    expect(page.locator(".text-diff")).to_have_count(0)

    field.fill("A cat sat on the mat.")

    expect(page.locator(".text-diff ins")).to_have_text(["sat", "the "])
    expect(page.locator(".text-diff del")).to_have_text("sit")
    press(page, "Enter")
    all_saved(page)
    assert desk.values() == ["A cat sat on the mat."]
    expect(field).to_have_value("Next")
    expect(page.locator(".text-diff")).to_have_count(0)


def test_the_models_text_is_where_correcting_starts_and_undo_brings_it_back(
    signed_in: SignedIn,
) -> None:
    question = {**REPLY, "start_from": "model"}
    desk = open_texts(question, ["audio.wav"], says="שלום לך")
    page = opened(signed_in, desk)
    field = page.locator("textarea.text-field")

    field.fill("שלום לכם")
    expect(page.locator(".text-diff")).to_have_text("שלום לךלכם")
    expect(page.locator(".text-title")).to_contain_text("the model’s text")
    press(page, "Escape", "z")

    expect(field).to_have_value("שלום לך")
    press(page, "Enter")
    all_saved(page)
    assert desk.values() == ["שלום לך"]


def test_a_blind_task_starts_without_the_models_text(signed_in: SignedIn) -> None:
    desk = open_texts({**REPLY, "start_from": "model"}, [])
    add_text(desk, "heard", says="what it heard", blind=True)
    page = opened(signed_in, desk)

    expect(page.locator("textarea.text-field")).to_have_value("")
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("has no answer yet")


def test_who_settles_may_start_from_one_of_the_answers(signed_in: SignedIn) -> None:
    desk = disputed_text(REPLY, "How are you?", "Fine", "Very fine")
    page = opened(signed_in, desk)
    expect(page.locator("textarea.text-field")).to_have_value("")

    page.get_by_role("button", name="Start from B").click()
    page.keyboard.type("!")
    press(page, "Enter")

    all_saved(page)
    assert desk.values() == ["Very fine!"]


def test_differences_are_marked_as_inserted_and_deleted(signed_in: SignedIn) -> None:
    desk = open_texts(REPLY, ["Hm"])
    page = opened(signed_in, desk)

    page.evaluate(
        """async ([question, values]) => {
          const part = await import("/static/labeling/kinds/text/control.js");
          document.querySelector("#opinions").hidden = false;
          document.querySelector("#opinions").append(...part.differences(question, values, {}));
        }""",
        [REPLY, ["one two three", "one three four"]],
    )

    shown = page.locator("#opinions .text-diff")
    expect(shown.nth(0)).to_have_text("one two three")
    expect(shown.nth(1).locator("del")).to_have_text("two ")
    expect(shown.nth(1).locator("ins")).to_have_text(" four")


@pytest.mark.parametrize("look", LOOKS)
def test_putting_a_text_right_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = open_texts(CORRECTED, ["A cat\u200b sat."])
    page = opened(signed_in, desk, **look)

    press(page, "e")
    page.keyboard.type(" More")
    expect(page.locator(".text-diff ins")).to_have_count(1)

    assert violations(page) == []
