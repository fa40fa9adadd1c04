"""Pages meet WCAG 2.2 AA in light and dark, on a wide screen and on a phone."""

from __future__ import annotations

import gzip
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from labeling import guidelines
from tests.browser.desks import GUIDELINE, open_desk, press, sit_down
from tests.browser.sent import scripts
from tests.browser.test_workbench import disputed
from tests.makers import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: list[Any] = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"viewport": {"width": 390, "height": 844}}, id="phone"),
    pytest.param({"viewport": {"width": 320, "height": 256}}, id="zoomed-400"),
]
EVERY_DESK = ("projects/theme.js", "projects/site.js", "labeling/workbench.js")
# KB that the first task of each needs to be painted and answered by Enter; `make bench`
# counts what comes behind it too.
SCRIPT_BUDGETS = [
    (("labeling/kinds/choice/control.js", "labeling/fields/text/viewer.js"), 15),
    (("labeling/kinds/boxes/control.js", "labeling/fields/image/viewer.js"), 20),
    (("labeling/kinds/polygons/control.js", "labeling/fields/image/viewer.js"), 20),
    (("labeling/kinds/keypoints/control.js", "labeling/fields/image/viewer.js"), 20),
    (("labeling/kinds/spans/control.js", "labeling/fields/text/viewer.js"), 20),
]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_the_workbench_is_accessible(signed_in: SignedIn, look: dict[str, Any]) -> None:
    desk = open_desk(4, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)

    press(page, "7", "Enter", "g")

    assert violations(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_adjudication_is_accessible(signed_in: SignedIn, look: dict[str, Any]) -> None:
    desk = disputed()
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)

    press(page, "Enter")

    assert violations(page) == []


@pytest.mark.parametrize("key", ["?", "x"])
def test_dialogs_are_accessible(signed_in: SignedIn, key: str) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, key)

    assert violations(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_signing_in_is_accessible(signed_in: SignedIn, look: dict[str, Any]) -> None:
    page = signed_in(**look).new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Login").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")

    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".notice-bad")).to_contain_text("not correct")
    assert violations(page) == []


def test_somebody_signs_in_changes_the_password_and_signs_out(
    signed_in: SignedIn,
) -> None:
    make_user("maria")
    page = signed_in().new_page()
    page.goto("/accounts/login/?next=/accounts/password/change/")
    page.get_by_label("Login").fill("maria")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Current Password").fill(PASSWORD)
    page.get_by_label("New Password", exact=True).fill("three blue owls read on")
    page.get_by_label("New Password (again)").fill("three blue owls read on")
    page.get_by_role("button", name="Change password").click()

    expect(page.locator(".notices")).to_contain_text("Password successfully changed")
    page.locator("summary", has_text="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".notices").last).to_contain_text("You have signed out")


def test_the_chosen_theme_is_there_at_the_first_paint_of_the_next_page(
    signed_in: SignedIn,
) -> None:
    page = signed_in(color_scheme="light").new_page()
    page.goto("/accounts/login/")
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("radio", name="Dark").click()

    page.goto("/accounts/login/")

    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(14, 17, 22)"


def test_an_address_that_does_not_exist_says_so(signed_in: SignedIn) -> None:
    page = signed_in().new_page()

    page.goto("/nowhere/")

    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert violations(page) == []


def test_on_a_phone_no_label_lies_under_the_buttons(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    size = {"width": 390, "height": 844}
    page = signed_in(desk.user, viewport=size, has_touch=True).new_page()

    sit_down(page, desk)

    last = page.locator(".option").last.bounding_box()
    submit = page.locator("#submit").bounding_box()
    assert last
    assert submit
    assert last["y"] + last["height"] <= submit["y"]
    assert submit["y"] + submit["height"] <= size["height"]
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]


def test_a_long_session_leaves_room_for_the_guideline(signed_in: SignedIn) -> None:
    desk = open_desk(30, guideline=GUIDELINE)
    guidelines.acknowledge(desk.schema, desk.user)
    size = {"width": 1366, "height": 700}
    page = signed_in(desk.user, viewport=size).new_page()
    sit_down(page, desk)
    expect(page.locator("#guideline")).not_to_be_empty()
    before = page.locator(".side-guideline").bounding_box()

    for answered in range(1, 21):
        expect(page.locator("#done")).to_have_text(str(answered - 1))
        expect(page.locator("#item")).to_be_visible()
        press(page, "Enter")
        expect(page.locator("#given li")).to_have_count(answered)

    assert page.locator(".side-guideline").bounding_box() == before


def test_without_script_the_workbench_says_what_it_needs(signed_in: SignedIn) -> None:
    desk = open_desk(1)
    page = signed_in(desk.user, java_script_enabled=False).new_page()

    page.goto(desk.url)

    expect(page.get_by_text("The workbench needs JavaScript")).to_be_visible()


@pytest.mark.parametrize(("parts", "budget"), SCRIPT_BUDGETS)
def test_the_script_for_a_task_is_small(parts: tuple[str, ...], budget: int) -> None:
    needed: set[str] = set()
    for part in (*EVERY_DESK, *parts):
        imported(part, needed)

    sizes = {each: len(gzip.compress(scripts()[each].encode(), 9)) for each in needed}

    assert len(sizes) > len(parts)
    assert sum(sizes.values()) <= budget * 1024, sizes


def imported(script: str, seen: set[str]) -> None:
    """Adds the script and all that it cannot start without."""
    if script in seen:
        return
    seen.add(script)
    for name in re.findall(r'\bimport[^"();]*"(\.[^"]+)"', scripts()[script]):
        imported(posixpath.normpath(f"{posixpath.dirname(script)}/{name}"), seen)
