"""The parts of a service: database, lock, ports, logs, and what a killed one left."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import leftovers, logfiles, ports, prepare, services
from config.embedded.lock import Lock
from config.embedded.postgres import Postgres
from config.embedded.trouble import AlreadyRunning, CannotStart, PortTaken
from config.home import SOCKET_PORT, Home
from tests.config.running import eventually, free_port


@pytest.fixture
def home() -> Iterator[Home]:
    """A home with a short name: pytest's own folders are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        yield Home(Path(folder) / "Ü + 1%")


@pytest.fixture
def server(home: Home) -> Iterator[Postgres]:
    server = Postgres(home, settings={"fsync": "off"})
    server.start()
    yield server
    server.stop()


def _ask(home: Home, question: str) -> object:
    with psycopg.connect(home.database_url("postgres")) as db:
        row = db.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_the_database_speaks_unicode_whatever_the_language_of_the_machine(
    server: Postgres,
) -> None:
    assert _ask(server.home, "SHOW server_encoding") == "UTF8"
    assert _ask(server.home, "SELECT upper('ä')") == "Ä"
    assert _ask(server.home, "SHOW listen_addresses") == ""


def test_a_database_that_was_killed_starts_again_with_its_data(
    server: Postgres,
) -> None:
    server.make_database("kept")
    assert server.process
    server.process.kill()
    server.process.wait()
    assert not server.is_running()

    server.start()

    assert _ask(server.home, "SELECT count(*) FROM pg_database WHERE datname='kept'")


def test_a_process_number_that_somebody_else_has_now_does_not_stop_a_start(
    server: Postgres,
) -> None:
    server.stop()
    for stale in (
        server.home.postgres_dir / "postmaster.pid",
        server.home.socket_dir / f".s.PGSQL.{SOCKET_PORT}.lock",
    ):
        stale.write_text(
            f"{os.getpid()}\n{server.home.postgres_dir}\n0\n{SOCKET_PORT}\n"
        )

    server.start()

    assert _ask(server.home, "SELECT 1") == 1


def test_half_a_cluster_from_a_killed_first_start_is_made_anew(home: Home) -> None:
    half = home.path / "pg.tmp"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = Postgres(home, settings={"fsync": "off"})

    server.start()
    server.stop()

    assert not half.exists()
    assert (home.postgres_dir / "base").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_socket_folder_of_somebody_else_is_refused(home: Home) -> None:
    home.socket_dir.mkdir(parents=True)
    os.chown(home.socket_dir, 12_345, 12_345)

    with pytest.raises(CannotStart, match="belongs to somebody else"):
        Postgres(home).start()


def test_the_databases_folders_are_closed_to_others(server: Postgres) -> None:
    for folder in (server.home.path, server.home.postgres_dir, server.home.socket_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_locked_home_names_who_holds_it_and_is_free_after_a_kill(home: Home) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config.home import Home;"
        "from config.embedded.lock import Lock\n"
        "with Lock(Home(Path(sys.argv[1]))): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.path)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline()

        with pytest.raises(AlreadyRunning, match=str(other.pid)), Lock(home):
            pass

        other.kill()
        other.wait()
        with Lock(home):
            assert home.lock_file.read_text() == f"{os.getpid()}\n"


def test_a_taken_port_is_refused_though_the_server_could_share_it() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(PortTaken, match="--port"):
            ports.claim_web_port("127.0.0.1", other.getsockname()[1])


def test_ports_stay_the_same_from_start_to_start(home: Home) -> None:
    home.make()

    first = ports.remembered(home, ("mlflow", "hosting"))

    assert ports.remembered(home, ("mlflow", "hosting")) == first
    assert len(set(first.values())) == 2
    assert home.address("mlflow") == f"http://127.0.0.1:{first['mlflow']}"


def test_a_remembered_port_that_is_taken_is_replaced(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "PATIENCE", 0.2)
    home.make()
    port = ports.remembered(home, ("mlflow",))["mlflow"]

    with socket.create_server(("127.0.0.1", port)):
        again = ports.remembered(home, ("mlflow",))["mlflow"]

    assert again != port


def test_a_long_log_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 100)

        logfiles.bound(log, longest=50)
        writer.write(b"new\n")

    assert log.read_text() == "new\n"
    kept = log.with_name("web.log.1")
    assert kept.read_text() == "old\n" * 100
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_a_killed_service_left_is_ended_and_nothing_else(home: Home) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    left = subprocess.Popen(sleep, env={**os.environ, services.MARK: str(home.path)})
    stranger = subprocess.Popen(sleep, env={**os.environ, services.MARK: "elsewhere"})
    try:
        time.sleep(0.1)  # until both have their own environment

        assert leftovers.end(home) == 1
        assert eventually(lambda: left.poll() is not None)
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_only_the_newest_three_copies_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"overread-2026010{day}T000000.dump").touch()

    prepare.forget_old_copies(tmp_path)

    assert sorted(file.name[15:17] for file in tmp_path.iterdir()) == [
        "03",
        "04",
        "05",
    ]


def test_a_free_port_can_be_had() -> None:
    assert ports.is_free("127.0.0.1", free_port())
