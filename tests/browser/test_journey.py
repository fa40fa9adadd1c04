"""A lead's day in the browser: sign in, label ten by keyboard, approve, roll back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect

from labeling.models import Annotation
from projects import events
from registry_bridge.models import Promotion
from tests.browser.desks import all_saved, press
from tests.makers import PASSWORD, make_queue, make_queue_item, make_task
from tests.registry_bridge.conftest import world
from tests.registry_bridge.makers import Loop, World, make_gate, make_loop, review, work

__all__ = ["world"]


def a_project_that_waits_for_a_decision(outside: World, folder: Path) -> Loop:
    loop = make_loop(outside, folder / "base")
    make_gate(loop.project, "enough_gold", rows=50, usable_test=10)
    make_gate(loop.project, "challenger_better")
    review(loop)
    with transaction.atomic():
        events.emit("task.settled", loop.project)
    work()
    queue = make_queue(loop.project, "doubtful-texts")
    for _ in range(12):
        make_queue_item(queue, make_task(loop.project, label="cat"))
    return loop


def test_a_lead_signs_in_labels_ten_by_keyboard_approves_and_rolls_back(
    signed_in: Callable[..., BrowserContext], world: World, tmp_path: Path
) -> None:
    loop = a_project_that_waits_for_a_decision(world, tmp_path)
    page = signed_in().new_page()

    sign_in(page, loop.lead.username)
    label_ten(page)
    approve(page)
    work()
    see(page, "In use")
    roll_back(page)
    work()
    see(page, "Rolled back")

    answers = Annotation.objects.filter(author=loop.lead)
    assert [each.answer["label"] for each in answers.order_by("pk")] == [
        "cat",
        "dog",
    ] * 5
    undone = Promotion.objects.get(project=loop.project, kind="promote")
    assert (undone.decided_by, undone.reason) == (loop.lead, "Better on every label.")
    assert world.alias(loop.model) == "1"
    assert world.serving() == ["1"]


def sign_in(page: Page, username: str) -> None:
    page.goto("/")
    page.get_by_label("Login").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def label_ten(page: Page) -> None:
    expect(page.locator("a", has_text="Start")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Enter")
    expect(page.locator("#item")).to_be_visible()
    for done in range(10):
        expect(page.locator("#item")).to_be_visible()
        press(page, "Digit2" if done % 2 else "Digit1", "Enter")
        expect(page.locator("#done")).to_have_text(str(done + 1))
    all_saved(page)


def approve(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Version 2 may replace 1").click()
    page.get_by_label("Reason").fill("Better on every label.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("Approved by")


def roll_back(page: Page) -> None:
    page.get_by_label("Reason").fill("The shop complains.")
    page.get_by_role("button", name="Roll back to version 1").click()


def see(page: Page, state: str) -> None:
    page.reload()
    expect(page.get_by_text(state, exact=True).first).to_be_visible()
