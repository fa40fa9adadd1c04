"""Pictures and texts that a task only refers to, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django import Settings

from labeling.media import fetching, links
from reviewer.models import QueueItem
from tests.browser.desks import all_saved, press, sit_down
from tests.browser.reference_desks import IMAGE, TEXT, referring
from tests.browser.test_looks import LOOKS, violations
from tests.labeling.media.host import Host, hosting, png

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
WIDTH = "document.querySelector('.viewer-picture').naturalWidth"


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    settings.MEDIA_PRIVATE, settings.MEDIA_SECONDS = True, 3.0
    fetching._turns.cache_clear()
    with hosting() as found:
        yield found


def test_pictures_by_reference_are_shown_and_answered_by_keyboard(
    signed_in: SignedIn, host: Host
) -> None:
    pictures = [
        {"image": {"ref": host.has(f"/{n}.png", png(20 + n))}} for n in range(3)
    ]
    desk = referring(*pictures, fields=(IMAGE,))
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    for number in range(3):
        expect(page.locator("#fields img")).to_be_visible()
        assert page.evaluate(WIDTH) == 20 + number
        press(page, str(number), "Enter")

    all_saved(page)
    assert desk.answers() == ["0", "1", "2"]
    assert all(host.asked.count(f"/{n}.png") == 1 for n in range(3))


def test_a_text_and_a_whole_input_by_reference_are_shown(
    signed_in: SignedIn, host: Host
) -> None:
    text = host.has("/a.txt", "Ein Faß Öl".encode())
    inner = {"text": "Look at this", "image": {"ref": host.has("/a.png", png(33))}}
    whole = host.has("/input.json", json.dumps({**inner, "source": "camera"}).encode())
    by_value = {"text": {"ref": text}, "image": inner["image"]}
    desk = referring(by_value, {"ref": whole}, fields=(TEXT, IMAGE))
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    expect(page.locator(".item-text")).to_have_text("Ein Faß Öl")
    press(page, "1", "Enter")

    expect(page.locator(".item-text")).to_have_text("Look at this")
    expect(page.locator(".item-context")).to_contain_text("camera")
    assert page.evaluate(WIDTH) == 33


TROUBLES: list[Any] = [
    pytest.param(404, b"", "has nothing there any more (404)", id="gone"),
    pytest.param(403, b"", "says no (403)", id="forbidden"),
    pytest.param(200, b"<svg><script>alert(1)</script>", "may hold scripts", id="svg"),
    pytest.param(200, png() + b"x" * 1_100_000, "larger than 1 MB", id="large"),
]


@pytest.mark.parametrize(("status", "body", "words"), TROUBLES)
def test_what_cannot_be_shown_is_told_and_the_task_flagged(
    signed_in: SignedIn,
    host: Host,
    settings: Settings,
    status: int,
    body: bytes,
    words: str,
) -> None:
    settings.MEDIA_BYTES = 1024 * 1024
    bad, good = host.has("/a.png", body, status=status), host.has("/b.png", png(44))
    refs = ({"image": {"ref": ref}} for ref in (bad, good))
    desk = referring(*refs, fields=(IMAGE,))
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    told = page.locator("#fields .notice-bad")
    expect(told).to_contain_text("Image cannot be shown: ")
    expect(told).to_contain_text(words)
    expect(told).to_contain_text("Flag the task (F)")
    press(page, "f")
    page.keyboard.type("no picture")
    press(page, "Enter")

    expect(page.locator("#fields img")).to_be_visible()
    assert page.evaluate(WIDTH) == 44
    assert QueueItem.objects.filter(state=QueueItem.State.FLAGGED).count() == 1


def test_a_link_that_has_ended_is_renewed(
    signed_in: SignedIn, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = referring({"image": {"ref": host.has("/a.png", png(55))}}, fields=(IMAGE,))
    real, given = links._ends, []

    def ends(now: datetime) -> int:
        given.append(now)
        return real(now - timedelta(days=2) if len(given) == 1 else now)

    monkeypatch.setattr(links, "_ends", ends)
    page = signed_in(desk.user).new_page()

    sit_down(page, desk)

    expect(page.locator("#fields img")).to_be_visible()
    assert page.evaluate(WIDTH) == 55
    assert len(given) == 2


@pytest.mark.parametrize("look", LOOKS)
def test_what_cannot_be_shown_is_accessible(
    signed_in: SignedIn, host: Host, look: dict[str, Any]
) -> None:
    desk = referring({"image": {"ref": f"{host.url}/absent"}}, fields=(IMAGE,))
    page = signed_in(desk.user, **look).new_page()

    sit_down(page, desk)

    expect(page.locator("#fields .notice-bad")).to_be_visible()
    assert violations(page) == []
