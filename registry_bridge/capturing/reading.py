"""Reads files that were found: what was taken and how far it went commit together.

Killed at any instruction, nothing is lost, since the file still waits, and nothing
doubled: what was committed is passed over, and intake knows each inference id.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from projects.refused import Refused
from projects.storage import Missing, Rejected
from registry_bridge.capturing import items, lines, taking
from registry_bridge.capturing.ahead import ahead
from registry_bridge.capturing.items import Item, Shelves
from registry_bridge.capturing.taking import Portion
from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource
from reviewer import adapters
from reviewer.adapters import Call
from reviewer.adapting.adapter import Adapter
from reviewer.adapting.bodies import Unread
from reviewer.incoming import Row

State = CaptureFile.State
BATCH: Final = 2_000
BATCH_BYTES: Final = 8 * 1024 * 1024
# Requests of asynchronous inference, each two objects, that are fetched side by side.
TOGETHER, FETCHERS = 200, 8
# One after the other, so many objects that are refused: it is not the objects.
MOST_DENIED: Final = 100


def waiting(source: CaptureSource) -> QuerySet[CaptureFile]:
    """Files with something to read, those that were found first before others."""
    found = CaptureFile.objects.filter(
        Q(state=State.WAITING) | Q(again_at__isnull=False), source=source
    )
    return found.exclude(state=State.FAILED).order_by("pk")


def read(source: CaptureSource, shelves: Shelves, until: float) -> bool:
    """Read until that time (of time.monotonic()); whether files are left."""
    if source.kind == CaptureSource.Kind.ASYNC:
        return _read_together(source, shelves, until)
    denied = Denied()
    for file in waiting(source).iterator(chunk_size=100):
        file.source = source
        if time.monotonic() >= until:
            return True
        try:
            if not read_file(file, shelves, until):
                return True
        except Rejected as problem:
            denied.add(file, problem)
        else:
            denied.set_aside()
    denied.require_none()
    return False


class Denied:
    """Objects that S3 refuses: alone, they are set aside; all of them, the source waits.

    Without s3:ListBucket, S3 says so of objects that are gone.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[CaptureFile, Rejected]] = []

    def add(self, file: CaptureFile, problem: Rejected) -> None:
        """Rejected when it is the source that cannot be read, by all one knows."""
        self._kept.append((file, problem))
        if len(self._kept) >= MOST_DENIED:
            self.require_none()

    def set_aside(self) -> None:
        """Another could be read."""
        for file, problem in self._kept:
            _end([file], State.BROKEN, str(problem))
        self._kept = []

    def require_none(self) -> None:
        if self._kept:
            raise self._kept[0][1]


def read_file(file: CaptureFile, shelves: Shelves, until: float) -> bool:
    """Whether it was read to its end; else it goes on later where it stopped."""
    read_by, again = adapters.of(file.source.endpoint), _to_try_again(file)
    found = _portions(file, shelves, read_by, again)
    try:
        with closing(found), closing(ahead(found)) as portions:
            for portion in portions:
                taking.commit([portion])
                if file.state == State.HELD:
                    return True
                if time.monotonic() >= until:
                    return False
    except Missing as gone:
        _end([file], State.GONE, str(gone))
    except lines.Broken as broken:
        _end([file], State.BROKEN, str(broken))
    else:
        _end([file], State.READ)
    return True


def _portions(
    file: CaptureFile, shelves: Shelves, read_by: Adapter, again: set[int]
) -> Generator[Portion, None, None]:
    """Made in another thread: no query here."""
    start = file.lines
    found = items.of(file, shelves, lambda line: line >= start or line in again)
    for batch in items.batches(found, BATCH, BATCH_BYTES):
        yield _portion(file, batch, read_by)


def _portion(file: CaptureFile, batch: list[Item], read_by: Adapter) -> Portion:
    name = file.source.endpoint.name
    return Portion(file, batch, [_rows(name, read_by, item.call) for item in batch])


def _rows(
    endpoint: str, read_by: Adapter, call: Call | Unread | None
) -> list[Row | Refused]:
    if call is None:
        return []
    if isinstance(call, Unread):
        return [adapters.not_adapted(call)]
    try:
        return adapters.rows(endpoint, read_by, call)
    except items.ODD as error:
        return [adapters.not_adapted(items.unforeseen(error))]


def _to_try_again(file: CaptureFile) -> set[int]:
    """Lines that were refused before somebody asked to try them again."""
    if file.again_at is None:
        return set()
    refused = CaptureRefusal.objects.filter(file=file, at__lte=file.again_at)
    return set(refused.values_list("line", flat=True))


def _read_together(source: CaptureSource, shelves: Shelves, until: float) -> bool:
    """Asynchronous requests: many small objects, fetched side by side, kept together."""
    read_by, denied = adapters.of(source.endpoint), Denied()
    with ThreadPoolExecutor(FETCHERS, "fetch") as threads:
        for found in _batches(_all_fetched(source, shelves, threads)):
            read = [(f, i) for f, i in found if i is None or isinstance(i, Item)]
            taking.commit([_portion(f, [i], read_by) for f, i in read if i])
            _end([file for file, _ in read], State.READ)
            for file, problem in found:
                if isinstance(problem, Missing):
                    _end([file], State.GONE, str(problem))
                elif isinstance(problem, lines.Broken):
                    _end([file], State.BROKEN, str(problem))
                elif isinstance(problem, Rejected):
                    denied.add(file, problem)
            if read:
                denied.set_aside()
            if time.monotonic() >= until:
                return waiting(source).exists()
    denied.require_none()
    return False


Fetched = tuple[CaptureFile, Item | Missing | lines.Broken | Rejected | None]


def _all_fetched(
    source: CaptureSource, shelves: Shelves, threads: ThreadPoolExecutor
) -> Iterator[Fetched]:
    """One after the other; so many are fetched at a time, since each may be large."""
    files = waiting(source).iterator(chunk_size=TOGETHER)
    while some := list(islice(files, FETCHERS)):
        for file in some:
            file.source = source
        yield from threads.map(lambda file: _fetched(file, shelves), some)


def _batches(found: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    """As much as one call of intake should take, and no more in memory."""
    batch: list[Fetched] = []
    size = 0
    for file, item in found:
        batch.append((file, item))
        size += len(item.raw) if isinstance(item, Item) else 0
        if len(batch) >= TOGETHER or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _fetched(file: CaptureFile, shelves: Shelves) -> Fetched:
    """Its one item; None when it is committed already."""
    try:
        wanted = file.lines == 0 or file.again_at is not None
        return file, next(items.of(file, shelves, lambda _line: wanted), None)
    except (Missing, lines.Broken, Rejected) as problem:
        return file, problem


def _end(files: Sequence[CaptureFile], state: str, problem: str = "") -> None:
    """They are through, unless somebody asked meanwhile to try them again."""
    for again_at in {file.again_at for file in files}:
        ended = [file.pk for file in files if file.again_at == again_at]
        CaptureFile.objects.filter(pk__in=ended, again_at=again_at).update(
            state=state,
            problem=problem[:4_000],
            again_at=None,
            read_at=timezone.now(),
        )
