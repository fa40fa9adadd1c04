"""The quality page with slices and experts' corrections: whole, by keyboard, on a phone too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reviewer import expert_checks
from tests.browser.conftest import SignedIn
from tests.browser.views import faults
from tests.reviewer.disputes import answer
from tests.reviewer.pages.makers import make_drawn, make_team

pytestmark = pytest.mark.django_db(transaction=True)


def test_slices_are_asked_for_by_keyboard_and_fit_a_phone(signed_in: SignedIn) -> None:
    team = make_team(max_overlap=1)
    expert_checks.begin(team.queue, 1.0, timezone.now() - timedelta(days=1))
    team.queue.save()
    for at in range(24):
        site = "a-site-with-quite-a-long-name-" * 4 if at % 2 else "s"
        make_drawn(team, "cat", u=at / 40, metadata={"site": site})
        answer(team.queue, team.reviewer, "cat" if at % 5 else "dog")
    page = signed_in(team.lead).new_page()
    page.goto(f"/p/{team.project.slug}/quality/")

    page.get_by_label("Accuracy of each value of").focus()
    page.keyboard.type("metadata.site")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#slices tbody tr")).to_have_count(2)
    expect(page.locator("#slices caption")).to_contain_text("hold together")
    expect(page.get_by_label("Accuracy of each value of")).to_have_value(
        "metadata.site"
    )
    expect(page.locator("#live")).to_be_visible()
    expect(page.get_by_text("10 more experts’ answers")).to_be_visible()
    assert faults(page, "quality-slices") == []
