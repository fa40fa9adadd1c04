"""Long outages, many tabs, full disks: each label arrives once, and nobody waits in vain."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Dialog, Page, Route, expect

from labeling.models import Annotation, Draft
from projects.models import User
from reviewer import leasing, submission
from reviewer.models import Assignment, QueueItem
from reviewer.submission import Submission
from tests.browser.desks import Desk, all_saved, open_desk, press, sit_down
from tests.browser.test_outbox import SUBMISSIONS, arrived
from tests.makers import make_member, make_queue, make_queue_item, make_task, new_uuid

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
State = QueueItem.State


def eventually(page: Page, what: Callable[[], bool], *, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        page.wait_for_timeout(100)


def held_by(user: User) -> int:
    return QueueItem.objects.filter(lease_by=user.pk, state=State.LEASED).count()


def show_a_pace(page: Page, answers: int = 4) -> None:
    """After a few answers the page knows how fast its person is."""
    for _ in range(answers):
        press(page, "Enter")
    all_saved(page)


def fetched_far_ahead(page: Page, user: User, tasks: int) -> None:
    """So many are here, and no call for more is on its way."""
    seen = [-1]

    def is_quiet() -> bool:
        seen.append(held_by(user))
        page.wait_for_timeout(500)
        return seen[-1] >= tasks and len(set(seen[-3:])) == 1

    eventually(page, is_quiet)


def each_once(user: User, labels: int) -> None:
    mine = Annotation.objects.filter(author=user)
    assert mine.count() == labels
    assert mine.values("task").distinct().count() == labels


def test_ten_minutes_without_a_line_are_worked_through(signed_in: SignedIn) -> None:
    desk = open_desk(150)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    show_a_pace(page)
    fetched_far_ahead(page, desk.user, 110)

    context.set_offline(True)
    for _ in range(100):
        press(page, "3", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 100 kept")
    expect(page.locator("#item")).to_be_visible()
    context.set_offline(False)

    expect(page.locator("#saved")).to_have_text("Saved", timeout=20_000)
    each_once(desk.user, 104)
    assert desk.answers()[4:] == ["3"] * 100


def test_some_tasks_are_always_left_to_others(signed_in: SignedIn) -> None:
    desk = open_desk(130)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    show_a_pace(page)
    fetched_far_ahead(page, desk.user, 90)

    assert QueueItem.objects.filter(state=State.OPEN).count() >= 20


def test_what_was_fetched_far_ahead_goes_back_when_others_run_out(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(140, lease_seconds=9)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    # three seconds a task: thirty seconds need ten tasks, ten minutes all there are
    for _ in range(3):
        page.wait_for_timeout(3_000)
        press(page, "Enter")
    eventually(page, lambda: held_by(desk.user) >= 100)

    other = make_member(desk.project)
    while leasing.take(desk.queue, other, 50, at=timezone.now(), have=ids_of(other)):
        pass

    eventually(page, lambda: held_by(desk.user) <= 12)
    assert leasing.take(desk.queue, other, 50, at=timezone.now(), have=ids_of(other))
    expect(page.locator("#item")).to_be_visible()


def ids_of(user: User) -> list[int]:
    return list(QueueItem.objects.filter(lease_by=user.pk).values_list("pk", flat=True))


def test_a_page_that_is_closed_gives_back_what_it_fetched_far_ahead(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(130)
    context = signed_in(desk.user)
    page, bystander = context.new_page(), context.new_page()
    sit_down(page, desk)
    show_a_pace(page)
    fetched_far_ahead(page, desk.user, 90)

    page.close(run_before_unload=True)

    eventually(bystander, lambda: held_by(desk.user) <= 6)
    assert Assignment.objects.filter(outcome="released").count() >= 80


def test_an_answer_under_a_lease_that_ran_out_offline_is_an_extra_opinion(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.set_offline(True)
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 1 kept")
    QueueItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = make_member(desk.project)
    for item in leasing.take(desk.queue, quick, 6, at=timezone.now()):
        given = Submission(item.pk, item.token, new_uuid(), {"digit": "1"})
        submission.submit(desk.queue, quick, given, timezone.now())

    context.set_offline(False)

    arrived(page, desk, ["7"])
    late = Annotation.objects.get(author=desk.user)
    assert (late.late, late.counted) == (True, False)
    expect(page.locator("#saved")).to_have_text("Saved")


def test_an_answer_under_a_lease_that_ran_out_counts_where_it_is_still_wanted(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(3)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.set_offline(True)
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 1 kept")
    QueueItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    context.set_offline(False)

    arrived(page, desk, ["7"])
    late = Annotation.objects.get()
    assert (late.late, late.counted) == (True, True)


def test_two_tabs_at_once_send_each_answer_once(signed_in: SignedIn) -> None:
    desk = open_desk(8)
    second = make_queue(desk.project, "second-digits")
    for number in range(8):
        text = {"text": f"Note {number}"}
        task = make_task(desk.project, schema=desk.schema, content=text)
        make_queue_item(second, task)
    other = Desk(desk.project, desk.schema, second, desk.user)
    context = signed_in(desk.user)
    pages = [context.new_page(), context.new_page()]
    for page, each in zip(pages, (desk, other), strict=True):
        sit_down(page, each)

    context.set_offline(True)
    for _ in range(4):
        for page in pages:
            press(page, "5", "Enter")
    context.set_offline(False)

    # the words “Saved” stay for a moment while answers are under way
    eventually(pages[0], lambda: Annotation.objects.count() >= 8)
    for page in pages:
        expect(page.locator("#saved")).to_have_text("Saved", timeout=20_000)
    each_once(desk.user, 8)


REFUSE_TO_WRITE = """
IDBObjectStore.prototype.put = function () {
  throw new DOMException("full", "QuotaExceededError");
};
"""
NO_DATABASE = """
IDBFactory.prototype.open = function () {
  const request = new EventTarget();
  setTimeout(() => request.onerror?.(new Event("error")));
  return request;
};
"""


@pytest.mark.parametrize(
    "trouble", [REFUSE_TO_WRITE, NO_DATABASE], ids=["full", "forbidden"]
)
def test_a_browser_that_keeps_nothing_says_so_and_sends_from_memory(
    signed_in: SignedIn, trouble: str
) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    context.add_init_script(trouble)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())

    press(page, "7", "Enter", "8", "Enter")

    expect(page.locator("#refusals")).to_contain_text(
        "This browser keeps no answers now"
    )
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    eventually(context.pages[0], lambda: asked == ["beforeunload"])
    context.unroute(SUBMISSIONS)
    arrived(page, desk, ["7", "8"])
    expect(page.locator("#saved")).to_have_text("Saved")


def test_a_disk_that_has_room_again_is_used_again(signed_in: SignedIn) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())
    page.evaluate("() => { window.put = IDBObjectStore.prototype.put; }")
    page.evaluate(f"() => {{ {REFUSE_TO_WRITE} }}")
    press(page, "7", "Enter")
    expect(page.locator("#refusals")).to_contain_text("keeps no answers now")

    page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")
    press(page, "8", "Enter")

    expect(page.locator("#refusals")).to_be_empty()
    page.reload()
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    context.unroute(SUBMISSIONS)
    arrived(page, desk, ["7", "8"])


def test_a_server_that_asks_for_patience_is_not_hurried(signed_in: SignedIn) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    tried: list[float] = []

    def busy(route: Route) -> None:
        tried.append(time.monotonic())
        if len(tried) == 1:
            return route.fulfill(status=429, headers={"Retry-After": "3"}, json={})
        return route.continue_()

    context.route(SUBMISSIONS, busy)
    press(page, "7", "Enter")
    eventually(page, lambda: len(tried) == 1)
    press(page, "8", "Enter")

    arrived(page, desk, ["7", "8"])
    assert tried[1] - tried[0] >= 3


def test_an_answer_too_large_is_refused_and_the_others_arrive(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)

    def too_large(route: Route) -> None:
        if '"8"' in (route.request.post_data or ""):
            problem: dict[str, Any] = {"detail": "A call takes at most 8 MB."}
            return route.fulfill(status=413, json=problem)
        return route.continue_()

    context.route(SUBMISSIONS, too_large)
    context.set_offline(True)
    press(page, "7", "Enter", "8", "Enter", "9", "Enter")
    context.set_offline(False)

    arrived(page, desk, ["7", "9"])
    expect(page.locator("#refusals")).to_contain_text("“Eight” was not taken")
    expect(page.locator("#refusals")).to_contain_text("at most 8 MB")


def test_a_clock_that_is_set_back_does_not_turn_a_correction_around(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(6)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.route(SUBMISSIONS, lambda route: route.abort())
    press(page, "7", "Enter")
    page.evaluate("Date.now = () => 1000")
    press(page, "z", "8", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    page.reload()
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    context.unroute(SUBMISSIONS)

    arrived(page, desk, ["7", "8"])
    first, second = Annotation.objects.order_by("pk")
    assert second.supersedes_id == first.pk


def test_a_draft_that_never_reached_the_server_outlives_the_page(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(12)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    press(page, "Enter")
    all_saved(page)
    context.set_offline(True)

    press(page, "9")
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(desk.url)

    expect(again.get_by_role("radio", name="Nine")).to_be_checked()
    assert not Draft.objects.exists()


def test_a_newer_draft_of_another_browser_wins(signed_in: SignedIn) -> None:
    desk = open_desk(3)
    context = signed_in(desk.user)
    page = context.new_page()
    sit_down(page, desk)
    context.set_offline(True)
    press(page, "9")
    page.close()
    context.set_offline(False)

    item = QueueItem.objects.get(task__pre_label__digit__value="0")
    Draft.objects.create(task=item.task, author=desk.user, answer={"digit": "4"})
    Draft.objects.update(updated_at=timezone.now() + timedelta(minutes=1))
    again = context.new_page()
    again.goto(desk.url)

    expect(again.get_by_role("radio", name="Four")).to_be_checked()


def test_a_draft_is_gone_once_its_answer_is_in(signed_in: SignedIn) -> None:
    desk = open_desk(3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    with page.expect_response("**/draft"):
        press(page, "9")
    assert Draft.objects.count() == 1

    press(page, "Enter")

    all_saved(page)
    assert not Draft.objects.exists()
    assert kept_here(page) == {"answers": 0, "drafts": 0}


def test_the_tab_that_takes_over_goes_on_with_the_draft_of_the_other(
    signed_in: SignedIn,
) -> None:
    desk = open_desk(5)
    context = signed_in(desk.user)
    first = context.new_page()
    sit_down(first, desk)
    press(first, "9")

    second = context.new_page()
    second.goto(desk.url)
    second.get_by_role("button", name="Work here instead").click()

    expect(second.get_by_role("radio", name="Nine")).to_be_checked()
    expect(first.get_by_role("heading", name="moved to another tab")).to_be_visible()


KEPT = """() => new Promise((done) => {
  const open = indexedDB.open("overread-outbox");
  open.onsuccess = async () => {
    const work = open.result.transaction(["answers", "drafts"]);
    const counts = {};
    for (const name of ["answers", "drafts"]) {
      const all = work.objectStore(name).count();
      all.onsuccess = () => (counts[name] = all.result);
    }
    work.oncomplete = () => { open.result.close(); done(counts); };
  };
})"""


def kept_here(page: Page) -> dict[str, int]:
    """How much this browser keeps, of whomever."""
    counted: dict[str, int] = page.evaluate(KEPT)
    return counted
