"""How labels are read: nothing is missed, nothing is held while somebody reads slowly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from labeling.models import Gold
from projects.models import Project
from reviewer.exports import formats, reading
from reviewer.exports.cursors import Place
from reviewer.exports.formats import Wish
from reviewer.exports.reading import Span
from tests import makers
from tests.reviewer.exports.making import (
    CURSOR,
    client_of,
    correct,
    get,
    make_settled,
    rows_of,
    wait_until_readable,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    project = makers.make_project()
    makers.make_schema(project)
    return project


class Elsewhere(threading.Thread):
    """Settles a label in a connection of its own and commits when told to."""

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.task = makers.make_task(project)
        self.written, self.commit = threading.Event(), threading.Event()
        self.start()
        assert self.written.wait(20)

    def run(self) -> None:
        try:
            with transaction.atomic():
                makers.make_gold(self.task, "dog")
                self.written.set()
                self.commit.wait(20)
        finally:
            connections.close_all()

    def end(self) -> None:
        self.commit.set()
        self.join(20)


@contextmanager
def small_chunks(monkeypatch: pytest.MonkeyPatch, rows: int) -> Iterator[None]:
    monkeypatch.setattr(reading, "FIRST_ROWS", rows)
    monkeypatch.setattr(reading, "GOOD_BYTES", 1)
    yield


def ids(answer: Any) -> list[int]:
    return [row["gold"] for row in rows_of(answer)]


def test_a_label_that_commits_after_younger_ones_is_not_missed(
    project: Project,
) -> None:
    client = client_of(project)
    slow = Elsewhere(project)
    quick = make_settled(project)
    path = f"/api/v1/projects/{project.slug}/labels"

    first = client.get(path)
    seen_first = ids(first)
    slow.end()
    second = get(client, project, f"?since={first[CURSOR]}")

    late = Gold.objects.get(task=slow.task)
    assert late.pk < quick.pk
    # the younger one waits for the older: both come in the second export, each once
    assert seen_first + ids(second) == [late.pk, quick.pk]


def test_a_correction_that_comes_while_an_export_is_read_changes_nothing_in_it(
    project: Project,
) -> None:
    old = make_settled(project)
    client = client_of(project)
    answer = get(client, project)

    new = correct(old, "dog")

    assert ids(answer) == [old.pk]
    assert ids(get(client, project, f"?since={answer[CURSOR]}")) == [new.pk]


def test_whoever_stops_reading_holds_no_transaction_open(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_settled(project)
    with small_chunks(monkeypatch, rows=1):
        answer = get(client_of(project), project)
        parts = iter(answer)
        next(parts)

        with connection.cursor() as cursor:
            pid = connection.connection.info.backend_pid
            held = _state_of(pid)

    assert not connection.in_atomic_block
    assert held == ("idle", None)
    assert cursor.closed
    answer.close()


def _state_of(pid: int) -> tuple[str, int | None]:
    """What another session sees of that one: its state, and the snapshot it holds."""
    found: list[tuple[str, int | None]] = []

    def look() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "select state, backend_xmin::text::bigint from pg_stat_activity"
                " where pid = %s",
                [pid],
            )
            found.append(cursor.fetchone())
        connections.close_all()

    looker = threading.Thread(target=look)
    looker.start()
    looker.join(20)
    return found[0]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_chunks_of_any_size_hold_every_label_once_and_in_order(
    project: Project, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    labels = [make_settled(project).pk for _ in range(7)]
    client = client_of(project)

    monkeypatch.setattr(reading, "FIRST_ROWS", rows)
    monkeypatch.setattr(reading, "MOST_ROWS", rows)
    answer = get(client, project)

    assert ids(answer) == labels


def test_labels_too_large_to_hold_at_once_are_read_one_by_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [
        make_settled(project, content={"text": f"{at}" * 5_000}).pk for at in range(9)
    ]
    monkeypatch.setattr(reading, "MOST_BYTES", 6_000)

    answer = get(client_of(project), project)

    assert ids(answer) == labels


def test_each_chunk_takes_two_statements_however_many_labels_there_are(
    project: Project,
) -> None:
    for _ in range(30):
        make_settled(project)
    plan = formats.plan(project, Wish("jsonl"))
    span = _whole(project)

    with CaptureQueriesContext(connection) as queries:
        chunks = list(reading.chunks(span, plan.shape, most=10))

    # the last one holds what is left, which may be nothing
    assert [chunk.rows for chunk in chunks] == [10, 10, 10, 0]
    assert len(queries) == 2 * len(chunks)


def _whole(project: Project) -> Span:
    wait_until_readable(project)
    newest = Gold.objects.filter(project=project).latest("pk")
    span = reading.open_span(project)
    until = max(span.until, Place(newest.xid, newest.pk))
    return Span(project.pk, span.after, until)


def test_labels_are_looked_up_by_index_chunk_by_chunk(project: Project) -> None:
    for _ in range(3):
        make_settled(project)
    plan = formats.plan(project, Wish("jsonl"))
    span = _whole(project)
    statement = reading.statement(span, plan.shape, span.after, span.until, 20_000)
    query = statement.partition("copy (")[2].rpartition(") to stdout")[0]

    with connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        cursor.execute(f"explain {query}")
        plan_lines = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("reset enable_seqscan")

    assert "gold_by_transaction" in plan_lines
    assert "gold_corrections" in plan_lines


def cut(project: Project, monkeypatch: pytest.MonkeyPatch, times: int) -> Any:
    """An answer whose database session is ended `times` times while it is read."""
    monkeypatch.setattr(reading, "WAITS", (0.0,))
    monkeypatch.setattr(reading, "FIRST_ROWS", 2)
    answer = get(client_of(project), project)
    whole, left = reading._copy, [times]
    first = "(xid, id) > (0, 0)"

    def copy(statement: str, *, alone: bool) -> tuple[bytes, int] | None:
        if first not in statement and left[0]:
            left[0] -= 1
            pid = connection.connection.info.backend_pid
            _end_session(pid)
        return whole(statement, alone=alone)

    monkeypatch.setattr(reading, "_copy", copy)
    return answer


def _end_session(pid: int) -> None:
    def end() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", [pid])
        connections.close_all()

    ender = threading.Thread(target=end)
    ender.start()
    ender.join(20)


def test_a_database_that_goes_away_for_a_moment_breaks_no_export(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [make_settled(project).pk for _ in range(6)]

    answer = cut(project, monkeypatch, times=1)

    assert ids(answer) == labels


def test_an_export_that_breaks_off_says_so_and_where_to_go_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [make_settled(project).pk for _ in range(6)]

    *had, last = rows_of(cut(project, monkeypatch, times=9))
    monkeypatch.undo()
    rest = ids(get(client_of(project), project, f"?since={last['next_cursor']}"))

    assert last["status"] == 503
    assert "broke off" in last["detail"]
    assert [row["gold"] for row in had] + rest == labels
    assert had
