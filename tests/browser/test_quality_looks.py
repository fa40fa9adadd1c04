"""Pages with charts and evidence, filled: whole, readable on a phone, in the dark, and printable."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import makers
from tests.browser.conftest import SignedIn
from tests.browser.views import PHONE, faults
from tests.registry_bridge.test_changed import make_proposed
from tests.registry_bridge.test_changed import url as promotion_url
from tests.reviewer.pages.makers import Team, make_drawn, make_settled, make_team
from tests.reviewer.pages.test_worth import work
from tests.reviewer.test_trends import add_up, move, noon, settle

pytestmark = pytest.mark.django_db(transaction=True)
# Height of the smallest letters of a chart, as they are painted.
SMALLEST = """Math.min(...[...document.querySelectorAll("svg.plot text")].map((each) =>
  parseFloat(getComputedStyle(each).fontSize) * each.getCTM().a))"""


def watched() -> Team:
    """Ten days of two versions, of which the newer says something else at the end."""
    team = make_team()
    for day in range(10, 0, -1):
        settle(team, 12, day % 5, days_ago=day, confidence=0.6 + day / 40)
        settle(team, 12, day % 3, days_ago=day, model_version="2", confidence=0.9)
    for _ in range(60):
        move(make_drawn(team, "dog", model_version="2", confidence=0.5), noon(0))
    add_up(team)
    return team


def text_is_readable(page: Page) -> bool:
    page.set_viewport_size(PHONE)
    return float(page.evaluate(SMALLEST)) >= 11


def test_quality_over_time_is_whole_and_readable(signed_in: SignedIn) -> None:
    team = watched()
    page = signed_in(team.lead).new_page()

    page.goto(team.url("quality/time/?unit=day"))

    expect(page.locator("svg.plot")).to_have_count(4)
    expect(page.locator("svg.plot rect.is-bad").first).to_be_visible()
    assert faults(page, "quality-time-day") == []
    assert text_is_readable(page)


def test_on_paper_nothing_is_cut_off_and_no_button_is_left(signed_in: SignedIn) -> None:
    team = watched()
    page = signed_in(team.lead).new_page()
    page.goto(team.url("quality/time/?unit=day"))

    page.emulate_media(media="print")

    expect(page.get_by_role("link", name="As CSV").first).to_be_hidden()
    expect(page.get_by_role("navigation").first).to_be_hidden()
    assert page.evaluate(
        """[...document.querySelectorAll(".chart-scroll")].every((each) =>
           each.scrollWidth <= each.clientWidth)"""
    )


def test_labels_and_the_return_on_review_are_whole(signed_in: SignedIn) -> None:
    team = make_team()
    for at in range(5):
        content = {"text": "A long letter about a dog. " * 8}
        task = make_settled(team, "dog", "cat", blind=False, confidence=0.9 - at / 20)
        task.payload.content = content
        task.payload.save()
    work(team, right=30, wrong=12)
    work(team, right=12, wrong=0, pi=0.1)
    work(team, right=2, wrong=1, rule="unsure")
    page = signed_in(team.lead).new_page()

    page.goto(team.url("quality/labels/"))
    assert faults(page, "likely-wrong") == []
    page.goto(team.url("quality/return/"))
    assert faults(page, "return-on-review") == []


def test_the_evidence_of_a_promotion_is_whole(signed_in: SignedIn) -> None:
    promotion, _client = make_proposed()
    lead = makers.make_member(promotion.project, "lead")
    page = signed_in(lead).new_page()

    page.goto(promotion_url(promotion))

    assert faults(page, "promotion-evidence") == []
    assert text_is_readable(page)


def test_the_decision_is_one_key_away_from_any_place_in_the_evidence(
    signed_in: SignedIn,
) -> None:
    promotion, _client = make_proposed()
    lead = makers.make_member(promotion.project, "lead")
    page = signed_in(lead).new_page()
    page.goto(promotion_url(promotion))
    page.mouse.wheel(0, 5_000)

    decide = page.locator(".decision-bar").get_by_role("link", name="Decide")
    expect(decide).to_be_in_viewport()
    decide.press("Enter")

    expect(page.get_by_role("heading", name="Decide")).to_be_in_viewport()
