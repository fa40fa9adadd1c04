"""Writes an export to files, part by part; whoever takes it over goes on after the last.

A part's key follows from its number, and what a part holds from where it begins. One that
was put but not noted down is written again under the same key: nothing is there twice.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from projects import storage
from projects.jobs import TryLater
from projects.refused import Refused
from reviewer.exports import cursors, formats, hourly, reading, sending, targets
from reviewer.exports.cursors import Place
from reviewer.exports.formats import Wish
from reviewer.exports.reading import Span
from reviewer.models import Export

if TYPE_CHECKING:
    from datetime import datetime

    from reviewer.exports.formats import Plan
    from reviewer.exports.reading import Chunk
    from reviewer.exports.targets import Target

log = structlog.get_logger()
State = Export.State
PART_ROWS: Final = 100_000
PART_BYTES: Final = 256 * 1024 * 1024
# A job may take minutes; a longer export goes on in the next one.
TURN_SECONDS: Final = 240.0


class Stopped(Exception):
    """Somebody else writes this export now."""


class Part:
    """The chunks of one part, and once they were read, how many rows and up to where."""

    def __init__(self, chunks: Iterator[Chunk], begins: Place) -> None:
        self._chunks = chunks
        self.rows, self.end = 0, begins

    def __iter__(self) -> Iterator[Chunk]:
        held = 0
        for chunk in self._chunks:
            self.rows, self.end = self.rows + chunk.rows, chunk.end
            held += len(chunk.data)
            yield chunk
            if self.rows >= PART_ROWS or held >= PART_BYTES:
                return


def asked(payload: dict[str, Any]) -> None:
    """The job: write the export, as far as one turn goes."""
    found = Export.objects.select_related("project")
    write(found.get(pk=payload["export"]))


def write(export: Export, seconds: float = TURN_SECONDS) -> None:
    """All parts that are left; a refusal for good is told where the export is shown."""
    if export.state == State.DONE:
        return
    until = time.monotonic() + seconds
    try:
        _parts(export, until)
    except Stopped:
        log.info("export taken over", export=export.pk)
    except storage.Unreachable as error:
        raise TryLater(str(error)) from error
    except (storage.Rejected, Refused) as error:
        _fail(export, str(error), timezone.now())


def _parts(export: Export, until: float) -> None:
    span = _begin(export)
    target, plan = targets.of(export), _plan(export)
    # nothing to export is one empty file, so that whoever waits for it finds it
    while export.parts == 0 or span.after < span.until:
        if time.monotonic() > until:
            raise TryLater(f"{export.rows:,} rows are written; it goes on.", seconds=0)
        span = _part(export, span, plan, target)
    _end(export, timezone.now())


def _plan(export: Export) -> Plan:
    wish = Wish(
        export.format, export.question, export.endpoint, export.payload, export.raw
    )
    return formats.plan(export.project, wish, hourly=targets.is_hourly(export))


@transaction.atomic
def _begin(export: Export) -> Span:
    """Fix what the export holds when it first begins; later, what is left of it."""
    kept = Export.objects.select_for_update().get(pk=export.pk)
    at = Place(kept.at_xid, kept.at_id)
    if kept.until_xid is None:
        span = reading.open_span(export.project, at)
        kept.until_xid, kept.estimate = span.until.xid, reading.count(span)
    kept.state, kept.error = State.RUNNING, ""
    kept.save(update_fields=["state", "error", "until_xid", "estimate"])
    for name in ("state", "until_xid", "at_xid", "at_id", "parts", "rows", "files"):
        setattr(export, name, getattr(kept, name))
    return Span(export.project_id, at, Place(kept.until_xid, 0))


def _part(export: Export, span: Span, plan: Plan, target: Target) -> Span:
    """Put one part whole, then note it down together with where the next one begins."""
    part = Part(reading.chunks(span, plan.shape), span.after)
    if targets.is_hourly(export):
        files = _hours(export, part, plan, target)
    else:
        files = [_file(export, part, plan, target)]
    _note(export, span.after, part, files)
    return Span(span.project_id, part.end, span.until)


def _file(export: Export, part: Part, plan: Plan, target: Target) -> dict[str, Any]:
    key = target.key(targets.name(export, export.parts + 1, plan.ending))
    with tempfile.TemporaryFile(prefix="overread-export-") as file:
        _fill(file, sending.assembled(part, plan), gzip=export.gzip)
        size = _put(target, key, file, plan.media_type)
    return {"key": key, "rows": part.rows, "bytes": size}


def _hours(
    export: Export, part: Part, plan: Plan, target: Target
) -> list[dict[str, Any]]:
    """A file for each hour in which a label of this part was settled."""
    files = []
    for hour, lines in hourly.sorted_out(part).items():
        key = target.key(targets.name(export, export.parts + 1, plan.ending, hour))
        with tempfile.TemporaryFile(prefix="overread-export-") as file:
            _fill(file, iter(lines), gzip=export.gzip)
            size = _put(target, key, file, plan.media_type)
        files.append({"key": key, "rows": len(lines), "bytes": size})
    return files


def _fill(file: IO[bytes], pieces: Iterator[bytes], *, gzip: bool) -> None:
    file.writelines(sending.gzipped(pieces) if gzip else pieces)


def _put(target: Target, key: str, file: Any, media_type: str) -> int:
    size = int(file.tell())
    file.seek(0)
    target.store.put(key, file, media_type)
    return size


def _note(
    export: Export, begun: Place, part: Part, files: list[dict[str, Any]]
) -> None:
    export.at_xid, export.at_id = part.end
    export.parts, export.rows = export.parts + 1, export.rows + part.rows
    export.files = [*export.files, *files]
    ours = Export.objects.filter(
        pk=export.pk, state=State.RUNNING, at_xid=begun.xid, at_id=begun.id
    )
    values = ("at_xid", "at_id", "parts", "rows", "files")
    if not ours.update(**{name: getattr(export, name) for name in values}):
        raise Stopped


def _end(export: Export, at: datetime) -> None:
    export.state, export.ended_at = State.DONE, at
    Export.objects.filter(pk=export.pk, state=State.RUNNING).update(
        state=State.DONE, ended_at=at
    )


def _fail(export: Export, error: str, at: datetime) -> None:
    log.warning("export failed", export=export.pk, error=error)
    Export.objects.filter(pk=export.pk).exclude(state=State.DONE).update(
        state=State.FAILED, error=error
    )


def next_cursor(export: Export) -> str:
    """What the next export goes on with; empty until this one has begun."""
    if export.until_xid is None:
        return ""
    return cursors.word(export.project_id, Place(export.until_xid, 0))
