"""How fast labels leave, how much memory that takes, and what it does to reviewers."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import cycles, limits
from benchmarks.bench import Bench, Topic
from benchmarks.cpu import Meter
from benchmarks.figures import Figure, found
from benchmarks.load import Result
from benchmarks.memory import Peak

AT_ONCE = 1 << 18
ROUNDS = 3
MOST_ROWS = 1_000_000_000
# The last third may do so much less than what was offered.
DECAY = 0.05


def statement(kind: str) -> str:
    """COPY of a whole export at once: the exporter's own statement, not in chunks."""
    from projects.models import Project
    from reviewer.exports import formats, reading

    project = Project.objects.get(slug="bench")
    plan, span = formats.plan(project, formats.Wish(kind)), reading.open_span(project)
    return reading.statement(span, plan.shape, span.after, span.until, MOST_ROWS)


@dataclass(frozen=True)
class Download:
    rows: int
    size: int
    seconds: float

    @property
    def per_s(self) -> float:
        return self.rows / self.seconds


def download(bench: Bench, kind: str, keep: Path | None = None) -> Download:
    """Take all labels over HTTP as fast as they come; into nothing, or into a file."""
    address = urlsplit(bench.service.url).netloc
    connection = HTTPConnection(address, timeout=300)
    began = time.perf_counter()
    try:
        connection.request(
            "GET",
            f"/api/v1/projects/bench/labels?format={kind}",
            headers={"Authorization": f"Bearer {bench.lead}"},
        )
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.read(300)!r}")
        rows, size = 0, 0
        buffer = memoryview(bytearray(AT_ONCE))
        with (keep or Path("/dev/null")).open("wb") as file:
            while count := answer.readinto(buffer):
                part = bytes(buffer[:count])
                rows, size = rows + part.count(b"\n"), size + count
                file.write(part)
    finally:
        connection.close()
    return Download(rows, size, time.perf_counter() - began)


def lines(kind: str, bench: Bench) -> Iterator[Figure]:
    """An export of one JSON object a line, beside COPY of its query, turn by turn."""
    bench.wait_for(bench.sizes.many, bench.sizes.labels)
    rates, alone, meter = [], [], Meter(bench.service)
    for _ in range(ROUNDS):
        alone.append(limits.copied_rate(bench.service, statement(kind)))
        with meter:
            taken = download(bench, kind)
        rates.append(taken.per_s)
    yield found(
        f"export_{kind}_rows_per_s",
        statistics.median(rates),
        limit=statistics.median(alone),
        also=_incomplete(bench, taken.rows),
        note=f"{meter.spent.told(taken.rows, 'row')}; "
        f"{taken.size / 2**20:,.0f} MiB, {taken.seconds:.1f} s; median of {ROUNDS}",
    )


def _incomplete(bench: Bench, rows: int) -> list[str]:
    wanted = bench.sizes.labels
    return [f"{rows:,} rows came of {wanted:,}"] if rows < wanted else []


def parquet(bench: Bench) -> Iterator[Figure]:
    from pyarrow.parquet import ParquetFile

    bench.wait_for(bench.sizes.many, bench.sizes.labels)
    path = bench.folder / "labels.parquet"
    with Meter(bench.service) as meter:
        taken = [download(bench, "parquet", path) for _ in range(ROUNDS)]
    rows = ParquetFile(path).metadata.num_rows
    yield found(
        "export_parquet_rows_per_s",
        rows / statistics.median(each.seconds for each in taken),
        also=_incomplete(bench, rows),
        note=f"{meter.spent.told(ROUNDS * rows, 'row')}; "
        f"{taken[-1].size / 2**20:,.0f} MiB; median of {ROUNDS}",
    )


def peak(bench: Bench) -> Iterator[Figure]:
    """Of all our processes together, while JSON lines and then a manifest leave."""
    bench.wait_for(bench.sizes.many, bench.sizes.labels)
    peaks = {}
    for kind in ("jsonl", "manifest", "parquet"):
        with Peak(bench.service) as seen:
            download(bench, kind)
        peaks[kind] = seen
    worst = max(peaks["jsonl"].above_idle, peaks["manifest"].above_idle)
    told = [
        f"{kind} +{each.above_idle:.0f}, {each.highest:.0f} in all"
        for kind, each in peaks.items()
    ]
    yield found("export_peak_rss_mb", worst, note="; ".join(told))


def meanwhile(bench: Bench) -> Iterator[Figure]:
    """Cycles offered at a fixed rate: first in quiet, then while exports run."""
    bench.wait_for(bench.sizes.many, bench.sizes.labels)
    sync = bench.fdatasync_ms()
    quiet = _offered(bench)
    with Exporting(bench) as exporting:
        loaded = _offered(bench)
    yield found(
        "cycle_during_export_p99_ratio",
        loaded.p99 / max(quiet.p99, 0.001),
        also=[*loaded.shortfalls(), *_decay(bench, loaded)],
        fdatasync_ms=sync,
        note=f"p99 {quiet.p99:.0f} ms in quiet, {loaded.p99:.0f} with "
        f"{exporting.rows:,} rows exported; thirds: {_thirds(loaded)}",
    )


def _offered(bench: Bench) -> Result:
    sizes = bench.sizes
    return cycles.offer(bench, 1, rate=sizes.offered, seconds=sizes.offered_seconds)


def _decay(bench: Bench, result: Result) -> list[str]:
    last = result.thirds[-1][0]
    if last >= (1 - DECAY) * bench.sizes.offered:
        return []
    return [f"{last:.0f}/s in the last third, {bench.sizes.offered:.0f} offered"]


def _thirds(result: Result) -> str:
    told = [f"{rate:.0f}/s p99 {p99:.0f} ms" for rate, p99 in result.thirds]
    return ", ".join(told)


class Exporting:
    """`with Exporting(bench) as exporting: …`: one export after the other meanwhile."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.rows = bench, 0
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Exporting:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None and kind is None:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self.rows += download(self.bench, "jsonl").rows
        except (OSError, RuntimeError) as failure:
            self._failure = failure


TOPICS = (
    Topic(("export_jsonl_rows_per_s",), partial(lines, "jsonl")),
    Topic(("export_manifest_rows_per_s",), partial(lines, "manifest")),
    Topic(("export_parquet_rows_per_s",), parquet),
    Topic(("export_peak_rss_mb",), peak),
    Topic(("cycle_during_export_p99_ratio",), meanwhile),
)
