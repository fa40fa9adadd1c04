"""`?wait=`: a caller is sent on to a small process and gets the answer when it is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest
import requests
from django.conf import settings
from django.db import connection, transaction

from config.embedded.postgres import Postgres
from config.embedded.stack import Stack
from config.home import Home
from config.waits import looking
from labeling.models import Task
from reviewer import tickets
from reviewer.tickets import Ticket
from tests import makers
from tests.config.running import eventually
from tests.config.waiter import Waiter, running, used
from tests.conftest import FAST
from tests.journeys.callers import Caller

pytestmark = pytest.mark.django_db(transaction=True)
MB = 2**20
# As much of the tables as is asked for.
ONE_OPEN_TASK = """
create table reviewer_endpoint as select 1 as id, 'e' as name;
create table reviewer_policy as select 1 as id, 1 as version;
create table labeling_task as select 1 as id, 'open' as state, now() as settled_at;
create table labeling_gold (id int, task_id int, question text, value jsonb,
  unanswerable boolean, source text, supersedes_id int);
create table reviewer_prediction as select 1 as id, 'i' as inference_id,
  1 as endpoint_id, 'review' as verdict, 'r' as reason, 1.0::float8 as pi, 1 as policy_id,
  1 as task_id;
"""


class Asked:
    """A prediction that waits for a reviewer, and an endpoint that asks for it."""

    def __init__(self) -> None:
        self.project = makers.make_project()
        self.task = makers.make_task(self.project, label="cat")
        self.prediction = makers.make_prediction(task=self.task, verdict="review")
        self.caller = Caller(makers.make_token(self.project))
        self.url = (
            f"projects/{self.project.slug}/predictions/"
            f"{self.prediction.endpoint.name}/{self.prediction.inference_id}"
        )

    def get(self, wait: int | str) -> Any:
        return self.caller.get(f"{self.url}?wait={wait}")

    def follow(self, wait: int) -> requests.Response:
        """Ask, and wait where one is sent: without the token."""
        return requests.get(self.get(wait)["Location"], timeout=90)

    def settle(self, label: str = "dog") -> None:
        with transaction.atomic():
            makers.make_gold(Task.objects.get(pk=self.task.pk), label)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def waiter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiter]:
    with used(monkeypatch) as found:
        yield found


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def later(pool: ThreadPoolExecutor, url: str) -> Future[requests.Response]:
    return pool.submit(requests.get, url, timeout=90)


def test_the_answer_comes_when_it_is_settled_and_is_the_one_of_the_usual_address(
    asked: Asked, waiter: Waiter, others: ThreadPoolExecutor
) -> None:
    coming = later(others, asked.get(30)["Location"])
    assert eventually(lambda: waiter.waiting() == 1)
    began = time.monotonic()
    asked.settle("dog")

    told = coming.result(10)

    assert time.monotonic() - began < 5
    assert told.status_code == 200
    assert told.json()["answer"] == {"label": "dog"}
    assert told.json() == asked.caller.get(asked.url).json()
    assert told.headers["Content-Location"] == f"/api/v1/{asked.url}"


def test_when_time_is_up_the_open_state_is_told(asked: Asked, waiter: Waiter) -> None:
    told = asked.follow(1)

    assert (told.status_code, told.json()["state"]) == (200, "open")
    assert told.json() == asked.caller.get(asked.url).json()


def test_who_need_not_wait_is_not_sent_on(asked: Asked, waiter: Waiter) -> None:
    asked.settle()
    accepted = makers.make_prediction(asked.prediction.endpoint)
    url = asked.url.replace(asked.prediction.inference_id, accepted.inference_id)

    assert asked.get(30).status_code == 200
    assert asked.get(30).json()["answer"] == {"label": "dog"}
    assert asked.caller.get(f"{url}?wait=30").json()["state"] == "accepted"


def test_where_nobody_can_wait_the_answer_comes_at_once_and_says_when_to_ask_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with used(monkeypatch) as gone:
        gone.stop()
        told = asked.get(30)

    assert (told.status_code, told.json()["state"]) == (200, "open")
    assert told["Retry-After"] == "5"


@pytest.mark.parametrize("wait", ["61", "-1", "1.5", "soon", "٣", ""])
def test_a_wait_that_is_none_is_refused(asked: Asked, wait: str) -> None:
    told = asked.get(wait)

    assert told.status_code == 400
    assert told.json()["errors"][0]["field"] == "wait"


def test_only_a_fresh_ticket_of_this_service_lets_anybody_wait(
    asked: Asked, waiter: Waiter
) -> None:
    ticket = Ticket(asked.prediction.pk, 1, "/")
    good = asked.get(1)["Location"]
    forged = tickets.sign(ticket, "another key", time.time())
    old = tickets.sign(ticket, settings.SECRET_KEY, time.time() - 62)

    for bad in (f"{waiter.url}/wait/{forged}", f"{waiter.url}/wait/{old}", good[:-2]):
        told = requests.get(bad, timeout=5)
        assert told.status_code == 410
        assert told.headers["Content-Type"] == "application/problem+json"
    assert requests.post(good, timeout=5).status_code == 404
    assert requests.get(waiter.url, timeout=5).status_code == 404


def test_one_more_than_there_is_room_for_is_told_to_come_back(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, others: ThreadPoolExecutor
) -> None:
    with used(monkeypatch, most=1) as waiter:
        first, second = (asked.get(20)["Location"] for _ in range(2))
        coming = later(others, first)
        assert eventually(lambda: waiter.up().status_code == 503)

        refused = requests.get(second, timeout=5)
        monkeypatch.setattr("reviewer.waiting_room.OTHER.looked", float("-inf"))
        told = asked.get(20)

        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "5"
        assert "1 callers wait already" in refused.json()["detail"]
        assert told.status_code == 200
        asked.settle()
        assert coming.result(10).json()["state"] == "settled"


def test_who_goes_away_makes_room(asked: Asked, waiter: Waiter) -> None:
    place = asked.get(60)["Location"]
    with pytest.raises(requests.ReadTimeout):
        requests.get(place, timeout=1)

    assert eventually(lambda: waiter.waiting() == 0, seconds=5)


@pytest.mark.parametrize(
    ("host", "sent"), [("127.0.0.1", "http://127.0.0.1:7"), ("10.1.2.3", "")]
)
def test_callers_from_elsewhere_are_not_sent_to_a_port_of_this_machine(
    tmp_path: Path, host: str, sent: str
) -> None:
    (tmp_path / "ports.json").write_text('{"waits": 7}')

    known = Stack(Home(tmp_path), host=host)._environment()

    assert known["OVERREAD_WAIT_URL"] == sent


def test_when_it_stops_everybody_is_told_what_is_known(
    asked: Asked, waiter: Waiter, others: ThreadPoolExecutor
) -> None:
    places = [asked.get(60)["Location"] for _ in range(4)]
    coming = [later(others, place) for place in places]
    assert eventually(lambda: waiter.waiting() == 4)
    time.sleep(0.5)

    code = waiter.stop()

    assert code == 0
    for each in coming:
        told = each.result(5)
        assert (told.status_code, told.json()["state"]) == (200, "open")
        assert told.headers["Retry-After"] == "1"


def test_many_wait_on_one_connection_and_little_memory(
    asked: Asked, waiter: Waiter
) -> None:
    place = asked.get(30)["Location"]
    told: list[int] = []

    def wait() -> None:
        told.append(requests.get(place, timeout=60).status_code)

    threads = [threading.Thread(target=wait) for _ in range(100)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: waiter.waiting() == 100)
    process = psutil.Process(waiter.process.pid)
    size = process.memory_full_info().pss / MB
    sessions = _sessions()
    asked.settle()
    for thread in threads:
        thread.join()

    assert told == [200] * 100
    assert sessions == 1
    assert size < 40


def test_a_database_that_is_away_is_waited_for(
    tmp_path: Path, others: ThreadPoolExecutor
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    server = Postgres(home, settings=FAST)
    server.start()
    try:
        server.make_database("overread")
        _run(home, ONE_OPEN_TASK)
        with running(home.database_url()) as waiter:
            ticket = Ticket(1, 30, "/there")
            signed = tickets.sign(ticket, settings.SECRET_KEY, time.time())
            coming = later(others, f"{waiter.url}/wait/{signed}")
            assert eventually(lambda: waiter.waiting() == 1)
            time.sleep(0.5)
            server.stop()
            time.sleep(1)
            server.start()
            _run(home, "update labeling_task set state = 'settled'")

            told = coming.result(15)
    finally:
        server.stop()

    assert (told.status_code, told.json()["state"]) == (200, "settled")


def _sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and application_name = %s",
            [looking.NAME],
        )
        (count,) = cursor.fetchone()
    return int(count)


def _run(home: Home, statement: LiteralString) -> None:
    with psycopg.connect(home.database_url(), autocommit=True) as db:
        db.execute(statement)
