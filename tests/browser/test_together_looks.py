"""The looks of working together: each view in light, in dark and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from projects.access import Member
from reviewer import sent_back
from reviewer.models import Queue
from tests.browser.conftest import SignedIn
from tests.browser.desks import open_desk, press, sit_down
from tests.browser.test_looks import LOOKS, violations
from tests.browser.together_desks import Dispute, comment, disputed, newest
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
VIEWS = LOOKS[:3]


def sent(given: Dispute) -> None:
    expert = Member(
        given.experts.user, given.desk.project, "adjudicator", by_token=False
    )
    sent_back.send(newest(given.authors[0]).pk, expert, "Look at the bar of the seven")


@pytest.mark.parametrize("look", VIEWS)
def test_comments_and_history_are_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = open_desk(2)
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)
    press(page, "c")
    comment(page, "Is this a seven?")

    assert violations(page) == []
    press(page, "Escape", "7", "Enter", "z", "h")
    expect(page.locator(".timeline li").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("look", VIEWS)
def test_a_first_answer_beside_the_models_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = open_desk(2, pre_label=Queue.Shown.AFTER_GUESS)
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)
    expect(page.locator("#aside")).to_be_visible()

    assert violations(page) == []
    press(page, "7", "v")
    expect(page.locator("#opinions table")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("look", VIEWS)
def test_deciding_and_what_came_back_are_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    given = disputed(decision_reason=Queue.Reasons.REQUIRED)
    page = signed_in(given.experts.user, **look).new_page()
    sit_down(page, given.experts)
    expect(page.locator("#decision")).to_be_visible()

    assert violations(page) == []
    sent(given)
    mine = signed_in(given.authors[0], **look).new_page()
    sit_down(mine, given.desk)
    expect(mine.locator("#aside")).to_contain_text("Look at the bar")
    assert violations(mine) == []


@pytest.mark.parametrize("look", VIEWS)
def test_the_pages_of_a_task_a_person_and_a_queue_are_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    given = disputed()
    sent(given)
    slug = given.desk.project.slug
    lead = signed_in(make_member(given.desk.project, "lead"), **look).new_page()
    mine = signed_in(given.authors[0], **look).new_page()

    lead.goto(f"/p/{slug}/tasks/{given.task.pk}/")
    expect(lead.locator("#task-said table")).to_be_visible()
    assert violations(lead) == []
    lead.goto(f"/p/{slug}/queues/{given.desk.queue.pk}/")
    assert violations(lead) == []
    mine.goto(f"/p/{slug}/mine/")
    assert violations(mine) == []
