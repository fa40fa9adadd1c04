"""Sessions of the database: one that the server ended is noticed without asking it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.fixtures import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _session() -> Iterator[None]:
    connection.ensure_connection()
    yield
    connection.close()


def end_from_outside() -> None:
    """As a restart of the server does it, or an administrator."""
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s)", [pid])
    other.close()
    # until the server has closed the socket
    time.sleep(0.2)


@pytest.mark.usefixtures("_session")
def test_a_session_that_lasts_is_usable_without_a_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert connection.is_usable()


@pytest.mark.usefixtures("_session")
def test_a_session_that_the_server_ended_is_not_usable() -> None:
    end_from_outside()

    assert not connection.is_usable()


@pytest.mark.usefixtures("_session")
def test_a_request_after_a_restart_of_the_server_opens_a_new_session() -> None:
    end_from_outside()
    connection.health_check_enabled = True  # type: ignore[attr-defined]
    connection.health_check_done = False  # type: ignore[attr-defined]

    with connection.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchone() == (1,)
