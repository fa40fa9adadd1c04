"""Parts of a text are marked with the keyboard, the mouse or a finger."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desks import all_saved, press, sit_down
from tests.browser.sent import send_as_collected
from tests.browser.test_looks import violations
from tests.browser.text_desks import (
    ENTITIES,
    HELLO,
    RELATIONS,
    TextDesk,
    add_text,
    disputed_text,
    open_texts,
    span,
)
from tests.makers import make_queue_item, make_schema, make_task

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
RELATED = {**ENTITIES, "relations": RELATIONS}
LOOKS: list[Any] = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param(
        {"viewport": {"width": 390, "height": 844}, "has_touch": True}, id="phone"
    ),
]


def at(words: str, label: str = "person", text: str = HELLO) -> dict[str, Any]:
    """The span of these words; Python counts code points, as answers do."""
    start = text.index(words)
    return span(start, start + len(words), label)


def opened(signed_in: SignedIn, desk: TextDesk, **options: Any) -> Page:
    page = signed_in(desk.user, **options).new_page()
    sit_down(page, desk)
    return page


def words_of(page: Page, name: str = "Marked parts") -> Any:
    """What the rows of a list in the answer panel say."""
    return page.get_by_role("list", name=name).locator("li:visible .span-words")


def handed_in(page: Page, desk: TextDesk) -> Any:
    press(page, "Enter")
    all_saved(page)
    return desk.values()[-1]


def test_parts_are_marked_by_keyboard_alone_behind_an_emoji(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO, "Next one."])
    page = opened(signed_in, desk)

    # the emoji, Ada … Lovelace; met, Charles; in, London
    press(page, "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1")
    press(page, "ArrowRight", "ArrowRight", "1")
    press(page, "ArrowRight", "ArrowRight", "2")

    expect(words_of(page)).to_have_text(["Ada Lovelace", "Charles", "London"])
    assert handed_in(page, desk) == [
        at("Ada Lovelace"),
        at("Charles"),
        at("London", "place"),
    ]
    expect(words_of(page)).to_have_count(0)


def test_in_a_line_from_right_to_left_the_left_arrow_goes_on(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)

    press(page, *["ArrowRight"] * 9, "1")
    press(page, "ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "Shift+I", "2")
    press(page, "ArrowLeft", "ArrowLeft", "3")

    assert handed_in(page, desk) == [
        at("מירי"),
        at("תל אביב", "place"),
        at("2019", "date"),
    ]


def test_the_arrows_up_and_down_go_from_line_to_line(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)

    press(page, "ArrowRight", "ArrowDown", "1", "ArrowDown", "2")
    press(page, "ArrowUp", "ArrowUp", "3")

    marked = handed_in(page, desk)
    line = [HELLO.count("\n", 0, each["start"]) for each in marked]
    assert [each["label"] for each in marked] == ["date", "person", "place"]
    assert line == [0, 1, 2]


def test_letters_with_marks_of_their_own_and_emoji_are_never_split(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)

    press(page, "ArrowRight", "1", "i", "i", "u", "Shift+I")
    expect(words_of(page)).to_have_text([""])
    press(page, "Shift+U")
    page.locator(".text-body").evaluate(
        """body => {
          const node = body.firstChild, start = node.data.indexOf("mile") - 2;
          getSelection().setBaseAndExtent(node, start, node, start + 6);
        }"""
    )
    # the browser tells of a selection a moment later
    page.wait_for_timeout(100)
    press(page, "1", "u", "u", "u", "u")

    emoji, letter = handed_in(page, desk)
    assert HELLO[emoji["start"] : emoji["end"]] == f"{HELLO[:2]} "
    assert HELLO[letter["start"] : letter["end"]] == "E\u0301"


def test_what_the_model_marked_is_changed_undone_and_done_again(
    signed_in: SignedIn,
) -> None:
    says = [at("Ada"), at("Charles", "place"), at("London", "place")]
    desk = open_texts(ENTITIES, [HELLO], says=says, scores=[0.9, 0.4, 0.8])
    page = opened(signed_in, desk)
    expect(page.locator(".span-label").nth(1)).to_have_text("Place 40%")

    press(page, "n", "Shift+ArrowRight", "n", "1", "Shift+N", "p", "Backspace")
    press(page, "z", "z", "z", "y")

    assert handed_in(page, desk) == [at("Ada Lovelace"), *says[1:]]


def test_parts_may_overlap_and_the_same_words_may_have_two_labels(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO], says=[at("Ada Lovelace")])
    page = opened(signed_in, desk)

    press(page, "n", "b", "2")

    expect(page.locator(".span-bar.is-over")).to_have_count(1)
    expect(page.locator(".span-layer .span-tag")).to_have_text(["1", "2"])
    assert handed_in(page, desk) == [
        at("Ada Lovelace"),
        at("Ada Lovelace", "place"),
    ]


def test_where_parts_must_stay_apart_the_page_says_what_is_in_the_way(
    signed_in: SignedIn,
) -> None:
    question = {**ENTITIES, "overlapping": False}
    desk = open_texts(question, [HELLO], says=[at("Ada Lovelace")])
    page = opened(signed_in, desk)

    press(page, "ArrowRight", "ArrowRight", "2")

    expect(page.locator(".span-hint")).to_contain_text("“Ada Lovelace” is marked")
    assert handed_in(page, desk) == [at("Ada Lovelace")]


def test_a_relation_is_drawn_and_taken_away_by_keyboard(signed_in: SignedIn) -> None:
    spans = [at("Ada Lovelace"), at("Charles"), at("London", "place")]
    desk = open_texts(RELATED, [HELLO], says={"spans": spans, "relations": []})
    page = opened(signed_in, desk)

    press(page, "n", "r", "n", "2", "r", "n", "n", "1")
    press(page, "r", "n", "2")

    drawn = words_of(page, "Relations between them")
    expect(drawn).to_have_text(["Ada Lovelace → London"])
    assert handed_in(page, desk) == {
        "spans": spans,
        "relations": [{"from": 0, "to": 2, "label": "lives-in"}],
    }


def test_a_part_that_goes_takes_its_relations_with_it(signed_in: SignedIn) -> None:
    says = {
        "spans": [at("Ada"), at("Charles"), at("London", "place")],
        "relations": [
            {"from": 0, "to": 2, "label": "lives-in"},
            {"from": 1, "to": 2, "label": "lives-in"},
        ],
    }
    desk = open_texts(RELATED, [HELLO], says=says)
    page = opened(signed_in, desk)

    press(page, "n", "Delete")

    assert handed_in(page, desk) == {
        "spans": [at("Charles"), at("London", "place")],
        "relations": [{"from": 0, "to": 1, "label": "lives-in"}],
    }


def test_nothing_to_mark_is_an_answer(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)

    assert handed_in(page, desk) == []


def test_words_are_marked_with_the_mouse(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [HELLO], says=[at("London", "place")])
    page = opened(signed_in, desk)
    words = box_of(page, "Charles")

    page.mouse.dblclick(words["x"] + 4, words["y"] + words["height"] / 2)
    page.get_by_role("button", name="Person").first.click()
    london = box_of(page, "London")
    page.mouse.click(london["x"] + 8, london["y"] + london["height"] / 2)
    page.get_by_role("button", name="Date").click()

    assert handed_in(page, desk) == [at("Charles"), at("London", "date")]


def box_of(page: Page, words: str) -> Any:
    """Where these words stand on the screen."""
    return page.locator(".text-body").evaluate(
        """(body, words) => {
          const range = document.createRange(), node = body.firstChild;
          const start = node.data.indexOf(words);
          range.setStart(node, start);
          range.setEnd(node, start + words.length);
          return range.getBoundingClientRect().toJSON();
        }""",
        words,
    )


def test_a_tap_marks_a_word_and_buttons_do_the_rest(signed_in: SignedIn) -> None:
    desk = open_texts(RELATED, [HELLO])
    size = {"width": 390, "height": 844}
    page = opened(signed_in, desk, viewport=size, has_touch=True, is_mobile=True)

    for words, label in (("Charles", "Person"), ("London", "Place")):
        box = box_of(page, words)
        page.touchscreen.tap(box["x"] + 6, box["y"] + box["height"] / 2)
        page.locator(".span-choice", has_text=label).tap()
    page.get_by_role("button", name="Relate to another").tap()
    page.locator(".span-name", has_text="Charles").tap()
    page.locator(".span-choice", has_text="lives in").tap()
    page.locator("#submit").tap()

    all_saved(page)
    (value,) = desk.values()
    assert value["spans"] == [at("Charles"), at("London", "place")]
    assert value["relations"] == [{"from": 1, "to": 0, "label": "lives-in"}]


def test_marks_stay_on_their_words_when_the_text_grows(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [HELLO], says=[at("London", "place")])
    page = opened(signed_in, desk)

    press(page, "+", "+")

    expect(page.locator("#fields")).to_have_attribute("style", re.compile("1.5625"))
    bar = page.locator(".span-bar").first
    expect(bar).to_be_visible()
    page.wait_for_timeout(100)
    words = box_of(page, "London")
    found = bar.bounding_box()
    assert found
    assert abs(found["x"] - words["x"]) < 2
    assert abs(found["width"] - words["width"]) < 2


def test_who_settles_sees_what_differs_and_takes_parts_over_one_by_one(
    signed_in: SignedIn,
) -> None:
    desk = disputed_text(
        ENTITIES,
        HELLO,
        [at("Ada Lovelace"), at("London", "place")],
        [at("Ada"), at("London", "place")],
    )
    page = opened(signed_in, desk)
    rows = page.locator(".span-list li:visible")
    expect(rows.locator(".span-said")).to_have_text(["B", "A", "A B"])

    press(page, "n", "n", " ", "n", " ")

    expect(rows.locator(".span-act")).to_have_text(["Take", "×", "×"])
    assert handed_in(page, desk) == [at("Ada Lovelace"), at("London", "place")]


def test_differences_are_marked_in_words(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)
    both, alone = at("Ada"), at("London", "place")

    page.evaluate(
        """async ([question, values, payload]) => {
          const part = await import("/static/labeling/kinds/spans/control.js");
          document.querySelector("#opinions").hidden = false;
          for (const one of await part.differences(question, values, payload)) {
            const cell = document.createElement("div");
            cell.append(one);
            document.querySelector("#opinions").append(cell);
          }
        }""",
        [ENTITIES, [[both, alone], [both], []], {"text": HELLO}],
    )

    shown = page.locator("#opinions > div")
    expect(shown.nth(0).locator(".differs")).to_have_text(
        [re.compile("Ada Person.*differs"), re.compile("London Place.*differs")]
    )
    expect(shown.nth(1).locator(".differs")).to_have_count(1)
    expect(shown.nth(2)).to_have_text("nothing marked")


def test_code_points_and_the_browsers_units_are_the_same_places(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO])
    page = opened(signed_in, desk)
    signs = ("a", "\u0301", "\r\n", "ש", "\U0001f44b", "\U0001f3fd", "\u200d")
    texts = [HELLO, "", *map("".join, itertools.product(signs, repeat=3))]

    wrong = page.evaluate(
        """async (texts) => {
          const { offsets } = await import("/static/labeling/kinds/spans/places.js");
          return texts.filter((text) => {
            const { toPoints, toUnits } = offsets(text);
            const points = [...text];
            return [...points, ""].some((_, at) => {
              const unit = points.slice(0, at).join("").length;
              return toPoints(unit) !== at || toUnits(at) !== unit;
            });
          });
        }""",
        texts,
    )

    assert wrong == []


def test_of_two_questions_on_one_text_the_active_one_is_answered(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [])
    other = {
        **ENTITIES,
        "id": "times",
        "title": "When?",
        "labels": [{"id": "t", "name": "Time"}],
    }
    schema = make_schema(desk.project, name="two", questions=[ENTITIES, other])
    make_queue_item(
        desk.queue, make_task(desk.project, schema=schema, content={"text": HELLO})
    )
    desk.schema = schema
    page = opened(signed_in, desk)

    press(page, "ArrowRight", "ArrowRight", "1", "j", "ArrowRight", "1")

    assert handed_in(page, desk) == [at("Ada")]


@pytest.mark.parametrize("look", LOOKS)
def test_marking_is_accessible(signed_in: SignedIn, look: dict[str, Any]) -> None:
    spans = [at("Ada Lovelace"), at("Lovelace met", "date"), at("London", "place")]
    relations = [{"from": 0, "to": 2, "label": "lives-in"}]
    says = {"spans": spans, "relations": relations}
    desk = open_texts(RELATED, [HELLO], says=says, scores=[0.9, 0.4, 0.8])
    page = opened(signed_in, desk, **look)

    press(page, "n")
    assert violations(page) == []

    press(page, "r", "n", "?")
    assert violations(page) == []
    press(page, "Escape", "Escape", "ArrowRight")

    assert violations(page) == []


def test_settling_is_accessible(signed_in: SignedIn) -> None:
    desk = disputed_text(ENTITIES, HELLO, [at("Ada Lovelace")], [at("Ada")])
    page = opened(signed_in, desk)

    press(page, "n")

    assert violations(page) == []


def test_a_text_of_200_parts_is_patched_not_made_anew(signed_in: SignedIn) -> None:
    text = "Ada went to London and back. " * 850
    says = [span(29 * n, 29 * n + 3) for n in range(200)]
    desk = open_texts(ENTITIES, [text], says=says)
    page = opened(signed_in, desk)
    expect(page.locator(".span-layer > .span-bar")).to_have_count(200)
    page.evaluate(
        """() => {
          window.touched = 0;
          const count = (changes) => changes.forEach((one) => (touched += one.addedNodes.length + one.removedNodes.length));
          new MutationObserver(count).observe(document.querySelector(".item-text"), { childList: true, subtree: true });
        }"""
    )

    press(page, "ArrowRight", "ArrowRight", "1")

    expect(page.locator(".span-layer > .span-bar:not(.is-chosen)")).to_have_count(201)
    assert page.evaluate("touched") < 12


def test_a_long_list_of_labels_is_filtered(signed_in: SignedIn) -> None:
    labels = [{"id": f"l{n}", "name": f"Plant {n}"} for n in range(20)]
    labels.append({"id": "quince", "name": "Quince"})
    desk = open_texts({**ENTITIES, "labels": labels}, [HELLO])
    page = opened(signed_in, desk)
    expect(page.get_by_role("searchbox")).to_be_visible()

    press(page, "ArrowRight", "ArrowRight", "/")
    page.keyboard.type("qui")
    press(page, "Enter", "Escape")
    expect(page.locator(".span-label").first).to_have_text("Quince")
    page.locator("#fields").focus()

    assert handed_in(page, desk) == [at("Ada", "quince")]


def test_a_blind_task_shows_nothing_of_the_model(signed_in: SignedIn) -> None:
    desk = open_texts(ENTITIES, [])
    add_text(desk, HELLO, says=[at("Ada")], scores=[0.4], blind=True)
    page = opened(signed_in, desk)

    expect(words_of(page)).to_have_count(0)
    expect(page.locator(".span-bar")).to_have_count(0)


def test_the_scripts_work_as_they_are_sent(
    signed_in: SignedIn,
) -> None:
    says = {"spans": [at("London", "place")], "relations": []}
    desk = open_texts(RELATED, [HELLO, f"{HELLO}!"], says=says)
    context = signed_in(desk.user)
    send_as_collected(context)
    page = context.new_page()
    sit_down(page, desk)
    press(page, "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1", "ArrowDown", "2")
    press(page, "n", "Backspace", "z", "Shift+N", "r", "n", "1")

    value = handed_in(page, desk)
    assert at("Ada Lovelace") in value["spans"]
    assert at("London", "place") in value["spans"]
    assert len(value["relations"]) == 1
