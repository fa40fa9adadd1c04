"""The workbench in Arabic, from right to left, and in German, whose words are long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.desks import Desk, open_desk, press, sit_down
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
PHONE = {"viewport": {"width": 390, "height": 844}}
SHARE = "language => new Intl.NumberFormat(language, {style: 'percent'}).format(0.61)"


def sit_down_in(
    language: str, signed_in: SignedIn, desk: Desk, url: str, **look: Any
) -> Page:
    context = signed_in(desk.user, **look)
    cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    sit_down(page, desk)
    return page


def place(locator: Locator) -> tuple[float, float]:
    """Where it begins and ends from left to right."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


def test_tasks_are_answered_in_arabic_by_keyboard_alone(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk = open_desk(3)
    page = sit_down_in("ar", signed_in, desk, live_server.url)

    press(page, "7", "Enter", "Enter")

    expect(page.locator("#given .mark.is-saved")).to_have_count(2)
    assert desk.answers() == ["7", "1"]
    expect(page.locator("#saved")).to_have_text("حُفظ")
    expect(page.locator("#submit")).to_contain_text("إرسال")
    expect(page.locator("#verdict")).to_have_text("مراجعة")


def test_an_arabic_page_stands_the_other_way_round(
    signed_in: SignedIn, live_server: Any
) -> None:
    page = sit_down_in("ar", signed_in, open_desk(1), live_server.url)

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("#side")).to_be_visible()
    side, answer, item = (
        place(page.locator(each)) for each in ("#side", "#answer", "#item")
    )
    assert side < answer < item
    first = page.locator(".option").first
    assert place(first.locator(".option-share")) < place(first.locator("input"))


@pytest.mark.parametrize("language", ["ar", "de"])
def test_numbers_are_written_as_the_language_writes_them(
    language: str, signed_in: SignedIn, live_server: Any
) -> None:
    page = sit_down_in(language, signed_in, open_desk(1), live_server.url)

    share = page.locator(".option", has_text="Zero").locator(".option-share")

    assert share.text_content() == page.evaluate(SHARE, language)
    assert page.evaluate(SHARE, language) != "61%"


@pytest.mark.parametrize("look", LOOKS)
def test_the_workbench_is_accessible_in_arabic(
    look: dict[str, Any], signed_in: SignedIn, live_server: Any
) -> None:
    page = sit_down_in("ar", signed_in, open_desk(2), live_server.url, **look)

    press(page, "7", "Enter", "g")

    assert violations(page) == []


@pytest.mark.parametrize("language", ["ar", "de"])
def test_words_fit_on_a_phone(
    language: str, signed_in: SignedIn, live_server: Any
) -> None:
    page = sit_down_in(language, signed_in, open_desk(1), live_server.url, **PHONE)

    buttons = page.locator(".bar .button:visible")

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert buttons.count() == 6
    for button in buttons.all():
        assert button.evaluate("each => each.scrollWidth <= each.clientWidth")
        left, right = place(button)
        assert 0 <= left < right <= 390


def test_german_words_fit_beside_their_keys(
    signed_in: SignedIn, live_server: Any
) -> None:
    page = sit_down_in("de", signed_in, open_desk(1), live_server.url)

    _, end_of_bar = place(page.locator(".bar"))

    for button in page.locator(".bar .button:visible").all():
        _, end = place(button)
        assert end <= end_of_bar


def test_the_language_is_chosen_in_the_account_menu(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    page.locator("details.menu summary").press("Enter")
    page.get_by_role("button", name="Deutsch").press("Enter")

    expect(page.locator("#submit")).to_contain_text("Abgeben")
    expect(page.locator("html")).to_have_attribute("lang", "de")
