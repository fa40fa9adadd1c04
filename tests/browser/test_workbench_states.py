"""The workbench in each of its states: accessible, whole at every width, and never in motion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from labeling import guidelines
from reviewer.models import QueueItem
from tests.browser.conftest import SignedIn
from tests.browser.desks import GUIDELINE, Desk, all_saved, open_desk, press, sit_down
from tests.browser.views import WIDE, faults
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
# An empty page keeps nothing.
CLOSED = "if (origin !== 'null') localStorage.setItem('overread.guideline', 'off')"
Bring = Callable[[Page, Desk], Page]


def says(page: Page, words: str) -> None:
    """What stands in the place of a task."""
    expect(page.locator("#state").get_by_role("heading", name=words)).to_be_visible()


def at_work(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    return page


def loading(page: Page, desk: Desk) -> Page:
    page.context.route("**/claim", lambda _route: None)
    page.goto(desk.url)
    says(page, "Fetching your next tasks")
    return page


def empty(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    press(page, "Enter")
    all_saved(page)
    says(page, "Nothing waits.")
    return page


def paused(page: Page, desk: Desk) -> Page:
    desk.queue.paused = True
    desk.queue.save(update_fields=["paused"])
    page.goto(desk.url)
    says(page, "This queue is paused")
    return page


def without_a_line(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    # the words for it come behind the first task
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 1 kept")
    says(page, "No connection")
    return page


def signed_out(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    Session.objects.all().delete()
    press(page, "7", "Enter")
    expect(page.locator("#saved")).to_have_text("Signed out · 1 kept")
    says(page, "You are signed out")
    return page


def in_another_tab(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    second = page.context.new_page()
    second.goto(desk.url)
    says(second, "This queue is open in another tab")
    return second


def moved_to_another_tab(page: Page, desk: Desk) -> Page:
    second = in_another_tab(page, desk)
    second.get_by_role("button", name="Work here instead").click()
    says(page, "This queue moved to another tab")
    return page


def not_taken(page: Page, desk: Desk) -> Page:
    sit_down(page, desk)
    thief = make_member(desk.project)
    QueueItem.objects.update(lease_by=thief.pk, token=99)
    press(page, "7", "Enter")
    expect(page.locator("#refusals")).to_contain_text("“Seven” was not taken")
    return page


def to_be_read(page: Page, desk: Desk) -> Page:
    desk.schema.guideline = GUIDELINE
    desk.schema.save(update_fields=["guideline"])
    sit_down(page, desk)
    expect(page.locator("#news")).to_be_visible()
    return page


def beside_the_guideline(page: Page, desk: Desk) -> Page:
    desk.schema.guideline = GUIDELINE
    desk.schema.save(update_fields=["guideline"])
    guidelines.acknowledge(desk.schema, desk.user)
    sit_down(page, desk)
    press(page, "g")
    expect(page.locator("#guideline strong")).to_have_text("as written")
    return page


def opened(signed_in: SignedIn, desk: Desk) -> Page:
    """On a small screen the guideline would lie over everything, so it is closed."""
    context = signed_in(desk.user, viewport=WIDE, reduced_motion="reduce")
    context.add_init_script(CLOSED)
    return context.new_page()


# With so many tasks: after the answer to the only one there is none to show.
STATES: list[tuple[Bring, int]] = [
    (loading, 1),
    (at_work, 4),
    (empty, 1),
    (without_a_line, 1),
    (signed_out, 1),
    (not_taken, 1),
    (paused, 4),
    (in_another_tab, 4),
    (moved_to_another_tab, 4),
    (to_be_read, 4),
    (beside_the_guideline, 4),
]


@pytest.mark.parametrize(
    ("bring", "tasks"), STATES, ids=[bring.__name__ for bring, _ in STATES]
)
def test_every_state_is_accessible(
    signed_in: SignedIn, bring: Bring, tasks: int
) -> None:
    desk = open_desk(tasks)
    page = opened(signed_in, desk)

    page = bring(page, desk)

    assert faults(page, f"workbench-{bring.__name__}") == []


# Key, and what it opens.
DIALOGS = {
    "s": "Skip this task",
    "f": "Flag this task",
    "x": "It cannot be answered",
    "c": "Comments on this task",
    "h": "History of this task",
    "?": "Keys",
}


def test_every_dialog_is_accessible(signed_in: SignedIn) -> None:
    desk = open_desk(2)
    page = opened(signed_in, desk)
    sit_down(page, desk)

    for key, name in DIALOGS.items():
        press(page, key)
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()

        assert faults(page, f"workbench-{name}".replace(" ", "-")) == [], name
        press(page, "Escape")
        expect(dialog).to_be_hidden()
