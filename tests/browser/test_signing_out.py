"""Who signs out leaves nothing behind, and loses nothing without having said so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect

from labeling.models import Annotation
from tests.browser.conftest import give_session
from tests.browser.desks import Desk, all_saved, open_desk, press, sit_down
from tests.browser.test_looks import LOOKS, violations
from tests.browser.test_outages import KEPT, kept_here
from tests.browser.test_outbox import SUBMISSIONS, arrived
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
NOTHING = {"answers": 0, "drafts": 0}


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Account of").click()
    page.get_by_role("button", name="Sign out").click()


def with_one_kept(signed_in: SignedIn, **look: Any) -> tuple[Desk, Page]:
    """An answer that cannot be sent, although the server can be reached."""
    desk = open_desk(6)
    context = signed_in(desk.user, **look)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 1 kept")
    return desk, page


def is_signed_out(page: Page) -> None:
    expect(page.locator(".notices")).to_contain_text("You have signed out")


def test_nothing_of_a_person_stays_behind_but_how_they_like_the_page(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    press(page, "Enter")
    all_saved(page)
    press(page, "9")
    page.evaluate("localStorage.setItem('overread.folded.12', 'x')")
    page.evaluate("localStorage.setItem('overread.zoom', '1.5')")

    sign_out(page)

    is_signed_out(page)
    assert kept_here(page) == NOTHING
    assert page.evaluate("Object.keys(localStorage)") == ["overread.zoom"]


@pytest.mark.parametrize("look", LOOKS)
def test_what_cannot_be_sent_is_asked_about_in_the_pages_own_words(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    _, page = with_one_kept(signed_in, **look)

    sign_out(page)

    box = page.get_by_role("dialog", name="One answer is not with the server yet")
    expect(box).to_be_visible(timeout=10_000)
    expect(box.get_by_role("button", name="Try again")).to_be_focused()
    assert violations(page) == []


def test_who_stays_goes_on_where_they_were(signed_in: SignedIn) -> None:
    desk, page = with_one_kept(signed_in)
    sign_out(page)
    expect(page.get_by_role("dialog")).to_be_visible(timeout=10_000)

    press(page, "Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#item")).to_be_visible()
    page.context.unroute(SUBMISSIONS)
    arrived(page, desk, ["7"])


def test_who_tries_again_is_signed_out_once_all_is_sent(signed_in: SignedIn) -> None:
    desk, page = with_one_kept(signed_in)
    sign_out(page)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=10_000)

    page.context.unroute(SUBMISSIONS)
    press(page, "Enter")

    is_signed_out(page)
    assert desk.answers() == ["7"]
    assert kept_here(page) == NOTHING


def test_what_is_kept_is_sent_when_its_person_comes_back(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk, page = with_one_kept(signed_in)
    sign_out(page)
    page.get_by_role("button", name="Keep here and sign out").click(timeout=10_000)
    is_signed_out(page)
    assert desk.answers() == []
    assert kept_here(page)["answers"] == 1
    page.context.unroute(SUBMISSIONS)

    give_session(page.context, desk.user, live_server.url)
    sit_down(page, desk)

    arrived(page, desk, ["7"])


def test_what_is_deleted_is_deleted_after_a_second_question(
    signed_in: SignedIn,
) -> None:
    desk, page = with_one_kept(signed_in)
    sign_out(page)
    page.get_by_role("button", name="Delete and sign out…").click(timeout=10_000)
    sure = page.get_by_role("dialog", name="Delete one answer?")
    expect(sure.get_by_role("button", name="Stay")).to_be_focused()

    sure.get_by_role("button", name="Delete and sign out").click()

    is_signed_out(page)
    assert kept_here(page) == NOTHING
    assert desk.answers() == []


def test_signing_out_on_another_page_sends_what_is_kept_first(
    signed_in: SignedIn,
) -> None:
    desk, page = with_one_kept(signed_in)
    page.goto("about:blank")
    page.context.unroute(SUBMISSIONS)
    Annotation.objects.all().delete()
    page.goto("/")

    sign_out(page)

    is_signed_out(page)
    assert desk.answers() == ["7"]
    assert kept_here(page) == NOTHING


def test_signing_out_on_another_page_asks_about_what_cannot_be_sent(
    signed_in: SignedIn,
) -> None:
    _desk, page = with_one_kept(signed_in)
    page.goto("/")

    sign_out(page)

    box = page.get_by_role("dialog", name="One answer is not with the server yet")
    expect(box).to_be_visible(timeout=10_000)
    assert violations(page) == []


def test_nobody_is_signed_out_by_a_server_that_is_away(signed_in: SignedIn) -> None:
    desk, page = with_one_kept(signed_in)
    page.context.set_offline(True)
    sign_out(page)
    page.get_by_role("button", name="Keep here and sign out").click(timeout=10_000)

    box = page.get_by_role("dialog", name="You cannot be signed out now")
    expect(box).to_be_visible()
    press(page, "Enter")

    expect(page.locator("#item")).to_be_visible()
    page.context.unroute(SUBMISSIONS)
    page.context.set_offline(False)
    arrived(page, desk, ["7"])


def test_an_answer_that_was_not_taken_is_read_before_it_goes(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(3)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    problem = {"detail": "The queue is gone."}
    context.route(SUBMISSIONS, lambda route: route.fulfill(status=404, json=problem))
    press(page, "7", "Enter")
    expect(page.locator("#refusals")).to_contain_text("was not taken")

    sign_out(page)

    box = page.get_by_role("dialog", name="One answer was not taken")
    expect(box).to_contain_text("“Seven”: The queue is gone.")
    box.get_by_role("button", name="I have read it: sign out").click()
    is_signed_out(page)
    assert kept_here(page) == NOTHING


def test_somebody_else_who_signs_in_beside_the_page_sees_no_task_of_mine(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    Session.objects.all().delete()
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Signed out · 1 kept")
    other = make_member(desk.project)

    give_session(context, other, live_server.url)

    rest = page.get_by_role("heading", name="Somebody else is signed in here")
    expect(rest).to_be_visible(timeout=10_000)
    expect(page.locator("#item")).to_be_hidden()
    expect(page.locator("#fields")).to_be_empty()
    expect(page.locator("#saved")).to_have_text("Not sent · 1 kept")
    assert violations(page) == []
    assert not Annotation.objects.exists()

    give_session(context, desk.user, live_server.url)
    arrived(page, desk, ["7"])
    expect(page.locator("#item")).to_be_visible(timeout=10_000)


def test_answers_of_two_people_on_one_browser_go_out_under_their_own_names(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk, page = with_one_kept(signed_in)
    Session.objects.all().delete()
    page.goto("about:blank")
    other = make_member(desk.project)
    page.context.unroute(SUBMISSIONS)
    give_session(page.context, other, live_server.url)
    sit_down(page, desk)
    press(page, "5", "Enter")
    all_saved(page)

    sign_out(page)

    is_signed_out(page)
    assert [each.author_id for each in Annotation.objects.all()] == [other.pk]
    # the first one's answer waits for its own person
    assert page.evaluate(KEPT)["answers"] == 1


def test_the_page_to_sign_in_on_is_never_taken_for_a_guideline(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6, guideline="Look twice.")
    context = signed_in(desk.user)
    page = context.new_page()

    away = {"Location": "/"}
    page.route("**/guideline", lambda route: route.fulfill(status=302, headers=away))

    sit_down(page, desk)

    expect(page.locator("#guideline")).to_have_text(
        "The guideline cannot be fetched just now."
    )
