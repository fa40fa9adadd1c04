"""Results are read from a replica that keeps up, everything else from the primary.

The replica is a real one: a second PostgreSQL that streams from the first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from environs import Env
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings as SettingsWrapper

from config.embedded.postgres import Postgres
from config.home import DATABASE_USER, SOCKET_PORT, Home
from config.settings.databases import databases
from projects import replica
from projects.models import Project
from tests import makers
from tests.config.running import eventually

FAST = {"fsync": "off", "shared_buffers": "16MB"}


@dataclass
class Pair:
    """A primary, and a replica that follows it."""

    primary: Postgres
    follower: Postgres

    def ask(self, question: str) -> Any:
        """Something of the follower, past Django."""
        url = self.follower.home.database_url()
        with psycopg.connect(url, autocommit=True) as session:
            row = session.execute(question.encode()).fetchone()
        return row[0] if row else None

    def has(self, question: str) -> bool:
        """Wait until the follower says yes."""
        return eventually(lambda: bool(self.ask(question)), seconds=10)

    def pause(self) -> None:
        self.ask("select pg_wal_replay_pause()")
        assert self.has("select pg_get_wal_replay_pause_state() = 'paused'")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        # as root, the server's own account must find its way from one to the other
        Path(folder).chmod(0o711)
        homes = [Home(Path(folder) / name) for name in ("a", "b")]
        for home in homes:
            home.make()
            home.path.chmod(0o711)
        primary, follower = (Postgres(home, settings=FAST) for home in homes)
        primary.start()
        try:
            primary.make_database("overread")
            _copy(primary, follower)
            follower.start()
            yield Pair(primary, follower)
        finally:
            follower.stop()
            primary.stop()


def _copy(primary: Postgres, follower: Postgres) -> None:
    """What an operator does: pg_basebackup, told to follow."""
    follower.account = primary.account
    follower._make_folders()
    data = follower.home.postgres_dir
    data.mkdir(mode=0o700)
    follower._give(data)
    options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    options += [f"--host={primary.home.socket_dir}", f"--port={SOCKET_PORT}"]
    options += [f"--username={DATABASE_USER}"]
    assert follower._run("pg_basebackup", data, *options).wait(60) == 0


@pytest.fixture
def following(pair: Pair, django_db_blocker: DjangoDbBlocker) -> Iterator[Pair]:
    """Django works on the primary, and knows the replica."""
    with django_db_blocker.unblock(), _django_on(pair):
        call_command("migrate", verbosity=0)
        pair.ask("select pg_wal_replay_resume()")
        replica.beat()
        assert eventually(_is_read, seconds=10)
        yield pair
        pair.ask("select pg_wal_replay_resume()")
        call_command("flush", interactive=False, verbosity=0)


@contextmanager
def _django_on(pair: Pair) -> Iterator[None]:
    known = connections.settings
    before = dict(known["default"])
    connection.close()
    primary, follower = (str(s.home.socket_dir) for s in (pair.primary, pair.follower))
    known["default"].update(NAME="overread", HOST=primary)
    known["replica"] = {**known["default"], "HOST": follower}
    try:
        yield
    finally:
        connections["replica"].close()
        connection.close()
        del connections["replica"]
        del known["replica"]
        known["default"].update(before)
        replica.forget()


def _is_read() -> bool:
    replica.forget()
    return replica.reading() == "replica"


def make_project(pair: Pair) -> tuple[Project, Client]:
    """A project and its lead's browser, both known to the follower."""
    project = makers.make_project("pets")
    makers.make_endpoint(project)
    client = makers.sign_in(makers.make_member(project, "lead"))
    assert pair.has("select count(*) = 1 from django_session")
    return project, client


def test_results_are_read_from_the_replica_and_nothing_else(following: Pair) -> None:
    _, lead = make_project(following)

    asked = {}
    for page in ("quality/", "endpoints/", "queues/", "settings/"):
        with CaptureQueriesContext(connections["replica"]) as captured:
            assert lead.get(f"/p/pets/{page}").status_code == 200
        asked[page] = len([q for q in captured if "projects_heartbeat" not in q["sql"]])

    assert asked["quality/"] > 0
    assert asked["endpoints/"] > 0
    assert asked["queues/"] == asked["settings/"] == 0


def test_who_may_read_results_is_asked_of_the_primary(following: Pair) -> None:
    project, lead = make_project(following)
    following.pause()
    assert _is_read()

    project.memberships.all().delete()

    assert lead.get("/p/pets/quality/").status_code == 404


def test_what_was_read_from_the_replica_is_written_to_the_primary(
    following: Pair,
) -> None:
    make_project(following)
    with replica.results():
        found = Project.objects.get()
    assert found._state.db == "replica"

    found.name = "Other"
    found.save(update_fields=["name"])

    assert Project.objects.get().name == "Other"
    assert Project.objects.get()._state.db == "default"


def test_a_replica_that_is_behind_is_not_read(
    following: Pair, settings: SettingsWrapper
) -> None:
    settings.REPLICA_LAG_SECONDS = 0.2
    replica.beat()
    following.pause()

    assert eventually(lambda: not _is_read(), seconds=5)
    assert "behind" in replica.health().words

    following.ask("select pg_wal_replay_resume()")
    settings.REPLICA_LAG_SECONDS = 30
    replica.beat()
    assert eventually(_is_read, seconds=10)


def test_a_replica_that_is_away_costs_nobody_their_page(following: Pair) -> None:
    _, lead = make_project(following)
    following.follower.stop()

    try:
        # a page that was already told to read there may have to try again
        answers = [lead.get("/p/pets/quality/").status_code for _ in range(3)]
        words = Client().get("/readyz").json()
    finally:
        following.follower.start()

    assert answers[0] in (200, 503)
    assert answers[1:] == [200, 200]
    assert words["status"] == "ready"
    assert words["replica"].startswith("it does not answer")


def test_streams_name_the_database_they_read_from(following: Pair) -> None:
    """A stream goes on after its view has returned: it asks for the name."""
    make_project(following)

    found = Project.objects.using(replica.reading()).get()

    assert found._state.db == "replica"


def test_without_a_replica_everything_is_read_from_the_primary() -> None:
    with replica.results() as name:
        assert name == "default"
    assert replica.reading() == "default"
    assert not replica.health().used


def test_a_replica_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_REPLICA_URL", "postgresql://reader@elsewhere/overread")

    found = databases(Env(), "postgresql://writer@here/overread")

    assert (found["default"]["HOST"], found["replica"]["HOST"]) == ("here", "elsewhere")
    assert found["replica"]["OPTIONS"]["connect_timeout"] == 2
