"""Exports to files: whole parts, resumed where they stopped, nothing twice."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from labeling.models import Gold
from projects import storage, worker
from projects.jobs import TryLater
from projects.models import AuditEntry, Job, Project
from projects.storage import Folder, Rejected, Unreachable
from reviewer.exports import asking, files, reading
from reviewer.exports.asking import Order
from reviewer.exports.formats import Wish
from reviewer.models import Export
from tests import makers
from tests.reviewer.exports.making import client_of, get, make_predicted, make_settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.OBJECT_STORE = f"file:{tmp_path}"
    return tmp_path


@pytest.fixture
def project() -> Project:
    project = makers.make_project("birds")
    makers.make_schema(project)
    return project


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two labels a chunk, two chunks a part."""
    monkeypatch.setattr(files, "PART_ROWS", 4)
    monkeypatch.setattr(reading, "FIRST_ROWS", 2)
    monkeypatch.setattr(reading, "MOST_ROWS", 2)


def settle(project: Project, n: int) -> list[int]:
    found = [make_settled(project).pk for _ in range(n)]
    # readable from now on, whatever other tests of this server have open
    get(client_of(project), project).close()
    return found


def ask(project: Project, format: str = "jsonl", **given: Any) -> Export:
    order = Order(Wish(format), **given)
    return asking.ask(project, order, makers.make_member(project, "lead"))


