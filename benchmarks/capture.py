"""How fast files of Data Capture become predictions, read by one worker."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks import bodies
from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found

if TYPE_CHECKING:
    from registry_bridge.gateways.fakes_shelves import FakeShelf
    from registry_bridge.models import CaptureSource

RECORDS, A_FILE, A_BATCH = 100_000, 10_000, 2_000
FOLDER = "capture/texts/AllTraffic/2026/11/20/07"
ADAPTER: dict[str, Any] = {
    "model": {"name": "texts", "version": "1"},
    "input": {"fields": {"text": {"json": "text"}}},
    "output": {
        "probabilities": {"json": "probabilities"},
        "classes": list(bodies.LABELS),
    },
}
WARM = "warm"


def records(bench: Bench) -> Iterator[Figure]:
    """Files in memory, read as the worker reads them; nobody sent the records before.

    The limit is intake alone: as many rows, read and adapted already, in the same process.
    """
    from django.conf import settings

    from registry_bridge.gateways import choose
    from registry_bridge.gateways.fakes_shelves import FakeShelf

    shelf = FakeShelf()
    settings.MEDIA_BUCKETS = ["*"]
    with choose.using(shelf=lambda _bucket: shelf):
        source = made()
        taken(source, shelf, [written(WARM, A_BATCH)])
        sync = bench.fdatasync_ms()
        files = [written(f"r{n}", A_FILE) for n in range(RECORDS // A_FILE)]
        seconds = taken(source, shelf, files)
        limit, adapting = alone(source, [written("limit", A_FILE)])
    yield found(
        "capture_records_per_s",
        RECORDS / seconds,
        limit=limit,
        fdatasync_ms=sync,
        note=f"{RECORDS:,} records; reading and adapting alone {adapting:,.0f}/s",
    )


def made() -> CaptureSource:
    from registry_bridge.models import CaptureSource
    from reviewer.models import Endpoint

    endpoint = Endpoint.objects.get(project__slug="bench", name="texts")
    Endpoint.objects.filter(pk=endpoint.pk).update(adapter=ADAPTER)
    source, _ = CaptureSource.objects.get_or_create(
        endpoint=endpoint, uri="s3://bench/capture/texts", kind="capture"
    )
    return source


def written(name: str, records: int) -> bytes:
    """A file as SageMaker writes it; each text is one of its own."""
    chance = random.Random(name)  # noqa: S311 (what texts say, not a secret)
    rows = (bodies.row(chance, number) for number in range(records))
    return "".join(f"{line(name, at, row)}\n" for at, row in enumerate(rows)).encode()


def line(name: str, number: int, row: dict[str, Any]) -> str:
    inner = f"{name}-{number} {time.time_ns()}"
    sent = {"text": f"{inner} {row['input']['text']}"}
    answered = {
        "probabilities": [
            row["output"]["probabilities"][each] for each in bodies.LABELS
        ]
    }
    record = {
        "captureData": {
            "endpointInput": side(sent, "INPUT"),
            "endpointOutput": side(answered, "OUTPUT"),
        },
        "eventMetadata": {
            "eventId": inner.replace(" ", "-"),
            "inferenceTime": "2026-11-20T07:15:00Z",
        },
        "eventVersion": "0",
    }
    return json.dumps(record)


def side(body: object, mode: str) -> dict[str, str]:
    return {
        "observedContentType": "application/json",
        "mode": mode,
        "data": json.dumps(body),
        "encoding": "JSON",
    }


def taken(source: CaptureSource, shelf: FakeShelf, files: list[bytes]) -> float:
    """Seconds until all of them are read, the listing included."""
    from registry_bridge.capturing import rounds
    from registry_bridge.models import CaptureFile, CaptureSource

    for data in files:
        shelf.put(f"{FOLDER}/{len(shelf.objects)}.jsonl", data)
    began = time.perf_counter()
    CaptureSource.objects.filter(pk=source.pk).update(listed_at=None)
    left = True
    while left:
        rounds.take(CaptureSource.objects.get(pk=source.pk))
        left = CaptureFile.objects.filter(source=source, state="waiting").exists()
    return time.perf_counter() - began


def alone(source: CaptureSource, files: list[bytes]) -> tuple[float, float]:
    """Rows a second of intake with nothing to read, and of reading with no intake."""
    from reviewer import adapters, intake
    from reviewer.adapters import Call
    from reviewer.adapting import records

    endpoint = source.endpoint
    endpoint.refresh_from_db()
    read_by, rows = adapters.of(endpoint), []
    began = time.perf_counter()
    for data in files:
        for each in data.splitlines():
            told = records.read(each)
            call = Call(told.id, told.sent, told.answered, told.at, "AllTraffic")
            rows += adapters.rows(endpoint.name, read_by, call)
    read = time.perf_counter() - began
    desk = intake.open_desk(endpoint.project)
    began = time.perf_counter()
    for first in range(0, len(rows), A_BATCH):
        intake.accept(desk, rows[first : first + A_BATCH], letters=False)
    return len(rows) / (time.perf_counter() - began), len(rows) / read


TOPICS = (Topic(("capture_records_per_s",), records),)
