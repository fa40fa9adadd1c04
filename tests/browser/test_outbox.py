"""No label is lost and none arrives twice, whatever happens to line, page or session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, Route, expect

from labeling.models import Annotation
from reviewer.models import QueueItem
from tests.browser.conftest import give_session
from tests.browser.desks import Desk, all_saved, open_desk, press, sit_down
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
SUBMISSIONS = "**/submissions"


def arrived(page: Page, desk: Desk, answers: list[str]) -> None:
    """Wait for the rows in the database; more than these, or these twice, is an error."""
    for _ in range(100):
        if len(desk.answers()) >= len(answers):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(300)
    assert desk.answers() == answers


def test_labels_given_offline_arrive_once_when_the_line_is_back(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)

    context.set_offline(True)
    for digit in "7788":
        press(page, digit, "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 4 kept")
    context.set_offline(False)

    all_saved(page)
    arrived(page, desk, list("7788"))


def test_a_reload_while_offline_keeps_what_was_answered(signed_in: SignedIn) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())
    press(page, "7", "Enter", "8", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")

    page.reload()

    expect(page.locator("#item")).to_be_visible()
    # what is answered and not sent yet is not shown a second time
    expect(page.get_by_role("radio", name="Two")).to_be_checked()
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    context.unroute(SUBMISSIONS)
    arrived(page, desk, ["7", "8"])


def test_a_tab_closed_right_after_the_last_key_loses_nothing(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())

    press(page, "7", "Enter", "8", "Enter", "9", "Enter")
    page.close()
    context.unroute(SUBMISSIONS)
    again = context.new_page()
    again.goto(desk.url)

    arrived(again, desk, ["7", "8", "9"])


def test_lost_replies_make_no_second_label(signed_in: SignedIn) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    lost: list[int] = []

    def lose_the_reply(route: Route) -> None:
        if len(lost) < 3:
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    context.route(SUBMISSIONS, lose_the_reply)
    press(page, "7", "Enter", "8", "Enter")

    expect(page.locator("#saved")).to_have_text("Saved", timeout=20_000)
    expect(page.locator("#given .mark.is-saved")).to_have_count(2, timeout=20_000)
    assert lost == [200, 200, 200]
    assert desk.answers() == ["7", "8"]


def test_a_server_in_trouble_is_tried_again(signed_in: SignedIn) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.fulfill(status=503), times=2)

    press(page, "7", "Enter")

    arrived(page, desk, ["7"])


def test_whoever_was_signed_out_signs_in_again_beside_the_page(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    Session.objects.all().delete()

    press(page, "7", "Enter", "8", "Enter")
    expect(page.locator("#saved")).to_have_text("Signed out · 2 kept")
    expect(page.get_by_role("link", name="Sign in again").first).to_be_visible()
    give_session(context, desk.user, live_server.url)

    arrived(page, desk, ["7", "8"])
    all_saved(page)


def test_somebody_else_on_the_same_browser_does_not_send_my_labels(
    signed_in: SignedIn, live_server: Any
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 1 kept")
    # signed out, so that even the last try of the closing page is in vain
    Session.objects.all().delete()
    page.close()
    context.unroute(SUBMISSIONS)
    page = context.new_page()
    page.wait_for_timeout(1000)

    other = make_member(desk.project)
    give_session(context, other, live_server.url)
    sit_down(page, desk)
    press(page, "5", "Enter")
    all_saved(page)
    assert [each.author_id for each in Annotation.objects.all()] == [other.pk]

    give_session(context, desk.user, live_server.url)
    page.goto(desk.url)
    arrived(page, desk, ["7"])


def test_a_refused_answer_is_shown_until_it_was_read(signed_in: SignedIn) -> None:
    desk = open_desk(3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    thief = make_member(desk.project)
    QueueItem.objects.update(lease_by=thief.pk, token=99)

    press(page, "7", "Enter")

    notice = page.locator("#refusals")
    expect(notice).to_contain_text("“Seven” was not taken")
    expect(notice).to_contain_text("with another reviewer")
    page.reload()
    expect(notice).to_contain_text("“Seven” was not taken")
    page.get_by_role("button", name="I have read it").click()
    page.reload()
    expect(notice).to_be_empty()


def test_a_draft_outlives_a_reload(signed_in: SignedIn) -> None:
    desk = open_desk(3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "7")
    with page.expect_response("**/draft"):
        pass
    page.reload()

    expect(page.get_by_role("radio", name="Seven")).to_be_checked()
    assert desk.answers() == []


def test_signing_out_sends_what_is_kept_first(signed_in: SignedIn) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort(), times=1)
    press(page, "7", "Enter")

    page.locator("summary", has_text="Account of").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.locator(".notices")).to_contain_text("You have signed out")
    assert desk.answers() == ["7"]
    kept = page.evaluate(
        """() => new Promise((done) => {
          const open = indexedDB.open("overread-outbox");
          open.onsuccess = () => {
            const all = open.result.transaction("answers").objectStore("answers").count();
            all.onsuccess = () => done(all.result);
          };
        })"""
    )
    assert kept == 0
