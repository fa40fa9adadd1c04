"""What everybody relies on who keeps large objects."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings
from time_machine import travel

from projects import storage
from projects.refused import NotFound
from projects.storage import Folder, Missing, Objects, Rejected, Unreachable
from registry_bridge.gateways.fakes import FakeObjects
from registry_bridge.gateways.s3 import Bucket
from tests.mlflow_server import free_port


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "known")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "to everybody")
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    client.create_bucket(Bucket="gold")
    return Bucket.at(f"s3://gold/team/birds?endpoint_url={s3_server}&region=us-east-1")


@pytest.fixture(params=["fake", "folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "s3":
        found: Bucket = request.getfixturevalue("bucket")
        return found
    return FakeObjects() if request.param == "fake" else Folder(tmp_path / "objects")


def read(objects: Objects, key: str) -> bytes:
    with objects.open(key) as file:
        return file.read()


def test_what_is_put_comes_back(objects: Objects) -> None:
    address = objects.put("payloads/3f/3fa9.png", b"\x00pixels", "image/png")

    assert objects.exists("payloads/3f/3fa9.png")
    assert read(objects, "payloads/3f/3fa9.png") == b"\x00pixels"
    assert address.endswith("payloads/3f/3fa9.png")


def test_what_is_put_again_replaces_it(objects: Objects) -> None:
    objects.put("snapshot.jsonl", b"one")

    objects.put("snapshot.jsonl", io.BytesIO(b"two"))

    assert read(objects, "snapshot.jsonl") == b"two"


def test_a_large_file_comes_back_whole_and_in_parts(objects: Objects) -> None:
    data = bytes(range(256)) * 40_000

    objects.put("large.bin", io.BytesIO(data))

    with objects.open("large.bin") as file:
        first = file.read(1_000)
        rest = b"".join(iter(lambda: file.read(65_536), b""))
    assert first + rest == data


def test_an_empty_object_is_an_object(objects: Objects) -> None:
    objects.put("empty", b"")

    assert objects.exists("empty")
    assert read(objects, "empty") == b""


def test_what_is_not_there_is_missing(objects: Objects) -> None:
    assert not objects.exists("absent")
    with pytest.raises(Missing, match="absent"):
        objects.open("absent")


def test_what_is_deleted_is_gone_and_may_be_deleted_again(objects: Objects) -> None:
    objects.put("gone", b"soon")

    objects.delete("gone")
    objects.delete("gone")

    assert not objects.exists("gone")


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/.", "a\x00b", "ä", "a" * 501],
)
def test_a_key_that_could_leave_the_store_is_refused(
    objects: Objects, key: str
) -> None:
    with pytest.raises(Rejected):
        objects.put(key, b"x")
    with pytest.raises(Rejected):
        objects.open(key)
    with pytest.raises(Rejected):
        objects.sign(key, 60)


def test_a_signed_address_of_a_bucket_is_read_without_credentials(
    bucket: Bucket,
) -> None:
    bucket.put("a/b.txt", b"seen")

    answer = requests.get(bucket.sign("a/b.txt", 60), timeout=10)

    assert answer.content == b"seen"


def test_a_signed_address_of_the_folder_names_its_key_until_it_ends(
    tmp_path: Path,
) -> None:
    with travel("2026-11-23T12:00:00Z", tick=False) as clock:
        address = Folder(tmp_path).sign("a/b.txt", 60)
        token = address.removeprefix("/objects/")
        clock.shift(59)
        held = storage.key_of(token)
        clock.shift(2)

        with pytest.raises(NotFound):
            storage.key_of(token)
        with pytest.raises(NotFound):
            storage.key_of(f"{token}x")

    assert held == "a/b.txt"
    assert "/" not in token


def test_a_write_that_breaks_off_leaves_the_old_object(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    folder = Folder(tmp_path)
    folder.put("a/b", b"old")

    with pytest.raises(ConnectionResetError):
        folder.put("a/b", Broken())

    assert read(folder, "a/b") == b"old"
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b"]


def test_a_store_that_is_gone_is_unreachable(bucket: Bucket) -> None:
    gone = Bucket.at(
        f"s3://gold?endpoint_url=http://127.0.0.1:{free_port()}&region=us-east-1"
    )

    for call in (
        lambda: gone.put("a", b"x"),
        lambda: gone.open("a"),
        lambda: gone.exists("a"),
    ):
        with pytest.raises(Unreachable):
            call()


def test_a_bucket_that_is_not_there_is_refused_for_good(
    bucket: Bucket, s3_server: str
) -> None:
    absent = Bucket.at(f"s3://absent?endpoint_url={s3_server}&region=us-east-1")

    with pytest.raises(Rejected, match="NoSuchBucket"):
        absent.put("a", b"x")


def test_the_store_is_the_one_that_settings_name(
    tmp_path: Path, settings: Settings
) -> None:
    settings.OBJECT_STORE = f"file:{tmp_path}"

    storage.objects().put("a", b"x")

    assert (tmp_path / "a").read_bytes() == b"x"
    assert isinstance(storage.objects_at("s3://gold/part"), Bucket)
    with pytest.raises(Rejected, match="use one of file, s3"):
        storage.objects_at("ftp://somewhere")
