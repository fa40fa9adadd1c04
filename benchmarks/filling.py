"""Fills the database by SQL: so many waiting tasks, so many settled labels, in minutes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import rows
from benchmarks.service import Service

STEP = 50_000
# What every row points to, looked up once.
POINTS_TO = """
select p.id as project, e.id as endpoint, q.id as queue, v.id as version, o.id as policy,
  (select min(user_id) from projects_membership where project_id = p.id) as author
from projects_project p
join reviewer_endpoint e on e.project_id = p.id
join reviewer_queue q on q.project_id = p.id and q.purpose = 'review'
join reviewer_policy o on o.project_id = p.id and o.active
join labeling_schemaversion v on v.schema_id = e.schema_id
where p.slug = 'bench'
order by v.number desc limit 1
"""


def have(service: Service, *, waiting: int, accepted: int, labels: int = 0) -> None:
    """Let about so many tasks wait; what is there already is used again."""
    with service.database() as database:
        there, settled = _waiting(database), _labels(database)
        if not 0.9 * waiting <= there <= 1.1 * waiting:
            empty(database)
            settled = 0
            _fill(service, rows.WAITING, waiting, rows.WAITS)
            _fill(service, rows.ACCEPTED_ONLY, min(4 * waiting, accepted), rows.SURE)
        _fill(service, rows.LABELS, labels - settled, rows.DONE)
        count_on(database)
        _tidy_up(database)


def add(
    service: Service, tables: rows.Rows, count: int, state: Mapping[str, Any]
) -> None:
    """So many more of one sort."""
    _fill(service, tables, count, state)
    with service.database() as database:
        count_on(database)
        _tidy_up(database)


def empty(database: psycopg.Connection[Any]) -> None:
    """Everything that was taken in is gone; the project and its people stay."""
    names = sql.SQL(", ").join(map(sql.Identifier, rows.TABLES))
    database.execute(sql.SQL("truncate {} cascade").format(names))
    database.commit()


def _waiting(database: psycopg.Connection[Any]) -> int:
    return _one(database, "select count(*) from reviewer_queueitem where state = 0")


def _labels(database: psycopg.Connection[Any]) -> int:
    return _one(database, "select count(*) from labeling_gold")


def _one(database: psycopg.Connection[Any], query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _fill(
    service: Service, tables: rows.Rows, count: int, state: Mapping[str, Any]
) -> None:
    """In steps, each a transaction, over as many connections as there are processors."""
    if count <= 0:
        return
    with service.database() as database:
        made = values(database, state)
    steps = [
        {**made, "first": first, "last": min(first + STEP, count) - 1}
        for first in range(0, count, STEP)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(partial(_step, service, tables), steps))


def _step(service: Service, tables: rows.Rows, made: Mapping[str, Any]) -> None:
    with service.database() as database:
        write(database, tables, made)


def write(
    database: psycopg.Connection[Any], tables: rows.Rows, made: Mapping[str, Any]
) -> None:
    """Rows `first` to `last` of each table, in the caller's transaction."""
    # they are consistent as made: nothing is looked up again for each of them
    database.execute("set local session_replication_role = replica")
    database.execute("set local synchronous_commit = off")
    for table, columns in tables.items():
        database.execute(_insert(table, columns), made)


def values(
    database: psycopg.Connection[Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """Ids of what the rows point to, and what is added to a row's number for its id."""
    found = database.execute(POINTS_TO)
    names = [column.name for column in found.description or ()]
    row = found.fetchone()
    if row is None:
        raise RuntimeError("There is no project to fill.")
    made: dict[str, Any] = {**state, **dict(zip(names, row, strict=True))}
    for table in rows.TABLES:
        name = table.rpartition("_")[2].replace("queueitem", "item")
        newest = _one(database, f"select max(id) from {table}")  # noqa: S608
        made[name] = newest + 1
    return {
        **made,
        "words": rows.WORDS,
        "seen": [made["author"]] if made["done"] else [],
    }


def _insert(table: str, columns: Mapping[str, str]) -> bytes:
    values = f"select {', '.join(columns.values())} from {rows.MADE}"  # noqa: S608
    # an expression of ours may say `i % 4`; psycopg reads a single % as its own
    values = values.replace(" % ", " %% ")
    return f"insert into {table} ({', '.join(columns)}) {values}".encode()


def count_on(database: psycopg.Connection[Any]) -> None:
    """What is made next gets a number after ours."""
    for table in rows.TABLES:
        database.execute(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608
            f"coalesce(max(id), 0) + 1) from {table}".encode()
        )


def _tidy_up(database: psycopg.Connection[Any]) -> None:
    """Statistics and the visibility map are up to date, dirty pages are written."""
    database.commit()
    database.autocommit = True
    for table in rows.TABLES:
        database.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))
    database.execute("checkpoint")
    database.autocommit = False
