"""Keys are a person's own: another key for an action, for good, and back again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from reviewer.models import Assignment
from tests.browser.desks import open_desk, press, sit_down
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]


def test_another_key_is_chosen_by_keyboard_and_works_from_then_on(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "?")
    page.get_by_role("button", name="Skip, with a reason: key S").focus()
    press(page, "Enter", "w")
    expect(
        page.get_by_role("button", name="Skip, with a reason: key W")
    ).to_be_focused()
    press(page, "Escape", "s")
    expect(page.locator("#ask-skip")).to_be_hidden()
    press(page, "w")
    page.keyboard.type("not mine")
    press(page, "Enter")

    expect(page.get_by_role("radio", name="One")).to_be_checked()
    assert Assignment.objects.get().reason == "not mine"
    page.reload()
    expect(page.locator("#item")).to_be_visible()
    hint = page.get_by_role("button", name="Skip W")
    expect(hint).to_be_visible()


def test_a_key_that_another_action_had_is_taken_from_it_and_both_come_back(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "?")
    page.get_by_role("button", name="Undo: the last change").focus()
    press(page, "Enter", "f")

    told = page.locator("#keys-told")
    expect(told).to_have_text(
        "Another action had this key and has none now. Give it one."
    )
    expect(
        page.get_by_role("button", name="Flag for the lead: key none")
    ).to_be_visible()
    page.get_by_role("button", name="All keys as they were").click()
    expect(page.get_by_role("button", name="Flag for the lead: key F")).to_be_visible()


@pytest.mark.parametrize("key", ["7", "Control+m"])
def test_digits_and_keys_of_the_browser_cannot_be_chosen(
    signed_in: SignedIn, key: str
) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "?")
    page.get_by_role("button", name="Skip, with a reason").focus()
    press(page, "Enter", key)

    expect(page.locator("#keys-told")).to_contain_text("take" if key == "7" else "Take")
    expect(
        page.get_by_role("button", name="Skip, with a reason: key S")
    ).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_the_list_of_keys_is_accessible(
    signed_in: SignedIn, look: dict[str, object]
) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)

    press(page, "?")

    expect(page.get_by_role("button", name="Skip, with a reason")).to_be_attached()
    assert violations(page) == []
