"""Reads labels in chunks: each a short statement of its own, never one long snapshot.

A span is fixed when an export begins: every transaction before `until` has ended by then,
so what the span holds never changes, however often and in whatever parts it is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from django.db import InterfaceError, OperationalError, connections, router

from labeling.models import Gold
from reviewer.exports.cursors import START, AheadOfTheDatabase, Place

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from projects.models import Project
    from reviewer.exports.rows import Shape

log = structlog.get_logger()
# Seconds to wait for a database that went away in the middle of an export.
WAITS: Final = (0.2, 1.0, 3.0)
# Long enough to cost little each, short enough that no claim ever waits for one.
MOST_ROWS: Final = 20_000
FIRST_ROWS: Final = 1_000
GOOD_BYTES: Final = 4 * 1024 * 1024
MOST_BYTES: Final = 16 * 1024 * 1024

BOUNDS = """
select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,
  (select max(xid) from labeling_gold where project_id = %(project)s
     and xid is distinct from pg_current_xact_id_if_assigned()::text::bigint)
from pg_current_snapshot() s
"""
NTH = """
select xid, id from labeling_gold
where project_id = %s and (xid, id) > (%s, %s) and (xid, id) <= (%s, %s)
order by xid, id offset %s limit 1
"""
COUNT = """
select count(*) from labeling_gold
where project_id = %s and (xid, id) > (%s, %s) and (xid, id) <= (%s, %s)
"""
# The limit tells the planner how few rows there are: it then looks them up by index
# instead of reading whole tables for each chunk.
LABELS = """
from (
  select * from labeling_gold
  where project_id = {project} and (xid, id) > ({after.xid}, {after.id})
    and (xid, id) <= ({end.xid}, {end.id})
  order by xid, id limit {most}
) g
join labeling_task t on t.id = g.task_id
join labeling_payload y on y.id = t.payload_id
join labeling_schemaversion v on v.id = t.schema_version_id
left join reviewer_prediction p on p.task_id = g.task_id
left join reviewer_endpoint e on e.id = p.endpoint_id
where not exists (
  select from labeling_gold n
  where n.supersedes_id = g.id and n.supersedes_id is not null
    and (n.xid, n.id) <= ({until.xid}, {until.id})
)
"""


@dataclass(frozen=True, slots=True)
class Span:
    """The labels of a project after one place, up to another."""

    project_id: int
    after: Place
    until: Place


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some labels as they are written, and the place after the last of them."""

    data: bytes
    rows: int
    end: Place


def database() -> BaseDatabaseWrapper:
    """Where labels are read: a replica, if the router knows one."""
    return connections[router.db_for_read(Gold)]


def open_span(project: Project, after: Place = START, limit: int | None = None) -> Span:
    """All labels after a place whose transactions have ended by now, or the first ones.

    What a transaction still open writes has a later place: no label is ever passed by.
    """
    lowest, next_xid, newest = _bounds(project)
    if newest is not None and newest >= next_xid:
        _adopt(project, next_xid)
    if after.xid > lowest:
        raise AheadOfTheDatabase(
            "The database was restored since this cursor was given, or a replica lags. "
            "Try again in a minute; if it stays so, export anew without since."
        )
    span = Span(project.pk, after, Place(lowest, 0))
    if limit is None:
        return span
    last = _nth(span, after, limit)
    return Span(project.pk, after, last) if last else span


def _bounds(project: Project) -> tuple[int, int, int | None]:
    with database().cursor() as cursor:
        cursor.execute(BOUNDS, {"project": project.pk})
        lowest, next_xid, newest = cursor.fetchone()
    return lowest, next_xid, newest


def _adopt(project: Project, next_xid: int) -> None:
    """Labels restored from a dump carry numbers that this server has yet to give out."""
    Gold.objects.filter(project=project, xid__gte=next_xid).update(xid=0)


def _nth(span: Span, after: Place, number: int) -> Place | None:
    """The place of the nth label after one; None: there are fewer in the span."""
    values = [span.project_id, *after, *span.until, number - 1]
    with database().cursor() as cursor:
        cursor.execute(NTH, values)
        found = cursor.fetchone()
    return Place(*found) if found else None


def count(span: Span) -> int:
    """How many labels the span holds at most: superseded ones are left out later."""
    with database().cursor() as cursor:
        cursor.execute(COUNT, [span.project_id, *span.after, *span.until])
        (found,) = cursor.fetchone()
    return int(found)


def chunks(span: Span, shape: Shape, most: int | None = None) -> Iterator[Chunk]:
    """The span's labels in order; between two chunks no transaction is open.

    How many rows a chunk has follows from how large the last ones were.
    """
    most = most or MOST_ROWS
    at, size = span.after, min(FIRST_ROWS, most)
    while at < span.until:
        chunk = _patiently(span, shape, at, size)
        if chunk is None:
            size = max(1, size // 8)
            continue
        yield chunk
        at, size = chunk.end, min(_next_size(size, len(chunk.data)), most)


def _patiently(span: Span, shape: Shape, at: Place, size: int) -> Chunk | None:
    """The next chunk, asked for again when the database was away for a moment."""
    for wait in (*WAITS, None):
        try:
            return _next(span, shape, at, size)
        except (OperationalError, InterfaceError) as error:
            if database().in_atomic_block:
                raise
            database().close()
            if wait is None:
                raise
            log.warning("export waits for the database", error=str(error))
            time.sleep(wait)
    return None


def _next(span: Span, shape: Shape, at: Place, size: int) -> Chunk | None:
    """None: so many rows are too much to hold at once."""
    end = _nth(span, at, size) or span.until
    found = _copy(statement(span, shape, at, end, size), alone=size == 1)
    return Chunk(*found, end) if found else None


def statement(span: Span, shape: Shape, after: Place, end: Place, most: int) -> str:
    labels = LABELS.format(
        project=span.project_id, after=after, end=end, until=span.until, most=most
    )
    where = f"{labels} and {shape.only}" if shape.only else labels
    return f"copy (select {shape.select} {where} order by g.xid, g.id) to stdout with ({shape.options})"


def _copy(statement: str, *, alone: bool) -> tuple[bytes, int] | None:
    """What the server writes, and how many rows; None: too much to hold at once."""
    try:
        # what psycopg raises while rows come in is nothing that Django has seen
        with (
            database().wrap_database_errors,
            database().cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            parts = list(copy if alone else _in_room(copy))
    except _TooMuch:
        return None
    return b"".join(parts), len(parts)


def _in_room(parts: Iterable[bytes]) -> Iterator[bytes]:
    room = MOST_BYTES
    for part in parts:
        room -= len(part)
        if room < 0:
            # leaving by an exception is what makes psycopg cancel the statement
            raise _TooMuch
        yield part


class _TooMuch(Exception):
    """A chunk grew too large; the statement that writes it is cancelled."""


def _next_size(size: int, held: int) -> int:
    """So many rows as fill a good chunk, but never eight times as many as before."""
    fitting = size * GOOD_BYTES // max(held, 1)
    return max(1, min(fitting, size * 8))
