"""Turns of a conversation are rated and put right with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat_desks import RUBRIC, TURNS, disputed_chat, judged, open_chats
from tests.browser.desks import Desk, all_saved, press, sit_down
from tests.browser.test_looks import violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
LOOKS: list[Any] = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"viewport": {"width": 390, "height": 844}}, id="phone"),
]


def rated(turn: int, helpful: int, true: str, **more: Any) -> dict[str, Any]:
    return {"turn": turn, "ratings": {"helpful": helpful, "true": true}, **more}


GOOD: dict[str, Any] = {
    "turns": [rated(1, 5, "yes"), rated(3, 4, "yes")],
    "conversation": {"ratings": {"true": "yes"}},
}


def opened(signed_in: SignedIn, desk: Desk, **options: Any) -> Page:
    page = signed_in(desk.user, **options).new_page()
    sit_down(page, desk)
    return page


def test_a_conversation_is_judged_by_digits_alone(signed_in: SignedIn) -> None:
    desk = open_chats()
    page = opened(signed_in, desk)
    current = page.locator(".chat-turn[aria-current=true]")
    expect(current).to_contain_text("for one year")
    expect(page.locator(".chat-where")).to_have_text("Turn 1 of 2")

    press(page, "5", "2")
    expect(current).to_contain_text("הסוללה אינה")
    press(page, "4", "2")
    expect(page.locator(".chat-where")).to_have_text("The whole conversation")
    expect(current).to_have_count(0)
    press(page, "2", "Enter")

    all_saved(page)
    assert judged(desk) == [GOOD]
    expect(page.locator(".chat-where")).to_have_text("Turn 1 of 2")
    expect(page.locator(".option:has(:checked):visible")).to_have_count(0)


def test_the_lowest_rating_needs_a_note_before_it_is_handed_in(
    signed_in: SignedIn,
) -> None:
    desk = open_chats()
    page = opened(signed_in, desk)

    press(page, "1", "2")
    note = page.get_by_role("textbox", name="Note on Helpful")
    expect(page.get_by_text("This rating needs a note")).to_be_visible()
    press(page, "ArrowRight", "5", "2", "2", "Enter")
    expect(page.locator("#problem")).to_contain_text(
        "Turn 1 of 2: “Helpful” needs a note"
    )
    press(page, "e")
    expect(note).to_be_focused()
    page.keyboard.type("It is two years")
    press(page, "Escape", "Enter")

    all_saved(page)
    assert judged(desk)[0]["turns"][0] == rated(
        1, 1, "yes", notes={"helpful": "It is two years"}
    )


def test_a_turn_is_put_right_and_what_was_changed_is_shown(
    signed_in: SignedIn,
) -> None:
    desk = open_chats()
    page = opened(signed_in, desk)
    text = page.get_by_label("Corrected text of this turn")

    press(page, "e")
    expect(text).to_have_value("Faults of material, for one year.")
    text.fill("Faults of material, for two years.")
    expect(page.locator(".text-diff ins")).to_have_text(["two", "years"])
    press(page, "Escape", "5", "2", "4", "2", "2", "Enter")

    all_saved(page)
    right = "Faults of material, for two years."
    assert judged(desk)[0]["turns"][0] == rated(1, 5, "yes", correction=right)


def test_a_rating_is_undone_and_made_again(signed_in: SignedIn) -> None:
    page = opened(signed_in, open_chats())
    chosen = page.locator(".chat-criterion input:checked")

    press(page, "3")
    expect(chosen).to_have_value("3")
    press(page, "z")
    expect(chosen).to_have_count(0)
    press(page, "y")

    expect(chosen).to_have_value("3")


def test_turns_left_out_are_asked_for_and_gone_to(signed_in: SignedIn) -> None:
    desk = open_chats()
    page = opened(signed_in, desk)

    press(page, "n", "4", "2", "2", "Enter")

    expect(page.locator("#problem")).to_contain_text("Turn 1 of 2: “Helpful”")
    expect(page.locator(".chat-turn[aria-current=true]")).to_contain_text("one year")
    assert judged(desk) == []


def test_a_long_conversation_follows_the_turn_that_is_judged(
    signed_in: SignedIn,
) -> None:
    many = [{"role": "user", "content": "Go on."}] * 149 + TURNS[:2]
    page = opened(signed_in, open_chats(turns=many))

    current = page.locator(".chat-turn[aria-current=true]")

    expect(current).to_contain_text("for one year")
    expect(current).to_be_in_viewport()


def test_who_settles_sees_which_ratings_and_corrections_differ(
    signed_in: SignedIn,
) -> None:
    other = {
        **GOOD,
        "turns": [rated(1, 5, "no", correction="Two years."), GOOD["turns"][1]],
    }
    desk = disputed_chat(GOOD, other)
    page = opened(signed_in, desk)
    shown = page.locator("#opinions .chat-differences")

    expect(shown.nth(1).locator(".differs")).to_have_count(2)
    expect(shown.nth(1).locator(".differs").first).to_contain_text("Something is wrong")
    expect(shown.nth(1).locator("ins").first).to_be_visible()
    press(page, "Shift+2", "Enter")

    all_saved(page)
    assert judged(desk) == [other]


def test_a_conversation_loads_no_scripts_that_it_does_not_need(
    signed_in: SignedIn,
) -> None:
    desk = open_chats()
    page = signed_in(desk.user).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    sit_down(page, desk)
    press(page, "5", "2")

    scripts = [url for url in asked if "/kinds/" in url and url.endswith(".js")]
    # the scales themselves are those of `rating` and `choice`, notes are written as texts are
    assert {url.split("/kinds/")[1].split("/")[0] for url in scripts} == {
        "chat",
        "choice",
        "rating",
        "text",
    }
    assert not [url for url in asked if "/vendor/" in url]


@pytest.mark.parametrize("look", LOOKS)
def test_judging_a_conversation_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    page = opened(signed_in, open_chats(says=GOOD), **look)

    press(page, "1", "1", "e")
    page.keyboard.type("Why")
    press(page, "Escape", "e")
    page.get_by_label("Corrected text of this turn").fill("Faults, for two years.")
    expect(page.locator(".text-diff ins").first).to_be_attached()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("look", LOOKS)
def test_settling_a_conversation_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    other = {
        **GOOD,
        "turns": [rated(1, 2, "no", correction="Two."), rated(3, 4, "yes")],
    }
    page = opened(signed_in, disputed_chat(GOOD, other), **look)

    expect(page.locator("#opinions ins").first).to_be_attached()

    assert violations(page) == []
    assert RUBRIC["title"] in page.locator("#opinions").inner_text()