def lines(folder: Path) -> list[dict[str, Any]]:
    """Of all files, in the order of their parts; those of one export."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [line for path in found for line in lines_of(path)]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def golds(folder: Path) -> list[int]:
    return [line["gold"] for line in lines(folder)]


def test_an_export_is_written_by_a_job_and_fetched_over_the_rest_api(
    project: Project,
) -> None:
    labels = settle(project, 3)
    client = client_of(project)
    path = "/api/v1/projects/birds/exports"

    asked = client.post(path, {"format": "jsonl"}, "application/json")
    worker.drain()
    one = client.get(f"{path}/{asked.json()['id']}").json()
    file = client.get(f"{path}/{one['id']}/files/1").getvalue()

    assert asked.status_code == 202
    assert (one["state"], one["rows"], one["rows_estimated"]) == ("done", 3, 3)
    assert [json.loads(line)["gold"] for line in file.splitlines()] == labels
    assert one["bytes"] == len(file)
    assert AuditEntry.objects.filter(action="export asked").count() == 1
    following = client.get(f"/api/v1/projects/birds/labels?since={one['next_cursor']}")
    assert following.getvalue() == b""


def test_an_export_has_parts(project: Project, folder: Path, small_parts: None) -> None:
    labels = settle(project, 10)
    export = ask(project)

    files.write(export)

    kept = Export.objects.get()
    assert [each["rows"] for each in kept.files] == [4, 4, 2]
    assert golds(folder) == labels
    assert (kept.state, kept.rows, kept.share) == ("done", 10, 1.0)


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


@pytest.mark.parametrize("put_first", [True, False])
@pytest.mark.parametrize("format", ["jsonl", "model-monitor"])
def test_a_worker_killed_in_mid_export_is_taken_over_without_a_row_twice(
    project: Project,
    folder: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
    put_first: bool,
    format: str,
) -> None:
    endpoint = makers.make_endpoint(project)
    ids = [f"i-{at}" for at in range(10)]
    for each in ids:
        make_predicted(endpoint, inference_id=each)
    settle(project, 0)
    export = ask(project, format)
    whole = Folder.put
    calls = []

    def put(self: Folder, key: str, data: bytes | BinaryIO, kind: str = "") -> str:
        calls.append(key)
        if len(calls) == 2 and not put_first:
            raise Killed
        address = whole(self, key, data, kind)
        if len(calls) == 2:
            raise Killed
        return address

    monkeypatch.setattr(Folder, "put", put)
    with pytest.raises(Killed):
        files.write(export)
    halfway = Export.objects.get()
    files.write(Export.objects.get())

    assert (halfway.state, halfway.parts, halfway.rows) == ("running", 1, 4)
    # labels that settle after it began belong to the next one
    assert calls[1] == calls[2]
    assert [_id(line) for line in lines(folder)] == ids


def _id(line: dict[str, Any]) -> str:
    if "eventMetadata" in line:
        return str(line["eventMetadata"]["eventId"])
    return str(line["prediction"]["inference_id"])


def test_two_workers_of_one_export_double_nothing(
    project: Project, folder: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = settle(project, 6)
    first, second = ask(project), Export.objects.get()
    whole = Folder.put

    def put(self: Folder, key: str, data: bytes | BinaryIO, kind: str = "") -> str:
        monkeypatch.setattr(Folder, "put", whole)
        files.write(second)
        return whole(self, key, data, kind)

    monkeypatch.setattr(Folder, "put", put)
    files.write(first)

    kept = Export.objects.get()
    assert golds(folder) == labels
    assert (kept.state, kept.parts, kept.rows) == ("done", 2, 6)


def test_a_long_export_goes_on_in_the_next_turn(
    project: Project, folder: Path, small_parts: None
) -> None:
    labels = settle(project, 6)
    export = ask(project)

    with pytest.raises(TryLater):
        files.write(export, seconds=-1)
    files.write(Export.objects.get())

    assert golds(folder) == labels


def test_what_settles_after_an_export_began_waits_for_the_next(
    project: Project, folder: Path
) -> None:
    labels = settle(project, 2)
    export = ask(project)
    files.write(export)
    more = settle(project, 2)

    following = ask(project, since=files.next_cursor(Export.objects.get()))
    files.write(following)

    assert sorted(golds(folder)) == labels + more


def test_ground_truth_lies_in_the_hour_it_was_collected(
    project: Project, folder: Path
) -> None:
    endpoint = makers.make_endpoint(project)
    for at, hour in enumerate([9, 10, 9]):
        gold = make_predicted(endpoint, inference_id=f"i-{at}")
        when = datetime(2026, 11, 25, hour, 59, 59, tzinfo=UTC)
        Gold.objects.filter(pk=gold.pk).update(created_at=when)
    settle(project, 0)
    export = ask(project, "model-monitor")

    files.write(export)

    top = folder / f"exports/{project.pk}/{export.pk}/2026/11/25"
    found = {path.parent.name: _ids_in(path) for path in top.rglob("*.jsonl")}
    assert found == {"09": ["i-0", "i-2"], "10": ["i-1"]}


def _ids_in(path: Path) -> list[str]:
    return [_id(line) for line in lines_of(path)]


def test_an_export_of_nothing_is_one_valid_file(project: Project, folder: Path) -> None:
    files.write(ask(project, "csv", gzip=True))

    (path,) = folder.rglob("*.gz")
    assert gzip.decompress(path.read_bytes()).startswith(b"cursor,gold,")


def test_a_store_that_is_away_is_asked_again_and_one_that_refuses_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(project, 1)
    export = ask(project)
    errors = [Unreachable("away"), Rejected("The bucket is not yours.")]

    def put(*_: object) -> str:
        raise errors.pop(0)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", put)
        with pytest.raises(TryLater, match="away"):
            files.write(export)
        files.write(export)
    failed = Export.objects.get()
    asking.retry(project, export.pk, makers.make_member(project, "lead"))
    worker.drain()

    assert (failed.state, failed.error) == ("failed", "The bucket is not yours.")
    assert Export.objects.get().state == "done"
    assert not Job.objects.filter(state="dead").exists()


def test_an_export_goes_to_a_bucket_that_is_configured_and_nowhere_else(
    project: Project, s3_server: str
) -> None:
    uri = "s3://gold/team"
    project.connections.create(
        name="bucket",
        kind="s3",
        uri=uri,
        options={"endpoint_url": s3_server, "region": "us-east-1"},
    )
    labels = settle(project, 2)
    client: Client = client_of(project)
    path = "/api/v1/projects/birds/exports"

    def send(to: str) -> Any:
        return client.post(path, {"to": to}, "application/json")

    asked = send("s3://gold/team/labels")
    refused = [send(to) for to in ("s3://gold", "s3://gold/teams", "s3://other/team")]
    worker.drain()

    one = client.get(f"{path}/{asked.json()['id']}").json()
    key = one["files"][0]["key"]
    where = f"{uri}?endpoint_url={s3_server}&region=us-east-1"
    with storage.objects_at(where).open(key) as file:
        found = [json.loads(line)["gold"] for line in file.read().splitlines()]
    assert {answer.status_code for answer in refused} == {422}
    assert key == f"labels/birds-export-{one['id']}-00001.jsonl"
    assert found == labels
