"""Every address, tried by everybody: who may gets in, who may not changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from tests import makers
from tests.access import addresses, people, world
from tests.access.people import Caller
from tests.access.rules import Entry, May
from tests.access.table import EXPERTS_ONLY, TABLE
from tests.access.world import World

pytestmark = pytest.mark.django_db
CASES = [
    (route, method, entry)
    for table in (TABLE, EXPERTS_ONLY)
    for route, entry in table.items()
    for method in entry.methods
]
WRITES = ("INSERT", "UPDATE", "DELETE")
# Kept by being called at all: sessions, counted sign-ins, when a token was last used.
HARMLESS = ("django_session", '"cache"', '"last_used_at"', "last_login")


@dataclass(frozen=True)
class Scene:
    """Two projects, and everybody there is; made once, since nothing in it changes."""

    here: World
    elsewhere: World
    callers: list[Caller]
    owner: Caller


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    # committed, then emptied: one open transaction would hold up the sealing of others
    with django_db_blocker.unblock():
        here, elsewhere = world.make("here"), world.make("elsewhere")
        callers = people.sessions(here.project, elsewhere.project)
        callers += people.programs(here.project, elsewhere.project)
        for caller in callers:
            caller.client()
        owner = next(each for each in callers if each.name == "owner")
        yield Scene(here, elsewhere, callers, owner)
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def name_of(case: tuple[str, str, Entry]) -> str:
    route, method, entry = case
    return f"{method} /{route} {','.join(entry.ids.values())}"


def test_every_address_has_its_line_in_the_table() -> None:
    assert set(addresses.routes()) == set(TABLE)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_who_may_gets_in_and_nobody_else(
    case: tuple[str, str, Entry], scene: Scene
) -> None:
    route, method, entry = case

    for caller in scene.callers:
        with undone():
            call(route, method, entry, scene.here, caller)


def call(route: str, method: str, entry: Entry, here: World, caller: Caller) -> None:
    may = entry.methods[method]
    path, client = addresses.fill(route, entry, here), caller.client()
    body = entry.sent(here, caller)
    knows = entry.takes_tokens or not caller.is_token
    with CaptureQueriesContext(connection) as queries:
        answer = send(client, method, path, body, entry)
    said = outcome(answer)
    told = f"{caller.name}: {method} {path} → {answer.status_code} {said}"
    if may.lets_in(caller) and (knows or may.everybody):
        assert said == "in", told
        return
    assert said == refusal(entry, may, caller, knows=knows), told
    assert not writes(queries), told


def refusal(entry: Entry, may: May, caller: Caller, *, knows: bool) -> str:
    """How the door is shut: who knows the house is told no, others that it is not there."""
    if not caller.known or not knows:
        return "unknown"
    if caller.role is None and entry.is_inside_a_project:
        return "hidden"
    return "forbidden"


def send(
    client: Client, method: str, path: str, body: dict[str, Any], entry: Entry
) -> HttpResponseBase:
    if method == "GET":
        answer = client.get(path)
        if answer.streaming:
            answer.getvalue()  # read to its end, a file is closed
        return answer
    if entry.takes_tokens:
        return client.generic(
            method, path, data=json.dumps(body), content_type="application/json"
        )
    return client.post(path, body)


def outcome(answer: HttpResponseBase) -> str:
    """in, unknown (sign in first), forbidden, or hidden."""
    status = answer.status_code
    if status == HTTPStatus.FOUND and "/accounts/login/" in answer["Location"]:
        return "unknown"
    named = {401: "unknown", 403: "forbidden", 404: "hidden"}
    if status in named:
        return named[status]
    # 409 and 422 are said to somebody inside: it cannot be done just now
    return "in" if status < 400 or status in (409, 422) else f"broken: {status}"


def writes(queries: CaptureQueriesContext) -> list[str]:
    found = [query["sql"] for query in queries if query["sql"].startswith(WRITES)]
    return [sql for sql in found if not any(part in sql for part in HARMLESS)]


FOREIGN = [case for case in CASES if case[2].is_inside_a_project and case[2].ids]


@pytest.mark.parametrize("case", FOREIGN, ids=name_of)
def test_ids_of_another_project_are_not_there(
    case: tuple[str, str, Entry], scene: Scene
) -> None:
    route, method, entry = case
    path = addresses.fill(route, entry, scene.here, ids_of=scene.elsewhere)
    body = entry.sent(scene.elsewhere, Caller("nobody", makers.make_user()))

    with CaptureQueriesContext(connection) as queries:
        answer = send(scene.owner.client(), method, path, body, entry)

    assert outcome(answer) == "hidden", path
    assert not writes(queries)


# allauth takes PUT for POST in its own forms
OURS = [case for case in CASES if not case[0].startswith("accounts/")]


@pytest.mark.parametrize("case", OURS, ids=name_of)
def test_no_other_method_does_anything(
    case: tuple[str, str, Entry], scene: Scene
) -> None:
    route, _, entry = case
    client = scene.owner.client()
    path = addresses.fill(route, entry, scene.here)

    others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(entry.methods)
    answers = {method: client.generic(method, path).status_code for method in others}

    assert set(answers.values()) == {HTTPStatus.METHOD_NOT_ALLOWED}, answers


UNSAFE = [case for case in CASES if case[1] != "GET"]


@pytest.mark.parametrize("case", UNSAFE, ids=name_of)
def test_a_session_changes_nothing_without_its_csrf_token(
    case: tuple[str, str, Entry], scene: Scene
) -> None:
    route, method, entry = case
    path = addresses.fill(route, entry, scene.here)
    body = entry.sent(scene.here, scene.owner)
    client = scene.owner.client(check_csrf=True)

    with CaptureQueriesContext(connection) as queries:
        answer = send(client, method, path, body, entry)

    assert answer.status_code == HTTPStatus.FORBIDDEN, path
    assert not writes(queries)


@pytest.mark.parametrize("route", addresses.admin_routes())
def test_the_administration_is_for_staff_alone(route: str, scene: Scene) -> None:
    path = addresses.fill_blindly(route)

    anonymous = Client().get(path, follow=True)
    member = scene.owner.client().get(path, follow=True)

    # by way of the administration's own door, which leads to everybody's
    assert anonymous.redirect_chain[-1][0].startswith("/accounts/login/"), path
    assert member.status_code == HTTPStatus.FORBIDDEN, path


def test_metrics_are_for_this_machine_and_for_staff(scene: Scene) -> None:
    staff = next(each for each in scene.callers if each.name == "staff").client()
    nobody = Client()
    here = nobody.get("/metrics")

    nobody.defaults["REMOTE_ADDR"] = staff.defaults["REMOTE_ADDR"] = "192.0.2.7"

    assert here.status_code == HTTPStatus.OK
    assert nobody.get("/metrics").status_code == HTTPStatus.NOT_FOUND
    assert staff.get("/metrics").status_code == HTTPStatus.OK
