"""Every run has a PostgreSQL server of its own, gone when the run ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from config.embedded.postgres import Postgres
from config.home import Home
from tests.sagemaker.fixtures import aws_url, sagemaker, sagemaker_server
from tests.sagemaker.hook import CHECKER

__all__ = ["aws_url", "sagemaker", "sagemaker_server"]

# Speed is never asserted in a test: an example may take as long as a busy machine needs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# a test database need not survive a power cut
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}
# a browser's last request may outlive its test, and with it a session of the server's
END_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SERVER = pytest.StashKey[Postgres]()
LOCK = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    CHECKER.install()
    if _another_process_cares(config):
        return
    _sweep()
    home = Home(Path(os.environ["OVERREAD_TEST_HOME"]))
    home.make()
    config.stash[LOCK] = _lock(home.path)
    server = config.stash[SERVER] = Postgres(home, settings=FAST)
    server.start()
    server.make_database("overread")


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is None:
        return
    server.stop()
    shutil.rmtree(server.home.path, ignore_errors=True)
    os.close(config.stash[LOCK])


@pytest.fixture(autouse=True)
def _calls_to_aws_keep_its_contract() -> Iterator[None]:
    """Fail a test that sent what AWS would refuse, even where its error was caught."""
    yield
    found = CHECKER.take()
    assert not found, "AWS would refuse this. " + "\n".join(found)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Pytest-django's, whose database can be dropped though a thread still holds it."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(END_THE_OTHERS)


def _another_process_cares(config: pytest.Config) -> bool:
    """A worker of pytest-xdist uses its controller's server; a named one is used as is."""
    given = "OVERREAD_TEST_DATABASE_URL" in os.environ
    return given or hasattr(config, "workerinput") or config.option.collectonly


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _sweep() -> None:
    """Remove what runs left that were killed: nobody holds their lock any more."""
    for folder in Path(tempfile.gettempdir()).glob("overread-tests-*"):
        try:
            os.close(_lock(folder))
        except OSError:
            continue
        shutil.rmtree(folder, ignore_errors=True)
