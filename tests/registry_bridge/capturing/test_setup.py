"""Sources and adapters: from project.yaml, and what leads do with them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from pytest_django import Settings

from projects import connections
from projects.connections import Wanted
from projects.jobs import TryLater
from projects.models import AuditEntry, Job
from projects.refused import DoesNotFit
from registry_bridge import applying, project_file
from registry_bridge.capturing import rounds, sources
from registry_bridge.gateways.fakes_shelves import FakeMessages, FakeShelf
from registry_bridge.models import CaptureSource
from registry_bridge.project_file import WrongFile
from reviewer.models import Endpoint
from tests import makers
from tests.registry_bridge.capturing.records import (
    file,
    key,
    make_endpoint,
    make_source,
)
from tests.registry_bridge.capturing.test_reading import ids

pytestmark = pytest.mark.django_db
FILE = """
project: {slug: tickets}
connections:
  - {name: bucket, kind: s3, uri: "s3://ours"}
schema:
  fields: [{name: text, type: text}]
  questions:
    - {id: label, kind: choice, title: What, labels: [{id: cat, name: Cat}, {id: dog, name: Dog}]}
endpoints:
  - name: tickets
    adapter:
      model: {name: tickets, version: "3"}
      input: {fields: {FIELD: {json: text}}}
      output: {label: {json: label}}
    capture:
      - {from: s3://ours/capture/tickets/, connection: CONNECTION}
      - {kind: async, from: s3://ours/async, queue: "https://sqs.example.org/1/q"}
  - name: others
    capture: {kind: transform, from: s3://ours/out, inputs: s3://ours/in}
policy: {audit: 0.1}
"""


def apply(text: str = FILE, field: str = "text", connection: str = "bucket") -> Any:
    text = text.replace("FIELD", field).replace("CONNECTION", connection)
    return applying.apply(project_file.read(text), None)


def test_a_project_file_says_adapters_and_sources_and_may_be_applied_again() -> None:
    first = apply()
    second = apply()

    assert "endpoint tickets: adapter changed" in first
    assert "endpoint tickets: reads s3://ours/capture/tickets" in first
    assert second == []
    found = CaptureSource.objects.order_by("pk").values_list("endpoint__name", "kind")
    assert list(found) == [
        ("tickets", "capture"),
        ("tickets", "async"),
        ("others", "transform"),
    ]
    adapter = Endpoint.objects.get(name="tickets").adapter
    assert adapter is not None
    assert adapter["model"]["version"] == "3"
    assert AuditEntry.objects.filter(action="source added").count() == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"field": "nothing"}, ":13: endpoints[0].adapter.input.fields.nothing: is no"),
        ({"connection": "none"}, ":16: endpoints[0].capture[0].connection: must name"),
        (
            {"text": FILE.replace("{json: label}", "{jason: label}")},
            ":14: endpoints[0].adapter.output.label: must be one of",
        ),
        (
            {"text": FILE.replace(', queue: "https://sqs.example.org/1/q"', "")},
            ":17: endpoints[0].capture[1].queue: is missing",
        ),
        (
            {"text": FILE.replace("from: s3://ours/out", "from: ours/out")},
            ":19: endpoints[1].capture.from: must be an address",
        ),
        (
            {"text": FILE.replace("kind: transform, ", "")},
            ":19: endpoints[1].capture.inputs: is for the kind transform",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    change: dict[str, str], words: str
) -> None:
    with pytest.raises(WrongFile) as told:
        apply(**change)

    assert words in str(told.value)
    assert not CaptureSource.objects.exists()


def test_a_source_that_is_stopped_is_not_read_and_goes_on_when_told() -> None:
    source = make_source()
    by = makers.make_member(source.endpoint.project, "lead")

    assert sources.stop(source, by)
    assert not sources.stop(source, by)
    rounds.ask()
    assert not Job.objects.filter(handler=rounds.HANDLER).exists()
    assert sources.resume(source, by)

    assert Job.objects.filter(handler=rounds.HANDLER).count() == 1
    actions = AuditEntry.objects.order_by("pk").values_list("action", "actor")
    assert list(actions) == [("source stopped", by.pk), ("source resumed", by.pk)]


def test_a_source_that_is_added_again_is_changed_not_doubled() -> None:
    endpoint = make_endpoint()
    wanted = sources.Wanted(kind="capture", uri="s3://b/p")

    assert sources.add(endpoint, wanted, None)
    assert not sources.add(endpoint, wanted, None)
    changed = sources.Wanted(kind="capture", uri="s3://b/p", queue_url="https://q")
    assert sources.add(endpoint, changed, None)

    assert CaptureSource.objects.get().queue_url == "https://q"


def test_a_connection_of_another_project_cannot_be_used() -> None:
    other = makers.make_project()
    other.connections.create(name="theirs", kind="s3", uri="s3://theirs")

    with pytest.raises(DoesNotFit, match="must name a connection"):
        sources.add(
            make_endpoint(), sources.Wanted("capture", "s3://b", "theirs"), None
        )


def test_a_round_asks_once_for_each_source_that_was_not_looked_at_lately() -> None:
    make_source()

    rounds.ask()
    rounds.ask()

    assert Job.objects.filter(handler=rounds.HANDLER).count() == 1


def test_a_queue_serves_one_project() -> None:
    wanted = sources.Wanted("capture", "s3://b/p", queue_url="https://q")
    sources.add(make_endpoint(), wanted, None)

    with pytest.raises(DoesNotFit, match="belongs to another project"):
        sources.add(make_endpoint(), wanted, None)


@pytest.mark.parametrize("listed", [[], ["others"], ["captures", "own"]])
def test_only_listed_buckets_are_read_by_the_rights_of_the_service(
    listed: list[str], shelf: FakeShelf, queue: FakeMessages, settings: Settings
) -> None:
    settings.MEDIA_BUCKETS = listed
    settings.OBJECT_STORE = "s3://own/objects"
    shelf.put(key(), file("a"))
    source, own = make_source(), make_source(uri="s3://own/objects", queue_url="")

    for each in (source, own):
        with suppress(TryLater):
            rounds.take(each)

    assert ids() == (["a"] if "captures" in listed else [])
    own.refresh_from_db()
    assert "may not read own" in own.problem


def test_a_connection_with_keys_reads_by_its_own_rights(
    shelf: FakeShelf, queue: FakeMessages, settings: Settings
) -> None:
    settings.MEDIA_BUCKETS = []
    shelf.put(key(), file("a"))
    endpoint = make_endpoint()
    keys = {"access_key_id": "known", "secret_access_key": "to everybody"}
    wanted = Wanted("ours", "s3", "s3://captures", {}, keys)
    connection = connections.make(endpoint.project, wanted, None)

    rounds.take(make_source(endpoint, connection=connection))

    assert ids() == ["a"]
