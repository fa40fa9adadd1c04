"""A guideline is read before the first task that follows it; a changed one as a diff."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from labeling import guidelines, schemas
from labeling.models import Acknowledgement, SchemaVersion
from tests.browser.desks import (
    GUIDELINE,
    Desk,
    add_digit,
    all_saved,
    open_desk,
    press,
    sit_down,
)
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
# The page takes Enter for "read" only after so many milliseconds (reading.js).
SETTLING = 700


def news(page: Page) -> Any:
    return page.get_by_role("dialog", name="guideline")


def lost(route: Route) -> None:
    route.abort()


def read_it(page: Page) -> None:
    expect(news(page)).to_be_visible()
    page.wait_for_timeout(SETTLING)
    press(page, "Enter")
    expect(news(page)).to_be_hidden()


def change(desk: Desk, guideline: str) -> SchemaVersion:
    """The next version; tasks that are added from now on follow it."""
    section = {**schemas.section_of(desk.schema), "guideline": guideline}
    schemas.apply_schema(desk.project, section, None)
    desk.schema = desk.schema.schema.versions.latest("number")
    return desk.schema


def until_read(desk: Desk) -> None:
    """The page tells the server behind the task."""
    until = time.monotonic() + 5
    mine = Acknowledgement.objects.filter(user=desk.user, version=desk.schema)
    while not mine.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert mine.count() == 1


def test_who_begins_reads_the_guideline_once_and_then_works_by_keyboard_alone(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(3, guideline=GUIDELINE)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(news(page)).to_contain_text("Read the guideline first")
    expect(news(page).locator("strong")).to_have_text("as written")

    read_it(page)
    press(page, "7", "Enter")
    all_saved(page)
    until_read(desk)
    page.reload()

    expect(page.locator("#item")).to_be_visible()
    expect(news(page)).to_be_hidden()
    assert desk.answers() == ["7"]


def test_a_changed_guideline_is_shown_as_what_changed_before_its_first_task(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    change(desk, GUIDELINE.replace("may have a bar", "must have a bar"))
    add_digit(desk, 1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(news(page)).to_be_hidden()

    press(page, "7", "Enter")

    expect(news(page)).to_contain_text("The guideline has changed")
    expect(news(page).locator("del")).to_have_text("may")
    expect(news(page).locator("ins")).to_have_text("must")
    read_it(page)
    press(page, "3", "Enter")
    all_saved(page)
    assert desk.answers() == ["7", "3"]


def test_a_version_made_while_the_page_is_open_is_read_too(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    change(desk, GUIDELINE)
    add_digit(desk, 1)

    press(page, "7", "Enter")
    all_saved(page)
    # the page looks for more when somebody comes back to it
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(news(page)).to_contain_text("Read the guideline first")


def test_neither_escape_nor_a_key_held_down_counts_as_having_read(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1, guideline=GUIDELINE)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(news(page)).to_be_visible()

    press(page, "Enter", "Escape", "Escape", "7")
    page.wait_for_timeout(SETTLING)

    expect(news(page)).to_be_visible()
    assert not Acknowledgement.objects.exists()
    assert desk.answers() == []


def test_what_was_read_while_the_server_was_away_is_told_later(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(2, guideline=GUIDELINE)
    page = signed_in(desk.user).new_page()
    away = "**/acknowledge"
    page.route(away, lost)
    sit_down(page, desk)
    read_it(page)
    assert not Acknowledgement.objects.exists()

    page.unroute(away)
    page.reload()

    expect(page.locator("#item")).to_be_visible()
    until_read(desk)
    expect(news(page)).to_be_hidden()


def test_work_goes_on_when_the_guideline_cannot_be_fetched(signed_in: SignedIn) -> None:
    desk = open_desk(2, guideline=GUIDELINE)
    page = signed_in(desk.user).new_page()
    page.route("**/changes", lost)
    sit_down(page, desk)

    press(page, "7")
    page.get_by_role("button", name="Submit Enter").click()

    all_saved(page)
    assert desk.answers() == ["7"]
    assert not Acknowledgement.objects.exists()


def test_the_guideline_is_there_without_a_connection(signed_in: SignedIn) -> None:
    desk = open_desk(2, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    context = signed_in(desk.user, viewport={"width": 1100, "height": 800})
    page = context.new_page()
    with page.expect_response("**/guideline"):
        sit_down(page, desk)

    context.set_offline(True)
    press(page, "g")

    expect(page.locator("#guideline strong")).to_have_text("as written")
    context.set_offline(False)


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_to_be_read_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = open_desk(0, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    change(desk, GUIDELINE.replace("may have a bar", "must have a bar"))
    add_digit(desk, 1)
    page = signed_in(desk.user, **look).new_page()

    sit_down(page, desk)

    expect(news(page)).to_be_visible()
    assert violations(page) == []
    read = page.get_by_role("button", name="I have read it").bounding_box()
    size = page.viewport_size
    assert read
    assert size
    assert read["y"] + read["height"] <= size["height"]
