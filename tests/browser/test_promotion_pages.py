"""A promotion on its way and afterwards: cost, canary, watch, rules, history, a training run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from projects.models import Role
from registry_bridge import aftercare, promotion, repeating, retraining
from registry_bridge.models import Gate, Promotion, RegisteredModel
from tests import makers
from tests.browser.conftest import SignedIn
from tests.browser.views import faults
from tests.registry_bridge.makers import Loop, World, make_loop, review, work
from tests.registry_bridge.shadows import all_is_counted
from tests.registry_bridge.test_aftercare import answer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loop(tmp_path: Path, settings: Settings) -> Iterator[Loop]:
    """Version 2 was trained beside version 1; a policy was made for version 1."""
    settings.JOBS_DIR = tmp_path / "jobs"
    with World().around() as world:
        loop = make_loop(world, tmp_path / "base")
        policy = {"audit": 0.5, "blind": {"review": 1}}
        makers.make_policy(loop.project, **policy)
        RegisteredModel.objects.update(canary_percent=10, canary_calls=20)
        review(loop, cats=60, dogs=60)
        retraining.start(loop.project, by=loop.lead)
        work()
        yield loop


def url(loop: Loop, tail: object = "") -> str:
    return f"/p/{loop.project.slug}/promotions/{tail}"


def propose(loop: Loop) -> Promotion:
    return promotion.propose(loop.project, "2", by=loop.lead, reason="It knows dogs.")


def test_a_lead_reads_the_cost_then_how_far_the_canary_is(
    loop: Loop, signed_in: SignedIn
) -> None:
    found = propose(loop)
    page = signed_in(loop.other_lead).new_page()
    page.goto(url(loop, f"{found.pk}/"))
    expect(page.locator("#cost")).to_be_visible()
    assert faults(page, "promotion-cost") == []

    promotion.approve(found, by=loop.other_lead, reason="Agreed.")
    work(8)
    page.reload()

    expect(page.locator('[aria-current="step"]')).to_contain_text("Canary")
    assert faults(page, "promotion-canary") == []


def test_an_alarm_is_told_with_its_evidence_and_the_history_with_all(
    loop: Loop, signed_in: SignedIn
) -> None:
    loop.world.deployment.traffic = 100
    found = propose(loop)
    promotion.approve(found, by=loop.other_lead, reason="Agreed.")
    work()
    answer(loop, 20, right=True, before=True)
    answer(loop, 80, right=False, before=True)
    all_is_counted()
    aftercare.look(loop.project)
    page = signed_in(loop.lead).new_page()

    page.goto(url(loop, f"{found.pk}/"))
    expect(page.locator("#watch")).to_be_visible()
    expect(page.get_by_text("It got worse")).to_be_visible()
    expect(page.get_by_text("waits for a decision")).to_be_visible()
    assert faults(page, "promotion-aftercare") == []
    page.goto(url(loop, "history/"))
    assert faults(page, "promotion-history") == []


def test_a_lead_adds_a_gate_by_keyboard(loop: Loop, signed_in: SignedIn) -> None:
    page = signed_in(loop.lead).new_page()
    page.goto(f"/p/{loop.project.slug}/gates/")
    assert faults(page, "gates") == []

    page.get_by_label("It looks at").select_option("cost")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.get_by_label("Reviews a day at most").fill("nobody")
    page.get_by_label("Reason").fill("People have only so many hours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Reviews a day at most: must be")
    assert faults(page, "gates-refused") == []
    page.get_by_label("Reviews a day at most").fill("300")
    page.keyboard.press("Enter")

    expect(page.get_by_text("These gates hold from the next look on")).to_be_visible()
    gate = Gate.objects.get(project=loop.project, condition="cost")
    assert gate.settings == {"reviews_a_day": 300}


def test_an_owner_sets_the_rules_by_keyboard(loop: Loop, signed_in: SignedIn) -> None:
    page = signed_in(makers.make_member(loop.project, Role.OWNER)).new_page()
    page.goto(url(loop, "rules/"))
    assert faults(page, "promotion-rules") == []

    page.get_by_label("Two persons").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Reason").focus()
    page.keyboard.type("As the board decided")
    page.keyboard.press("Enter")

    expect(page.get_by_text("These rules hold from now on")).to_be_visible()
    expect(page.get_by_label("Two leads besides")).to_be_checked()


def test_a_training_that_was_run_again_says_whether_it_agrees(
    loop: Loop, signed_in: SignedIn
) -> None:
    first = loop.project.trainings.filter(version="2").get()
    again = repeating.again(first, loop.lead)
    work()
    page = signed_in(loop.lead).new_page()

    page.goto(f"/p/{loop.project.slug}/trainings/{again.pk}/")

    expect(page.locator("#agreement")).to_be_visible()
    assert faults(page, "training-agreement") == []
