"""Pictures are looked at closely: larger, moved, lighter, several, or gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desks import Desk, all_saved, open_desk, press, sit_down
from tests.browser.shapes_desks import data_url, drawn, on_screen, picture_shown
from tests.browser.test_looks import LOOKS, violations
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]

QUESTION = {
    "id": "digit",
    "kind": "choice",
    "title": "Is it the same street?",
    "labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}],
}


def looking_desk(kind: str, *values: Any) -> Desk:
    """One choice about each of these pictures."""
    project = make_project(name="Street views")
    field = {"name": "views", "type": kind}
    schema = make_schema(project, questions=[QUESTION], fields=[field])
    desk = Desk(
        project, schema, make_queue(project, name="views"), make_member(project)
    )
    for value in values:
        task = make_task(project, schema=schema, content={"views": value})
        make_queue_item(desk.queue, task)
    return desk


def seated(signed_in: SignedIn, desk: Desk, **look: Any) -> Page:
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)
    return page


def test_the_keys_for_larger_and_smaller_zoom_the_picture(signed_in: SignedIn) -> None:
    desk = looking_desk("image", data_url(drawn()))
    page = seated(signed_in, desk)
    whole = picture_shown(page)["width"]

    press(page, "+", "+")

    assert picture_shown(page)["width"] == pytest.approx(whole * 1.25**2, abs=1)
    press(page, "-")
    assert picture_shown(page)["width"] == pytest.approx(whole * 1.25, abs=1)


def test_a_zoomed_picture_is_moved_by_keyboard_and_made_whole_again(
    signed_in: SignedIn,
) -> None:
    desk = looking_desk("image", data_url(drawn()))
    page = seated(signed_in, desk)
    whole = picture_shown(page)
    press(page, "+", "+", "+")
    zoomed = picture_shown(page)

    page.locator(".viewer-frame").focus()
    press(page, "ArrowLeft", "ArrowUp")

    moved = picture_shown(page)
    way = moved["x"] - zoomed["x"], moved["y"] - zoomed["y"]
    assert way == pytest.approx((40, 40), abs=1)
    page.get_by_role("button", name="Whole picture").press("Enter")
    assert picture_shown(page) == pytest.approx(whole, abs=1)


def test_the_wheel_zooms_where_the_pointer_is(signed_in: SignedIn) -> None:
    desk = looking_desk("image", data_url(drawn()))
    page = seated(signed_in, desk)
    place = on_screen(page, 100, 200)
    before = picture_shown(page)["width"]

    page.mouse.move(*place)
    page.mouse.wheel(0, -300)

    expect(page.get_by_role("button", name="Whole picture")).not_to_have_text("137%")
    assert picture_shown(page)["width"] > before * 1.3
    assert on_screen(page, 100, 200) == pytest.approx(place, abs=1.5)


def test_brightness_stays_for_the_next_picture(signed_in: SignedIn) -> None:
    desk = looking_desk("image", data_url(drawn()), data_url(drawn(number=1)))
    page = seated(signed_in, desk)
    page.locator("summary", has=page.get_by_text("◐")).press("Enter")
    page.get_by_label("Brightness", exact=True).press("ArrowRight")
    picture = page.locator(".viewer-picture")
    expect(picture).to_have_css("filter", "brightness(1.1) contrast(1)")
    shown = picture.get_attribute("src")

    page.locator("#fields").focus()
    press(page, "1", "Enter")

    expect(picture).not_to_have_attribute("src", str(shown))
    expect(picture).to_have_css("filter", "brightness(1.1) contrast(1)")
    page.get_by_role("button", name="As it is").press("Enter")
    expect(picture).to_have_css("filter", "none")


def test_a_picture_of_a_few_pixels_is_enlarged_without_blur(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(1)
    page = seated(signed_in, desk)

    assert picture_shown(page)["width"] >= 300
    expect(page.locator(".viewer-picture")).to_have_css("image-rendering", "pixelated")


def test_several_pictures_are_paged_through_by_keyboard(signed_in: SignedIn) -> None:
    shots = [data_url(drawn(number=at)) for at in range(3)]
    desk = looking_desk(
        "images", [shots[0], {"image": shots[1], "caption": "From behind"}, shots[2]]
    )
    page = seated(signed_in, desk)
    words = page.locator(".images-words")
    expect(words).to_have_text("Views 1 of 3")

    press(page, "n")
    expect(words).to_have_text("Views 2 of 3: From behind")
    expect(page.get_by_role("img", name="From behind")).to_be_visible()
    press(page, "p", "p")

    expect(words).to_have_text("Views 3 of 3")
    page.get_by_role("button", name="Picture 1", exact=True).press("Enter")
    expect(words).to_have_text("Views 1 of 3")
    page.locator("#fields").focus()
    press(page, "2", "Enter")
    all_saved(page)
    assert desk.answers() == ["no"]


def test_a_picture_that_cannot_be_read_says_what_to_do(signed_in: SignedIn) -> None:
    desk = looking_desk("image", "data:image/png;base64,AAAA")

    page = seated(signed_in, desk)

    expect(page.locator(".viewer-sorry")).to_contain_text("damaged")
    expect(page.locator(".viewer-sorry")).to_contain_text("Flag the task (F)")


def test_after_a_damaged_picture_the_next_one_is_shown(signed_in: SignedIn) -> None:
    desk = looking_desk("image", "data:image/png;base64,AAAA", data_url(drawn()))
    page = seated(signed_in, desk)
    expect(page.locator(".viewer-sorry")).to_be_visible()

    press(page, "1", "Enter")

    expect(page.locator(".viewer-sorry")).to_have_count(0)
    assert picture_shown(page)["width"] > 200


@pytest.mark.parametrize("look", LOOKS)
def test_looking_at_several_pictures_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = looking_desk("images", [data_url(drawn(number=at)) for at in range(3)])
    page = seated(signed_in, desk, **look)
    expect(page.locator(".images-small")).to_have_count(3)

    page.locator("summary", has=page.get_by_text("◐")).press("Enter")
    expect(page.get_by_label("Contrast", exact=True)).to_be_visible()

    assert violations(page) == []
