"""Webhook pages meet WCAG 2.2 AA, and an owner gets from adding one to a replay."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from projects.models import Role
from reviewer.models import Webhook, WebhookDelivery
from tests import makers
from tests.browser.test_looks import LOOKS, SignedIn, violations
from tests.reviewer.pages.test_webhooks import dead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("look", LOOKS)
def test_webhook_pages_are_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    project = makers.make_project("digits")
    owner = makers.make_member(project, Role.OWNER)
    webhook = makers.make_webhook(project, "https://orders.example.org/hooks/overread")
    dead(webhook, 3)
    page = signed_in(owner, **look).new_page()

    for path in ("webhooks/", f"webhooks/{webhook.pk}/"):
        page.goto(f"/p/digits/{path}")
        assert violations(page) == []


def test_an_owner_adds_a_webhook_tries_it_and_sends_a_dead_letter_again(
    signed_in: SignedIn,
) -> None:
    project = makers.make_project("digits")
    owner = makers.make_member(project, Role.OWNER)
    page = signed_in(owner).new_page()
    page.goto("/p/digits/webhooks/")
    page.get_by_label("Name").fill("orders")
    page.get_by_label("Address").fill("https://example.org/hooks")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("link", name="orders").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".notices")).to_contain_text("on its way")
    WebhookDelivery.objects.update(state="dead")
    page.reload()

    page.get_by_role("button", name="Send again").click()

    expect(page.locator(".notices")).to_contain_text("1 message goes round again")
    assert Webhook.objects.get().deliveries.get().state == "waiting"


def test_on_a_phone_every_figure_stands_beside_its_name(signed_in: SignedIn) -> None:
    project = makers.make_project("digits")
    makers.make_webhook(project)
    size = {"width": 390, "height": 844}
    owner = makers.make_member(project, Role.OWNER)
    page = signed_in(owner, viewport=size).new_page()

    page.goto("/p/digits/webhooks/")

    figure = page.locator("td.num").first
    assert figure.get_attribute("data-label") == "Waiting"
    room = figure.evaluate("cell => getComputedStyle(cell).paddingInlineStart")
    assert room == "152px"
