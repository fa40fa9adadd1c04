"""Pages of a project's people and settings: accessible, without scroll, without script."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from projects import invitations, settings
from projects.connections import Wanted, make
from projects.models import Membership, Project, Removal, User
from tests import makers
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
# Set OVERREAD_SHOTS to a folder to look at what was tested.
SHOTS = os.environ.get("OVERREAD_SHOTS")


def furnish() -> tuple[Project, User]:
    """A project with some of everything that these pages show, and its owner."""
    project = makers.make_project("pets", name="House pets")
    owner = makers.make_member(project, "owner", makers.make_user("ann"))
    for role in ("lead", "adjudicator", "reviewer", "reviewer"):
        makers.make_member(project, role)
    makers.make_token(project)
    makers.make_token(project, "lead", owner)
    invitations.invite(project, name="Ida Reader", role="lead", by=owner)
    uri = "https://mlflow.example.org/a/rather/long/address/of/a/server"
    make(project, Wanted("our-mlflow", "mlflow", uri, {}, {"a": "b"}), by=owner)
    settings.describe(project, name="House pets", description="Small", by=owner)
    for what, rows in (("predictions", 12_345), ("payloads", 678)):
        Removal.objects.create(
            project=project, what=what, day=timezone.now().date(), rows=rows
        )
    return project, owner


def addresses(project: Project) -> list[str]:
    pets = f"/p/{project.slug}/"
    member = Membership.objects.filter(project=project, role="lead").first()
    connection = project.connections.get()
    assert member
    return [
        f"{pets}members/",
        f"{pets}members/{member.pk}/",
        f"{pets}tokens/",
        f"{pets}settings/",
        f"{pets}connections/new/",
        f"{pets}connections/{connection.pk}/",
        f"{pets}audit/",
    ]


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def scrolls_sideways(page: Page) -> bool:
    told = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(page.evaluate(told))


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_people_and_settings_are_accessible(
    signed_in: SignedIn, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    project, owner = furnish()
    page = signed_in(owner, **look).new_page()

    for address in addresses(project):
        page.goto(address)
        shoot(page, f"{request.node.callspec.id}{address.replace('/', '-')}")
        assert violations(page) == [], address
        assert not scrolls_sideways(page), address


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_that_says_try_again_is_accessible(
    signed_in: SignedIn,
    look: dict[str, Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, owner = furnish()
    page = signed_in(owner, **look).new_page()

    def away(*_: object) -> None:
        raise OperationalError("the connection failed")

    monkeypatch.setattr("projects.retention.removed_last", away)
    answer = page.goto(f"/p/{project.slug}/settings/")

    assert answer
    assert answer.status == 503
    shoot(page, f"{request.node.callspec.id}-try-again")
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_an_invitation_is_made_and_accepted_without_script(
    signed_in: SignedIn,
) -> None:
    project, owner = furnish()
    page = signed_in(owner, java_script_enabled=False).new_page()
    page.goto(f"/p/{project.slug}/members/")
    page.get_by_label("Name").fill("Eva New")
    page.get_by_label("Role").select_option("adjudicator")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#secret").inner_text().strip()

    guest = signed_in(None, java_script_enabled=False).new_page()
    guest.goto(link)
    shoot(guest, "invitation")
    guest.get_by_label("Username").fill("eva")
    guest.get_by_label("Password", exact=True).fill(makers.PASSWORD)
    guest.get_by_label("The same password again").fill(makers.PASSWORD)
    guest.get_by_role("button", name="Make my account").click()

    guest.wait_for_url("**/p/pets/")
    page.goto(f"/p/{project.slug}/members/")
    expect(page.get_by_role("row", name="Eva New")).to_contain_text("Adjudicator")


def test_a_new_password_is_set_by_the_link_that_an_owner_makes(
    signed_in: SignedIn,
) -> None:
    project, owner = furnish()
    member = Membership.objects.get(project=project, role="adjudicator")
    page = signed_in(owner).new_page()
    page.goto(f"/p/{project.slug}/members/{member.pk}/")
    page.get_by_role("button", name="Make a link for a new password").click()
    shoot(page, "shown-once")
    assert violations(page) == []
    link = page.locator("#secret").inner_text().strip()

    guest = signed_in().new_page()
    guest.goto(link)
    shoot(guest, "new-password")
    assert violations(guest) == []
    guest.get_by_label("New Password", exact=True).fill("nine white swans sleep")
    guest.get_by_label("New Password (again)").fill("nine white swans sleep")
    guest.get_by_role("button", name="Keep this password").click()

    expect(guest.get_by_role("heading")).to_contain_text("Your password is changed")
    member.user.refresh_from_db()
    assert member.user.check_password("nine white swans sleep")


def test_the_administration_works_under_the_strict_policy(signed_in: SignedIn) -> None:
    furnish()
    root = makers.make_user("root", is_staff=True, is_superuser=True)
    page = signed_in(root).new_page()

    page.goto("/admin/")
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("link", name="ann", exact=True).click()
    page.get_by_label("Name:", exact=True).fill("Ann Other")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.goto("/admin/projects/auditentry/?q=ann")
    shoot(page, "admin-audit")

    expect(page.locator("#result_list")).to_contain_text("account kept")
