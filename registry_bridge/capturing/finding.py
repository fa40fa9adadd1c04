"""Finds files to read: by a queue's messages, and slowly but surely by listing.

Both write the same rows, unique by source, key and etag: a file is there once, whichever
tells of it first, and however often.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction

from registry_bridge.capturing import messages, places
from registry_bridge.capturing.messages import Answered, Told, Written
from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource
from reviewer.adapting.bodies import Unread

if TYPE_CHECKING:
    from registry_bridge.gateways.ports import Messages, Shelf
    from registry_bridge.gateways.shelves import Found, Message

log = structlog.get_logger()
Kind, State = CaptureSource.Kind, CaptureFile.State
LIST_EVERY: Final = timedelta(seconds=60)
CHUNK: Final = 1_000
# Folders between a source's prefix and its years: the endpoint's and the variant's.
DEEPEST: Final = 2
OUTPUT: Final = ".out"
LONGEST_RAW: Final = 64 * 1024
MESSAGES_KEPT: Final = 1_000


def receive(source: CaptureSource, queue: Messages, until: float) -> None:
    """Take what the queue tells of; a message is deleted once that is committed."""
    while time.monotonic() < until:
        received = queue.receive()
        if not received:
            return
        keep(source, received)
        queue.delete(received)


@transaction.atomic
def keep(source: CaptureSource, received: Iterable[Message]) -> None:
    """Keep the files that these messages tell of, and aside what nobody understands."""
    sources = _sharing(source)
    files: list[CaptureFile] = []
    for message in received:
        try:
            for told in messages.read(message.body):
                files += _files(source, sources, told)
        except Unread as problem:
            _keep_aside(source, message.body, problem)
    _add(files)


def _sharing(source: CaptureSource) -> list[CaptureSource]:
    """One bucket may tell one queue of several endpoints; what concerns a source that
    is stopped waits until it goes on.
    """
    found = CaptureSource.objects.filter(
        endpoint__project=source.endpoint.project_id, queue_url=source.queue_url
    )
    return list(found.select_related("endpoint"))


def _files(
    source: CaptureSource, sources: list[CaptureSource], told: Told
) -> list[CaptureFile]:
    if isinstance(told, Written):
        files = [_written(s, told) for s in sources if _wants(s, told.uri, told.size)]
    else:
        files = [_answered(s, told) for s in sources if _waits_for(s, told, source)]
    if not files:
        log.info("a message is about nothing that is read", told=repr(told))
    return files


def _wants(source: CaptureSource, uri: str, size: int) -> bool:
    if source.kind == Kind.ASYNC or not places.is_below(uri, source.uri):
        return False
    key = places.split(uri)[1]
    right = source.kind == Kind.CAPTURE or key.endswith(OUTPUT)
    return right and places.is_data(key, size)


def _waits_for(source: CaptureSource, told: Answered, asked: CaptureSource) -> bool:
    if source.kind != Kind.ASYNC:
        return False
    if told.output_uri:
        return places.is_below(told.output_uri, source.uri)
    # a failure has no output to be told apart by
    return source.pk == asked.pk


def _written(source: CaptureSource, told: Written) -> CaptureFile:
    key = places.split(told.uri)[1]
    return CaptureFile(source=source, key=key, etag=told.etag, size=told.size)


def _answered(source: CaptureSource, told: Answered) -> CaptureFile:
    key = places.split(told.output_uri)[1] or f"{told.input_uri}#{told.id}"
    return CaptureFile(
        source=source,
        key=key[:1100],
        state=State.FAILED if told.failure else State.WAITING,
        problem=told.failure[:4_000].replace("\0", "�"),
        input_uri=told.input_uri[:1100],
        inference_id=told.id[:200],
        occurred_at=told.at,
    )


def _keep_aside(source: CaptureSource, body: str, problem: Unread) -> None:
    raw = body.replace("\0", "�")[:LONGEST_RAW]
    CaptureRefusal.objects.create(
        source=source, code="unknown_message", reason=f"{problem}.", raw=raw
    )
    kept = CaptureRefusal.objects.filter(source=source, file=None).order_by("-pk")
    for pk in kept.values_list("pk", flat=True)[MESSAGES_KEPT : MESSAGES_KEPT + 1]:
        kept.filter(pk__lte=pk).delete()


def _add(files: list[CaptureFile]) -> None:
    """In one order, so that two who add the same never wait in a circle."""
    files.sort(key=lambda each: (each.source_id, each.key, each.etag))
    CaptureFile.objects.bulk_create(files, ignore_conflicts=True)


def look(source: CaptureSource, shelf: Shelf, at: datetime) -> None:
    """List what lies there; folders of hours only from some hours before the newest."""
    prefix = places.folder(source.uri)[1]
    by_hour = source.kind == Kind.CAPTURE
    stems = list(_stems(shelf, prefix, DEEPEST)) if by_hour else []
    for stem in stems or [prefix]:
        newest = source.listed.get(stem, "") if stems else ""
        after = places.look_after(stem, newest, at)
        for chunk in _chunks(shelf.found(stem, after)):
            _keep_found(source, stem, chunk)
    source.listed_at = at
    source.save(update_fields=["listed_at"])


def _stems(shelf: Shelf, prefix: str, deepest: int) -> Iterator[str]:
    """The prefixes right above folders of years."""
    folders = shelf.folders(prefix)
    if any(places.is_year(each) for each in folders):
        yield prefix
        return
    for each in folders if deepest else ():
        yield from _stems(shelf, each, deepest - 1)


def _chunks(found: Iterator[Found]) -> Iterator[list[Found]]:
    while chunk := list(itertools.islice(found, CHUNK)):
        yield chunk


@transaction.atomic
def _keep_found(source: CaptureSource, stem: str, chunk: list[Found]) -> None:
    """A chunk of a listing, and how far it went, together."""
    bucket = places.split(source.uri)[0]
    _add(
        [
            CaptureFile(source=source, key=each.key, etag=each.etag, size=each.size)
            for each in chunk
            if _wants(source, f"{places.SCHEME}{bucket}/{each.key}", each.size)
        ]
    )
    newest = max(places.hour(each.key, stem) for each in chunk)
    if newest > source.listed.get(stem, ""):
        source.listed[stem] = newest
        source.save(update_fields=["listed"])


def is_due(source: CaptureSource, at: datetime) -> bool:
    """Asynchronous results are told of by the queue alone."""
    if source.kind == Kind.ASYNC:
        return False
    return source.listed_at is None or at - source.listed_at >= LIST_EVERY
