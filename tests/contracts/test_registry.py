"""What the bridge relies on when it registers versions and moves aliases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry_bridge.gateways.ports import (
    ChampionMoved,
    Registry,
    Rejected,
    Tracking,
    Unreachable,
    Version,
)


@pytest.fixture
def source(tracking: Tracking, name: str, model_dir: Path) -> tuple[str, str]:
    """The address of a logged model, and its run."""
    run_id = tracking.find_or_create_run(name, f"run:{name}", "training", {})
    return tracking.log_model(run_id, model_dir, "digits").uri, run_id


@pytest.fixture
def two(registry: Registry, name: str, source: tuple[str, str]) -> str:
    """A model with versions 1 and 2."""
    for number in (1, 2):
        register(registry, name, source, f"training:{number}")
    return name


def register(
    registry: Registry, name: str, source: tuple[str, str], key: str
) -> Version:
    return registry.register(name, source[0], source[1], key, {"digest": "abc"})


def test_a_version_registered_twice_under_one_key_is_one_version(
    registry: Registry, name: str, source: tuple[str, str]
) -> None:
    first = register(registry, name, source, "training:7")

    again = register(registry, name, source, "training:7")

    assert (first.version, again.version) == ("1", "1")
    assert again.key == "training:7"
    assert again.tags["digest"] == "abc"
    assert (again.source, again.run_id) == source


def test_versions_come_newest_first_with_their_aliases(
    registry: Registry, two: str
) -> None:
    registry.move_alias(two, "champion", "1", None)

    versions = registry.versions(two)

    assert [each.version for each in versions] == ["2", "1"]
    assert [each.aliases for each in versions] == [(), ("champion",)]


def test_what_is_not_there_is_none(registry: Registry, two: str) -> None:
    assert registry.version(two, "9") is None
    assert registry.version(f"{two}-absent", "1") is None
    assert registry.versions(f"{two}-absent") == []
    assert registry.alias(two, "champion") is None
    assert registry.alias(f"{two}-absent", "champion") is None


def test_an_alias_moves_from_what_was_expected(registry: Registry, two: str) -> None:
    registry.move_alias(two, "champion", "1", None)

    moved = registry.move_alias(two, "champion", "2", "1")

    assert moved.aliases == ("champion",)
    champion = registry.alias(two, "champion")
    assert champion is not None
    assert champion.version == "2"
    assert champion.url == registry.url(two, "2")


def test_moving_an_alias_again_changes_nothing(registry: Registry, two: str) -> None:
    registry.move_alias(two, "champion", "1", None)
    registry.move_alias(two, "champion", "2", "1")

    again = registry.move_alias(two, "champion", "2", "1")

    assert again.version == "2"


def test_an_alias_that_somebody_else_moved_stays(registry: Registry, two: str) -> None:
    registry.move_alias(two, "champion", "2", None)

    with pytest.raises(ChampionMoved) as moved:
        registry.move_alias(two, "champion", "1", None)

    assert (moved.value.found, moved.value.expected) == ("2", None)
    champion = registry.alias(two, "champion")
    assert champion is not None
    assert champion.version == "2"


def test_an_alias_cannot_name_a_version_that_is_not_there(
    registry: Registry, two: str
) -> None:
    with pytest.raises(Rejected):
        registry.move_alias(two, "champion", "9", None)

    assert registry.alias(two, "champion") is None


def test_an_alias_is_removed_once_and_for_all(registry: Registry, two: str) -> None:
    registry.move_alias(two, "challenger", "2", None)

    registry.remove_alias(two, "challenger")
    registry.remove_alias(two, "challenger")

    assert registry.alias(two, "challenger") is None


def test_tags_are_added_to_those_there(registry: Registry, two: str) -> None:
    registry.set_tags(two, "1", {"overread.promotion": "5"})

    version = registry.version(two, "1")
    assert version is not None
    assert version.tags["overread.promotion"] == "5"
    assert version.key == "training:1"


def test_a_version_is_downloaded_whole_and_only_once(
    registry: Registry, two: str, tmp_path: Path, model_dir: Path
) -> None:
    into = tmp_path / "models" / "1"

    arrived = registry.download(two, "1", into)
    (arrived / "marked").touch()
    again = registry.download(two, "1", into)

    assert arrived == again == into
    assert (into / "weights.bin").read_bytes() == b"\x00\x01" * 500
    assert (into / "marked").exists()
    assert [folder.name for folder in into.parent.iterdir()] == ["1"]


def test_a_version_that_is_not_there_cannot_be_downloaded(
    registry: Registry, two: str, tmp_path: Path
) -> None:
    with pytest.raises(Rejected):
        registry.download(two, "9", tmp_path / "nine")

    assert not (tmp_path / "nine").exists()


def test_eight_at_once_move_an_alias_or_are_told_to_try_again(
    registry: Registry, two: str
) -> None:
    def move(_: int) -> str:
        try:
            return registry.move_alias(two, "champion", "2", None).version
        except Unreachable:
            return "try again"

    with ThreadPoolExecutor(8) as workers:
        results = set(workers.map(move, range(8)))

    assert results <= {"2", "try again"}
    assert registry.move_alias(two, "champion", "2", None).aliases == ("champion",)
