"""One turn of a source: messages, now and then a listing, then files, for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Final

import structlog
from django.utils import timezone

from projects import jobs
from projects.jobs import TryLater
from projects.refused import Refused
from projects.storage import Rejected, Unreachable
from registry_bridge import outside
from registry_bridge.capturing import allowed, finding, places, reading, taking
from registry_bridge.capturing.items import Shelves
from registry_bridge.gateways import choose
from registry_bridge.gateways.ports import Shelf
from registry_bridge.models import CaptureSource

log = structlog.get_logger()
HANDLER: Final = "registry_bridge.handlers.read_source"
EVERY: Final = timedelta(seconds=15)
# A turn ends well before django-q2 ends it, and lets other long jobs through.
TURN_SECONDS: Final = 40.0
# Of it, at most for messages.
RECEIVING: Final = 1 / 3
# What a person must mend is looked at again so often.
MEND_SECONDS: Final = 60.0


def ask() -> None:
    """Every so often: a turn for each source that has had none for a while."""
    since = timezone.now() - EVERY
    for source in CaptureSource.objects.reading().select_related("endpoint"):
        if source.looked_at is None or source.looked_at <= since:
            ask_for(source)


def ask_for(source: CaptureSource) -> None:
    payload = {"source": source.pk, "project": source.endpoint.project_id}
    jobs.ask(HANDLER, f"capture:{source.pk}", payload=payload)


def take(source: CaptureSource) -> None:
    """One turn. TryLater says why nothing can be read now; so does the source's page."""
    if source.state != CaptureSource.State.READING:
        return
    until = time.monotonic() + TURN_SECONDS
    try:
        with _told(source):
            left = _turn(source, until)
    except taking.Overtaken as overtaken:
        log.info("a source is read by somebody else", reason=str(overtaken))
        return
    CaptureSource.objects.filter(pk=source.pk).update(
        looked_at=timezone.now(), problem=""
    )
    if left:
        ask_for(source)


def _turn(source: CaptureSource, until: float) -> bool:
    """Each step, though one before it failed; whether files are left."""
    problems: list[Unreachable | Rejected] = []
    left, shelves = False, _shelves(source)
    for step in (_receive, _look, reading.read):
        try:
            left = bool(step(source, shelves, until))
        except (Unreachable, Rejected) as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return left


def _receive(source: CaptureSource, _shelves: Shelves, until: float) -> None:
    if source.queue_url:
        settings = outside.connection_of(source.connection)
        allowed.require_queue(settings, source.queue_url)
        # what waits to be read gets most of the turn, however full the queue is
        enough = until - TURN_SECONDS * (1 - RECEIVING)
        finding.receive(source, choose.messages(settings, source.queue_url), enough)


def _look(source: CaptureSource, shelves: Shelves, _until: float) -> None:
    at = timezone.now()
    if finding.is_due(source, at):
        finding.look(source, shelves(places.split(source.uri)[0]), at)


def _shelves(source: CaptureSource) -> Shelves:
    settings = outside.connection_of(source.connection)

    @cache
    def shelf(bucket: str) -> Shelf:
        allowed.require(settings, bucket)
        return choose.shelf(settings, bucket)

    return shelf


@contextmanager
def _told(source: CaptureSource) -> Iterator[None]:
    """What keeps a source from being read, for its page and for the job."""
    try:
        yield
    except Unreachable as error:
        _say(source, str(error))
        raise TryLater(str(error)) from error
    except Rejected as error:
        _say(source, str(error))
        raise TryLater(str(error), MEND_SECONDS) from error
    except Refused as refused:
        _say(source, refused.detail)
        seconds = refused.retry_after or MEND_SECONDS
        raise TryLater(refused.detail, seconds) from refused


def _say(source: CaptureSource, problem: str) -> None:
    rows = CaptureSource.objects.filter(pk=source.pk)
    rows.update(problem=problem[:4_000], looked_at=timezone.now())
