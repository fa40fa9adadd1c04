"""Nobody holds the database up for long; who had to give way is told to try again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import (
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.http import HttpResponse
from django.test import Client, RequestFactory
from environs import Env

from config import pages
from config.settings.databases import LIMITS, databases, limits
from projects import limits as more
from projects.models import Project
from tests import makers

pytestmark = pytest.mark.django_db(transaction=True)
URL = "postgresql://somebody@/overread?host=%2Ftmp"


@pytest.fixture
def limited() -> Iterator[Callable[..., None]]:
    """Lets this process's sessions have limits, as a web process has."""
    before = connection.settings_dict["LIMITS"]

    def limit(**milliseconds: int) -> None:
        connection.close()
        connection.settings_dict["LIMITS"] = {
            name: str(value) for name, value in milliseconds.items()
        }

    yield limit
    connection.close()
    connection.settings_dict["LIMITS"] = before


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting(%s, true)", [name])
        return str(cursor.fetchone()[0])


@pytest.fixture
def project() -> Project:
    return makers.make_project("pets")


@pytest.fixture
def owner(project: Project) -> Client:
    return makers.sign_in(makers.make_member(project, "owner"))


def test_a_session_has_the_limits_of_its_process(limited: Callable[..., None]) -> None:
    limited(**LIMITS["web"])

    assert shown("statement_timeout") == "8s"
    assert shown("lock_timeout") == "3s"
    assert shown("idle_in_transaction_session_timeout") == "10s"
    assert shown("transaction_timeout") == "1min"


def test_a_limit_that_the_server_does_not_know_is_left_out(
    limited: Callable[..., None],
) -> None:
    limited(statement_timeout=7000, timeout_of_version_99=1)

    assert shown("statement_timeout") == "7s"


def test_a_transaction_that_is_known_to_be_long_gets_more_time(
    limited: Callable[..., None],
) -> None:
    limited(statement_timeout=100, transaction_timeout=200)

    with transaction.atomic():
        more.allow(minutes=1)
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(.4)")

    assert shown("statement_timeout") == "100ms"


def test_more_time_is_no_limit_where_there_was_none() -> None:
    with transaction.atomic():
        more.allow(minutes=1)

        assert shown("statement_timeout") == "0"


class Locked:
    """Somebody else who holds the project's row."""

    def __init__(self, project: Project) -> None:
        params = connection.get_connection_params()
        names = ("host", "port", "dbname", "user")
        self.session = psycopg.connect(**{n: params[n] for n in names if n in params})
        self.session.execute(
            "select from projects_project where id = %s for update", [project.pk]
        )

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.session.close()


def test_a_page_that_waits_too_long_for_a_lock_says_try_again(
    limited: Callable[..., None], project: Project, owner: Client
) -> None:
    limited(lock_timeout=100)

    with Locked(project):
        answer = owner.post("/p/pets/settings/", {"name": "Other"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "Somebody else is changing the same thing" in answer.content.decode()


def test_the_api_says_try_again_in_problem_json(
    limited: Callable[..., None],
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = makers.make_token(project, "lead")
    limited(statement_timeout=50)

    def slow(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(1)")

    monkeypatch.setattr("reviewer.quality.of_people", slow)
    answer = Client().get("/api/v1/projects/pets/quality", headers=makers.bearer(token))

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "2"
    assert answer.json()["code"] == "try_again"
    assert "took too long" in answer.json()["detail"]


def test_a_session_that_was_cut_is_replaced_for_the_next_request(
    project: Project, owner: Client
) -> None:
    """As after a restart of the database, or a transaction that idled too long."""
    owner.get("/p/pets/settings/")
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    _end(pid)

    first = owner.get("/p/pets/settings/")
    # what a real server does between two requests, and Django's test client does not
    close_old_connections()
    second = owner.get("/p/pets/settings/")

    assert (first.status_code, second.status_code) == (503, 200)


def _end(pid: int) -> None:
    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join(10)


def answer_to(error: Exception) -> HttpResponse:
    """As Django asks for a page when an error left every view and middleware."""

    def fail() -> None:
        raise error

    try:
        fail()
    except Exception:  # noqa: BLE001 (what Django catches)
        return pages.broken(RequestFactory().get("/p/pets/"))
    raise AssertionError


def test_what_fails_outside_a_view_says_try_again_too() -> None:
    answer = answer_to(OperationalError("the connection failed"))

    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()


def test_other_failures_are_our_fault() -> None:
    assert answer_to(KeyError("broken")).status_code == 500


def made(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    for name, value in variables.items():
        monkeypatch.setenv(f"OVERREAD_{name}", value)
    return databases(Env(), URL)


@pytest.mark.parametrize("part", LIMITS)
def test_each_kind_of_process_has_limits_of_its_own(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(monkeypatch, PART=part)["default"]["LIMITS"]

    assert {name: int(value) for name, value in found.items()} == LIMITS[part]


def test_an_operator_may_give_statements_more_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = made(monkeypatch, PART="web", STATEMENT_SECONDS="20")

    assert found["default"]["LIMITS"]["statement_timeout"] == "20000"


def test_behind_a_pooler_nothing_rests_on_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = made(monkeypatch, PART="web", POOLED="1")["default"]

    assert found["LIMITS"] == {}
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_part_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_PART", "wep")

    with pytest.raises(ImproperlyConfigured, match="web, worker, long_jobs, command"):
        limits(Env(), pooled=False)
