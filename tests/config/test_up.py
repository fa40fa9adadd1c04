"""`manage.py up`: one command starts everything, and nothing outlives it."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from config.embedded import mlflow_server
from tests.config.running import (
    CHECKOUT,
    Up,
    environment,
    eventually,
    processes_of,
)

MINUTES = 300


def test_a_taken_port_is_named_together_with_the_option_that_changes_it(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with Up(tmp_path / "home", port=port) as up:
            code, said = up.process.wait(60), up.said()

    assert code == 4
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert processes_of(tmp_path / "home") == []


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_an_empty_home_becomes_a_service_and_stops_without_a_trace(
    tmp_path: Path,
) -> None:
    home = tmp_path / "Über 100% + home"
    with Up(home) as up:
        up.reads("ready ")
        up.reads("MLflow is up")

        assert "alive" in up.get("/livez")
        assert "ready" in up.get("/readyz")
        assert mlflow_server.answers(str(up.state()["mlflow"]))
        assert {"web", "worker", "waits", "mlflow", "postgres"} <= up.pids().keys()
        assert _open_to_others(home) == []
        assert up.end(signal.SIGINT) == 0

    assert processes_of(home) == []
    assert not up.home.state_file.exists()


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_a_second_start_names_the_process_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Up(home) as first:
        first.reads("ready ")

        with Up(home) as second:
            code, said = second.process.wait(60), second.said()

        assert code == 3
        assert f"process {first.process.pid}" in said
        assert "alive" in first.get("/livez")


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_a_killed_parent_leaves_no_orphan_and_the_next_start_takes_what_is_there(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    with Up(home) as first:
        first.reads("MLflow is up")
        _make_account(home, "ada")
        mlflow_before = first.state()["mlflow"]
        first.end(signal.SIGKILL)

        assert eventually(lambda: processes_of(home) == [])

    with Up(home, port=first.port) as second:
        second.reads("ready ")

        assert second.state()["mlflow"] == mlflow_before
        assert _accounts(home) == "ada"


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_a_start_right_after_a_kill_waits_for_what_is_still_ending(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    with Up(home) as first:
        first.reads("ready ")
        first.end(signal.SIGKILL)

        with Up(home, port=first.port) as second:
            second.reads("ready ")

            assert "ready" in second.get("/readyz")


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_whatever_part_is_killed_comes_back(tmp_path: Path) -> None:
    with Up(tmp_path / "home") as up:
        up.reads("MLflow is up")

        for name in ("web", "worker", "hosting", "waits", "mlflow", "postgres"):
            killed = up.pids()[name]
            psutil.Process(killed).kill()

            assert eventually(partial(_is_replaced, up, name, killed)), name
            assert eventually(lambda: _works(up)), name


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_a_second_signal_does_not_disturb_the_stop(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Up(home) as up:
        up.reads("ready ")
        up.process.send_signal(signal.SIGINT)

        assert up.end(signal.SIGINT) == 0

    log = (home / "logs" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_a_deep_home_starts_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / ("a-rather-long-name-" * 6) / "home"
    with Up(home) as up:
        up.reads("ready ")

        assert not up.home.socket_dir.is_relative_to(home)
        assert "ready" in up.get("/readyz")

    assert not up.home.socket_dir.exists()


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_an_older_home_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Up(home) as older:
        older.reads("ready ")
        assert not older.home.backups_dir.exists()
        _manage(home, "migrate", "sessions", "zero")

    with Up(home) as newer:
        newer.reads("ready ")

        assert "ready" in newer.get("/readyz")
        (copy,) = newer.home.backups_dir.iterdir()
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert copy.read_bytes().startswith(b"PGDMP")


def _open_to_others(home: Path) -> list[str]:
    """Name what somebody else could look into; behind a closed folder all is closed."""
    places = [home, *(home / "logs").iterdir(), home / "secrets.json", home / "run"]
    places += [home / "pg", home / "state.json", home / "ports.json"]
    return [p.name for p in places if stat.S_IMODE(p.stat().st_mode) & 0o077]


def _is_replaced(up: Up, name: str, killed: int) -> bool:
    return up.pids()[name] != killed


def _works(up: Up) -> bool:
    try:
        return "ready" in up.get("/readyz") and mlflow_server.answers(
            str(up.state()["mlflow"])
        )
    except OSError:
        return False


def _make_account(home: Path, name: str) -> None:
    _shell(home, f"get_user_model().objects.create_user({name!r})")


def _accounts(home: Path) -> str:
    return _shell(
        home, "print(*get_user_model().objects.values_list('username', flat=True))"
    )


def _shell(home: Path, line: str) -> str:
    code = f"from django.contrib.auth import get_user_model; {line}"
    return _manage(home, "shell", "-v0", "-c", code)


def _manage(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
        env={**environment(), "OVERREAD_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
