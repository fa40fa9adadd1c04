"""Rollups count each row once, whatever order rows commit in and whoever is killed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from reviewer import arrivals
from reviewer.models import IntakeHour, Mark, Prediction
from reviewer.rollups import intake, marks, turn
from reviewer.rollups.hours import EVER
from tests import makers
from tests.reviewer.rollups.counting import (
    count_all,
    count_everything,
    counted,
    get_ready,
    later,
    open_connection,
    recounted,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)

COPY = """
insert into reviewer_prediction (
  project_id, endpoint_id, inference_id, payload_id, model_name, model_version, output,
  label, metadata, received_at, content_hash, pi, u, b, blind, verdict, reason, rule,
  policy_id, repeats, "group")
select project_id, endpoint_id, 'copy-' || nextval('reviewer_prediction_id_seq'),
  payload_id, model_name, %(version)s, output, label, metadata, %(at)s, content_hash,
  pi, u, b, blind, verdict, reason, rule, policy_id, %(repeats)s, "group"
from reviewer_prediction where id = %(pattern)s
"""


class Sender:
    """A session that sends predictions and commits when it is told to."""

    def __init__(self, pattern: int) -> None:
        self._connection = open_connection()
        self._pattern = pattern
        self.is_open = False

    def send(self, version: str = "1", *, repeats: bool = False, age: int = 0) -> None:
        if not self.is_open:
            self._connection.set_autocommit(False)
            self.is_open = True
        values = {
            "version": version,
            "repeats": repeats,
            "pattern": self._pattern,
            "at": timezone.now() - timedelta(hours=age),
        }
        with self._connection.cursor() as cursor:
            cursor.execute(COPY, values)

    def commit(self) -> None:
        self._connection.commit()
        self.is_open = False

    def roll_back(self) -> None:
        self._connection.rollback()
        self.is_open = False

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def senders() -> Iterator[list[Sender]]:
    pattern = makers.make_prediction()
    found = [Sender(pattern.pk) for _ in range(4)]
    yield found
    for sender in found:
        sender.close()


@pytest.mark.parametrize("seed", range(6))
def test_pages_tell_what_a_recount_tells_at_every_moment(
    senders: list[Sender], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311

    for _ in range(120):
        sender = dice.choice(senders)
        act = dice.choice(("send", "send", "send", "commit", "roll back", "turn"))
        if act == "send":
            version, repeats = dice.choice("12"), dice.random() < 0.2
            sender.send(version, repeats=repeats, age=dice.randrange(3))
        elif act == "commit" and sender.is_open:
            sender.commit()
        elif act == "roll back" and sender.is_open and dice.random() < 0.3:
            sender.roll_back()
        else:
            turn.take()
            later()
        assert told() == recounted()

    for sender in senders:
        sender.commit()
    count_all()
    count_all()
    assert told() == recounted()
    assert counted("intake") == Prediction.objects.latest("pk").pk


def test_a_row_that_commits_late_is_waited_for(senders: list[Sender]) -> None:
    slow, quick = senders[:2]
    count_all()
    before = counted("intake")
    slow.send()
    quick.send()
    quick.commit()

    count_all()
    count_all()
    held = counted("intake")
    slow.commit()
    count_all()

    assert held == before
    assert counted("intake") == Prediction.objects.latest("pk").pk
    assert told() == recounted()


def test_a_row_is_not_counted_before_smaller_numbers_had_time_to_be_written(
    senders: list[Sender],
) -> None:
    for _ in range(5):
        turn.take()

    assert counted("intake") == 0
    assert told() == recounted()


def test_a_step_that_breaks_off_counts_nothing(senders: list[Sender]) -> None:
    get_ready()
    broken = replace(intake.ROLLUP, count=f"{intake.COUNT}; select 1 / 0")

    with pytest.raises(DataError):
        marks.step(broken)

    assert counted("intake") == 0
    assert not IntakeHour.objects.exists()
    assert marks.step(intake.ROLLUP)
    assert told() == recounted()


def test_a_worker_killed_within_a_step_leaves_nothing_half_counted(
    senders: list[Sender],
) -> None:
    get_ready()
    slow = replace(intake.ROLLUP, count=f"{intake.COUNT}; select pg_sleep(60)")
    ended: list[str] = []

    def work() -> None:
        try:
            marks.step(slow)
        except OperationalError as error:
            ended.append(str(error))
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    _kill_who_sleeps()
    worker.join(timeout=30)

    assert len(ended) == 1
    assert counted("intake") == 0
    assert told() == recounted()
    count_all()
    assert counted("intake") == Prediction.objects.latest("pk").pk
    assert told() == recounted()


KILL = """
select pg_terminate_backend(pid) from pg_stat_activity
where wait_event = 'PgSleep' and datname = current_database()
"""


def _kill_who_sleeps() -> None:
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(KILL)
            if cursor.fetchone():
                return
        time.sleep(0.1)
    pytest.fail("nobody sleeps")


def test_several_workers_at_once_count_each_row_once(senders: list[Sender]) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            turn.take()
            later()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for at in range(200):
        senders[at % 4].send(str(at % 2))
        if at % 3 == 0:
            senders[at % 4].commit()
    for sender in senders:
        sender.commit()
    stop.set()
    for worker in workers:
        worker.join(timeout=30)
    count_everything()

    assert sum(each.n for each in IntakeHour.objects.all()) == 201
    assert told() == recounted()


def test_many_rows_are_counted_in_bounded_steps(
    senders: list[Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "STEP", 7)
    for _ in range(50):
        senders[0].send()
    senders[0].commit()
    get_ready()

    assert marks.step(intake.ROLLUP)
    first = Prediction.objects.filter(pk__lte=counted("intake")).count()
    count_all()

    assert first == 7
    assert counted("intake") == Prediction.objects.latest("pk").pk
    assert told() == recounted()


def test_what_retention_removes_stays_counted(senders: list[Sender]) -> None:
    for _ in range(9):
        senders[0].send()
    senders[0].commit()
    count_all()
    endpoint = Prediction.objects.latest("pk").endpoint

    Prediction.objects.all().delete()
    (found,) = arrivals.of_endpoints([endpoint], timezone.now(), 24)

    assert found.received == 10


def test_a_worker_that_never_ran_changes_no_number(senders: list[Sender]) -> None:
    senders[0].send()
    senders[0].commit()

    assert not Mark.objects.exists()
    assert told() == recounted()


def test_a_rollup_goes_on_after_a_restore_on_another_server(
    senders: list[Sender],
) -> None:
    get_ready()
    Mark.objects.update(newest=2**50)

    count_everything()

    assert counted("intake") == Prediction.objects.latest("pk").pk
    assert told() == recounted()


def test_a_rollup_goes_on_while_others_only_read(senders: list[Sender]) -> None:
    reader: Any = open_connection()
    reader.set_autocommit(False)
    with reader.cursor() as cursor:
        cursor.execute("select count(*) from reviewer_prediction")

    count_all()

    reader.close()
    assert sum(each.n for each in intake.since(_endpoints(), EVER)) == 1
    assert counted("intake") > 0


def _endpoints() -> list[int]:
    return list(Prediction.objects.values_list("endpoint", flat=True))
