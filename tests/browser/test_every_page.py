"""Every page that a person can open meets WCAG 2.2 AA, in every state that a project has.

The pages are those of the table of addresses (tests/access), which has a line for each
address that the service knows: a page that is added is looked at here without further ado.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import override_settings
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests import makers
from tests.access import addresses
from tests.access.addresses import PART
from tests.access.rules import MEMBERS, OWNERS, Entry, May
from tests.access.table import TABLE, V1, P
from tests.browser.conftest import give_session, watch
from tests.browser.houses import House, furnish
from tests.browser.views import WIDE, faults
from tests.registry_bridge.makers import World as Outside

pytestmark = pytest.mark.django_db
# What programs and scripts ask for, and files.
NO_PAGES: Final = {
    "livez",
    "readyz",
    "metrics",
    "api/schema",
    "objects/<str:token>",
    f"{P}audit/export.jsonl",
    f"{P}exports/<int:export_id>/<int:number>",
    f"{P}promotions/history.csv",
    f"{P}schemas/<int:version_id>/guideline",
    f"{P}schemas/<int:version_id>/changes",
    f"{P}snapshots/<int:snapshot_id>/<str:name>",
    f"{P}snapshots/<int:snapshot_id>/rows.csv",
    f"{P}snapshots/<int:snapshot_id>/changes.csv",
    f"{P}tasks/<int:task_id>/lineage.csv",
    f"{P}reviewers/<int:user_id>/lineage.csv",
}
LADDER: Final = ("reviewer", "adjudicator", "lead", "owner")
# Who is signed out can only be sent away.
LEAVING: Final = "accounts/logout/"


@dataclass
class Walk:
    """A page for each person, open on one service, and what pages complained of."""

    house: House
    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def let_in(self, browser: Browser, person: str) -> None:
        context = browser.new_context(
            base_url=self.url, viewport=WIDE, reduced_motion="reduce"
        )
        watch(context, self.complaints)
        if person in self.house.people:
            give_session(context, self.house.people[person], self.url)
        self.pages[person] = context.new_page()

    def looks(self, person: str, path: str, name: str, status: int = 200) -> list[str]:
        """All that is wrong with the page at this path as this person sees it."""
        page = self.pages[person]
        self.complaints.clear()
        answer = page.goto(path)
        assert answer
        assert (answer.status, answer.url) == (status, f"{self.url}{path}")
        return [*faults(page, name), *self.complaints]

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


@pytest.fixture(scope="module")
def walk(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Walk]:
    # made once, since looking changes nothing; committed, so that the server sees it
    folder: Path = tmp_path_factory.mktemp("house")
    kept = {"JOBS_DIR": folder / "jobs", "OBJECT_STORE": f"file:{folder}/objects"}
    with (
        django_db_blocker.unblock(),
        override_settings(**kept),
        Outside().around() as outside,
        emptied(),
        serving() as url,
    ):
        walk = Walk(furnish(outside, folder / "base"), url)
        # before any test, whose session would be gone with it
        for person in (*walk.house.people, "nobody"):
            walk.let_in(browser, person)
        yield walk
        walk.close()


@contextmanager
def emptied() -> Iterator[None]:
    try:
        yield
    finally:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@contextmanager
def serving() -> Iterator[str]:
    """The address of the service, for longer than one test."""
    server = LiveServer("localhost")
    try:
        with server._live_server_modified_settings:
            yield server.url
    finally:
        server.stop()


def pages() -> Iterator[tuple[str, Entry, May]]:
    for route, entry in TABLE.items():
        may = entry.methods.get("GET")
        if may and not route.startswith(V1) and route not in NO_PAGES:
            yield route, entry, may


def lookers(route: str, may: May) -> Iterator[str]:
    if may.everybody and route != LEAVING:
        yield "nobody"
    elif may.staff:
        yield "staff"
    elif may.roles:
        yield from dict.fromkeys(members(route, may))
    else:
        yield "owner"


def members(route: str, may: May) -> Iterator[str]:
    """The least of those who may; and an owner, where more is shown to one."""
    yield next(role for role in LADDER if role in may.roles)
    acts = (entry.methods.get("POST") for at, entry in TABLE.items() if route in at)
    if may is MEMBERS or OWNERS in acts:
        yield "owner"


def names_of(route: str, entry: Entry) -> set[str]:
    """What ids of a world its path is filled with."""
    parts = {one or other for one, other in PART.findall(route)}
    named = {entry.ids.get(each, each) for each in parts}
    return {each for each in named if not each.startswith("=")}


def case(route: str, entry: Entry, person: str) -> Any:
    return pytest.param(route, entry, person, id=f"{person} /{route}")


FILLED = [
    case(route, entry, person)
    for route, entry, may in pages()
    for person in lookers(route, may)
]


def of_a_project(route: str) -> bool:
    return route.startswith(P)


def shot(*parts: str) -> str:
    return re.sub(r"\W+", "-", "-".join(parts)).strip("-")


@pytest.mark.parametrize(("route", "entry", "person"), FILLED)
def test_every_page_is_accessible(
    route: str, entry: Entry, person: str, walk: Walk
) -> None:
    path = addresses.fill(route, entry, walk.house.full)

    assert walk.looks(person, path, shot("full", route, person)) == []


IDLE = {"slug", "queue", "endpoint", "schema", "version", "webhook", "membership"}
EMPTY = [
    case(route, entry, "owner")
    for route, entry, _ in pages()
    if of_a_project(route) and names_of(route, entry) <= IDLE
]


@pytest.mark.parametrize(("route", "entry", "person"), EMPTY)
def test_every_page_of_a_project_in_which_nothing_has_happened_is_accessible(
    route: str, entry: Entry, person: str, walk: Walk
) -> None:
    house = walk.house
    is_plain = names_of(route, entry) == {"slug"}
    path = addresses.fill(route, entry, house.bare if is_plain else house.idle)

    assert walk.looks(person, path, shot("empty", route)) == []


# Who is told no, where, and how.
REFUSED = [
    ("nobody", "/nowhere/", 404),
    ("stranger", "/p/{slug}/", 404),
    ("owner", "/p/{slug}/queues/999999/", 404),
    ("reviewer", "/p/{slug}/policy/", 403),
    ("reviewer", "/p/{slug}/queues/{experts}/work/", 403),
]


@pytest.mark.parametrize(("person", "path", "status"), REFUSED)
def test_every_no_is_accessible(
    person: str, path: str, status: int, walk: Walk
) -> None:
    where = path.format(**walk.house.full.ids)

    assert walk.looks(person, where, shot("no", person, path), status) == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("the connection failed"), 503), (ValueError("broken"), 500)],
    ids=["away", "broken"],
)
def test_what_goes_wrong_is_told_accessibly(
    error: Exception, status: int, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("projects.retention.removed_last", fails)
    path = f"/p/{walk.house.full.ids['slug']}/settings/"

    assert walk.looks("owner", path, f"no-{status}", status) == []


# Where, what is filled in, and the button; the answer is a page of its own.
FORMS = [
    ("tokens/", {"Name": "nightly export"}, "Make the token"),
    ("members/", {"Name": "Ida Reader"}, "Make the link"),
    (
        "policy/edit/",
        {"Audited of everything": "7", "Reason": "try"},
        "Save as version",
    ),
]


@pytest.mark.parametrize(("path", "fields", "button"), FORMS)
def test_what_a_form_answers_is_accessible(
    path: str, fields: dict[str, str], button: str, walk: Walk
) -> None:
    page = walk.pages["owner"]
    walk.complaints.clear()
    page.goto(f"/p/{walk.house.full.ids['slug']}/{path}")
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)

    with page.expect_navigation():
        page.get_by_role("button", name=button).click()

    assert faults(page, shot("form", path)) == []
    assert walk.complaints == []


@pytest.mark.parametrize("person", ["stranger", "staff"])
def test_the_home_of_somebody_without_a_project_is_accessible(
    person: str, walk: Walk
) -> None:
    assert walk.looks(person, "/", f"empty-home-{person}") == []


def test_what_is_called_no_page_is_none(walk: Walk) -> None:
    client = makers.sign_in(walk.house.people["owner"])
    for route in NO_PAGES - {"objects/<str:token>"}:
        path = addresses.fill(route, TABLE[route], walk.house.full)

        answer = client.get(path)

        # files are sent for elsewhere
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.FOUND), path
        assert b"<html" not in body(answer), path


def body(answer: Any) -> bytes:
    return bytes(answer.getvalue()) if answer.streaming else bytes(answer.content)
