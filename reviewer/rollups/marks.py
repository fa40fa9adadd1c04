"""Up to which row a rollup has counted, and how it goes on: nothing missed, nothing twice.

Numbers are given in order, but rows appear in the order of their commits: a smaller number
may come late. So first the newest row is noted; SETTLES later, when whoever drew a smaller
number has begun to write, the newest transaction; and once all up to that one have ended,
no such row can come any more. Rows after the mark are counted where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from reviewer.models import Mark

STEP: Final = 20_000
# A number is drawn just before its row is written, which gives the transaction its own.
SETTLES: Final = "2 seconds"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table that only grows, and the statement that adds some of its rows to the counts."""

    name: str
    table: str
    # Takes the rows with %(after)s < id <= %(upto)s.
    count: str


LOOK = """
update reviewer_mark m set seen = newest.id, seen_at = clock_timestamp(), newest = null
from (select max(id) id from {table}) newest
where m.name = %(name)s and newest.id > m.seen
"""
NOTE = """
update reviewer_mark set newest = pg_current_xact_id()::text::bigint
where name = %(name)s and newest is null
  and seen_at <= clock_timestamp() - interval '{settles}'
"""
ENDED = """
select newest < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
from reviewer_mark where name = %(name)s and newest is not null
"""
# Restored on another server, where transactions are numbered anew: none is open there.
FORGET = """
update reviewer_mark set newest = null
where name = %(name)s and newest >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
# The last row of a step; none, where fewer are left.
UPTO = """
select id from {table} where id > %(after)s and id <= %(seen)s
order by id limit 1 offset %(skip)s
"""


def open_(rollups: tuple[Rollup, ...]) -> None:
    """Each rollup has its mark; a new one begins before the first row."""
    marks = [Mark(name=rollup.name) for rollup in rollups]
    Mark.objects.bulk_create(marks, ignore_conflicts=True)


@transaction.atomic
def step(rollup: Rollup) -> bool:
    """Count some rows, or prepare to: one transaction. True: there is more to do at once.

    Of two workers only one holds the mark; the other goes on to something else.
    """
    held = Mark.objects.select_for_update(skip_locked=True)
    mark = held.filter(name=rollup.name).first()
    if mark is None:
        return False
    if mark.counted == mark.seen:
        _run(LOOK.format(table=rollup.table), rollup)
        return False
    if mark.newest is None:
        _run(NOTE.format(settles=SETTLES), rollup)
        return False
    if _ended(rollup):
        return _count(rollup, mark)
    _run(FORGET, rollup)
    return False


def _count(rollup: Rollup, mark: Mark) -> bool:
    values = {"after": mark.counted, "seen": mark.seen, "skip": STEP - 1}
    with connection.cursor() as cursor:
        cursor.execute(UPTO.format(table=rollup.table), values)
        upto = _only(cursor.fetchone()) or mark.seen
        cursor.execute(rollup.count, {"after": mark.counted, "upto": upto})
    mark.counted = upto
    mark.save(update_fields=["counted"])
    return True


def _ended(rollup: Rollup) -> bool:
    """In a statement of its own: the next one sees all that these transactions wrote."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {"name": rollup.name})
        found = cursor.fetchone()
    return bool(found and found[0])


def _run(sql: str, rollup: Rollup) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"name": rollup.name})


MARK = "select coalesce(max(counted), 0) from reviewer_mark where name = %(name)s"
WITH_MARK = """
select mark.counted, found.* from ({mark}) mark(counted)
left join lateral ({sql}) found on true
"""


def counted(rollup: Rollup) -> int:
    """The number up to which no row can appear any more."""
    with connection.cursor() as cursor:
        cursor.execute(MARK, {"name": rollup.name})
        return _only(cursor.fetchone())


def with_tail(
    rollup: Rollup, sql: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows of a statement that joins the counts and the rows with id > %(after)s.

    The mark goes in as a number, since only then the planner knows how few rows follow;
    should it move in between, both are read again. The first column is never null.
    """
    given, after = {**values, "name": rollup.name}, counted(rollup)
    with connection.cursor() as cursor:
        while True:
            whole = WITH_MARK.format(mark=MARK, sql=sql)
            cursor.execute(whole, {**given, "after": after})
            rows = cursor.fetchall()
            if rows[0][0] == after:
                return [row[1:] for row in rows if row[1] is not None]
            after = rows[0][0]


def _only(row: tuple[Any, ...] | None) -> int:
    return int(row[0]) if row else 0
