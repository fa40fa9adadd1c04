"""`manage.py up` with somebody who kills its parts, and a look into its database."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.config.running import Up


@contextmanager
def service(home: Path, port: int, *, until: str = "MLflow is up") -> Iterator[Up]:
    """Running until the end of the block, read so that it never waits for a listener."""
    with Up(home, port=port) as up:
        up.reads(until)
        reader = threading.Thread(target=up.lines.extend, args=(up.process.stdout,))
        reader.start()
        try:
            yield up
        finally:
            if up.process.poll() is None:
                up.end(signal.SIGTERM)
            reader.join()


def kill(up: Up, name: str) -> None:
    """kill -9 of one service, by the number that the home's state tells."""
    os.kill(up.pids()[name], signal.SIGKILL)


def rows(database: psycopg.Connection[Any], sql: str) -> list[Any]:
    return database.execute(sql).fetchall()


def assert_no_task_over_its_overlap(database: psycopg.Connection[Any]) -> None:
    wrong = rows(
        database,
        """
        select i.id, i.done, i.wanted, q.max_overlap, count(a.id), count(distinct a.author_id)
        from reviewer_queueitem i
        join reviewer_queue q on q.id = i.queue_id
        left join labeling_annotation a on a.task_id = i.task_id and a.counted
          and a.supersedes_id is null and a.expert = (q.purpose = 'adjudication')
        group by i.id, q.max_overlap
        having count(a.id) <> i.done or count(a.id) > i.wanted
            or count(a.id) <> count(distinct a.author_id)
            or (not i.check_task and i.wanted > q.max_overlap)
        """,
    )
    assert wrong == []


def wait_for_jobs(database: psycopg.Connection[Any]) -> list[Any]:
    """What was not delivered: dead letters, and what still waits after a while."""
    deadline = time.monotonic() + 120
    sql = "select handler, state, error from projects_job where state <> 'done'"
    while (left := rows(database, sql)) and time.monotonic() < deadline:
        database.rollback()
        time.sleep(0.5)
    return left
