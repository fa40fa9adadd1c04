"""The home folder: where things lie, and that only its owner may look inside."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from config.home import LONGEST_SOCKET, Home, home


def test_secrets_are_made_once_and_only_their_owner_may_read_them(
    tmp_path: Path,
) -> None:
    place = Home(tmp_path / "new" / "home")

    first = place.secrets()

    assert place.secrets() == first
    assert stat.S_IMODE(place.secrets_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o700


def test_two_homes_have_different_secrets(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "one").secrets(), Home(tmp_path / "other").secrets()

    assert one.secret_key != other.secret_key
    assert one.fernet_keys != other.fernet_keys
    assert one.token_pepper != other.token_pepper


def test_starts_at_the_same_moment_agree_on_the_secrets(tmp_path: Path) -> None:
    place = Home(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: place.secrets(), range(8)))

    assert len(seen) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_the_home_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path / "elsewhere"))

    assert home().path == tmp_path / "elsewhere"


def test_a_relative_home_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERREAD_HOME", "data")

    assert home().path == tmp_path / "data"


def test_a_deep_home_keeps_its_socket_in_a_short_folder() -> None:
    deep = Home(Path("/srv") / ("very-deep-" * 12) / "home")

    assert len(str(deep.socket_dir / ".s.PGSQL.5432")) <= LONGEST_SOCKET
    assert deep.socket_dir == Home(deep.path).socket_dir
    assert deep.socket_dir != Home(deep.path / "other").socket_dir


def test_a_home_with_odd_letters_has_an_address_that_reads_back() -> None:
    place = Home(Path("/srv/Grün & 100% home"))

    address = psycopg.conninfo.conninfo_to_dict(place.database_url("mlflow"))

    assert address["host"] == str(place.socket_dir)
    assert address["dbname"] == "mlflow"
    assert quote("ü") in place.database_url()
