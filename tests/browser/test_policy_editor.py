"""The editor of a policy in a browser, the shadow page and the banner of a stop."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from projects.models import User
from reviewer import shadows, stops
from reviewer.models import Policy
from tests import makers
from tests.browser.views import faults
from tests.reviewer.sites import Site

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
RULES: dict[str, Any] = {
    "audit": 0.1,
    "rules": [{"name": "Unsure", "when": {"confidence_below": 0.8}}],
    "blind": {"review": 1, "audit": 1},
}


@pytest.fixture
def site() -> Site:
    site = Site(RULES)
    site.send(300)
    site.answer_all()
    return site


@pytest.fixture
def lead(site: Site) -> User:
    return makers.make_member(site.project, "lead")


def test_a_changed_threshold_shows_at_once_what_it_comes_to(
    site: Site, lead: User, signed_in: SignedIn
) -> None:
    page = signed_in(lead).new_page()
    page.goto(f"/p/{site.project.slug}/policy/edit/")
    expect(page.locator("#edit[data-ready]")).to_be_attached()
    expect(page.get_by_text("0 of them would change")).to_be_visible()

    page.get_by_label("Confidence below").first.fill("0.95")

    expect(page.get_by_text("0 of them would change")).not_to_be_visible()
    expect(page.locator(".line-added").first).to_contain_text("0.95")
    page.get_by_label("As text").check()
    text = page.get_by_label("Rules, as YAML")
    expect(text).to_have_value(re.compile("confidence_below: 0.95"))
    text.fill("audit: 0.5")
    page.get_by_label("Form", exact=True).check()
    expect(page.get_by_label("Audited of everything")).to_have_value("0.5")
    a_mistake_is_told(page)
    assert faults(page, "policy-editor") == []


def a_mistake_is_told(page: Page) -> None:
    page.get_by_label("Audited of everything").fill("7")
    expect(page.get_by_role("alert")).to_contain_text("must be from 0.005 to 1, not 7")
    page.get_by_label("Audited of everything").fill("0.5")
    expect(page.get_by_role("alert")).not_to_be_visible()


def test_it_is_saved_with_a_reason(site: Site, lead: User, signed_in: SignedIn) -> None:
    page = signed_in(lead).new_page()
    page.goto(f"/p/{site.project.slug}/policy/edit/")
    page.get_by_label("Audited of everything").fill("0.25")
    page.get_by_label("Reason", exact=True).fill("More audits")

    page.get_by_role("button", name="Save as version 2").click()

    expect(page.get_by_role("status").first).to_contain_text("routes new predictions")
    assert Policy.objects.get(active=True).rules["audit"] == 0.25


def test_without_a_script_the_preview_is_a_button(
    site: Site, lead: User, signed_in: SignedIn
) -> None:
    page = signed_in(lead, java_script_enabled=False).new_page()
    page.goto(f"/p/{site.project.slug}/policy/edit/")
    page.get_by_label("Audited of everything").fill("0.5")

    page.get_by_role("button", name="Preview").click()

    expect(page.locator(".line-added").first).to_contain_text("0.5")
    expect(page.get_by_label("Rules, as YAML")).to_have_value(re.compile("audit: 0.5"))
    assert Policy.objects.count() == 1


def test_the_pages_of_shadow_and_stop_are_accessible_and_fit(
    site: Site, lead: User, signed_in: SignedIn
) -> None:
    strict = {**RULES, "audit": 0.5}
    shadows.begin(site.project, strict, by=lead, reason="Try it")
    site.send(40)
    stops.begin(site.project, by=lead, reason="It calls dogs cats", mode="hold")
    page = signed_in(lead).new_page()

    found = {}
    for path in ("policy/shadow/", "policy/", ""):
        page.goto(f"/p/{site.project.slug}/{path}")
        expect(page.locator(".banner")).to_be_visible()
        found[path] = faults(page, f"stopped-{path.replace('/', '-')}")

    assert found == {path: [] for path in found}
