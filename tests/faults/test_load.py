"""While eight clients work, everything is killed in turn: what was acknowledged is there."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.home import Home
from tests.config.running import CHECKOUT, Up, environment, free_port
from tests.faults import desk
from tests.faults.crowd import Caller, Cutter, Reviewer, Sender, SingleSender
from tests.faults.service import (
    assert_no_task_over_its_overlap,
    kill,
    rows,
    service,
    wait_for_jobs,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROUNDS = 10
IN_TURN = ("web", "worker", "postgres")
# so long may it take until both predictions and answers are acknowledged again
BACK_SECONDS = 60.0
DRAIN_SECONDS = 120.0
SEED = 20_261


def test_what_was_acknowledged_under_load_survives_every_kill(tmp_path: Path) -> None:
    home = tmp_path / "home"
    chance = random.Random(SEED)  # noqa: S311 (repeatable, no secret)
    print(f"seed {SEED}")  # noqa: T201 - shown when it fails
    with service(home, free_port(), until="ready") as up:
        tokens = set_up(home)
        with crowd(up, tokens) as (senders, reviewers, sent_all):
            for number in range(ROUNDS):
                time.sleep(chance.uniform(1.0, 4.0))
                end_one(up, IN_TURN[number % len(IN_TURN)], senders, reviewers)
            sent_all.set()
            drain(up, tokens, senders, reviewers)

        assert_nothing_lost_or_doubled(up, senders, reviewers)


def set_up(home: Path) -> dict[str, str]:
    file = home / "load.yaml"
    file.write_text(desk.FILE)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults.desk", str(file)],
        capture_output=True,
        text=True,
        env={**environment(), "OVERREAD_HOME": str(home)},
        cwd=CHECKOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout.splitlines()[-1]))


Crowd = tuple[list[Sender], list[Reviewer], threading.Event]


@contextmanager
def crowd(up: Up, tokens: dict[str, str]) -> Iterator[Crowd]:
    """Three senders, one whose calls are cut, five reviewers, until the block ends."""
    sent_all, over = threading.Event(), threading.Event()
    address = f"http://127.0.0.1:{up.port}/api/v1/"
    kinds = (Sender, SingleSender, SingleSender)
    senders = [
        kind(address, tokens["endpoint"], SEED + at, sent_all)
        for at, kind in enumerate(kinds)
    ]
    cutter = Cutter(address, tokens["endpoint"], SEED + 50, sent_all)
    people = [token for name, token in tokens.items() if "reviewer" in name]
    reviewers = at_the_queue(address, people, "review", over)
    for each in (*senders, *reviewers, cutter):
        each.start()
    try:
        yield senders, reviewers, sent_all
    finally:
        sent_all.set()
        over.set()
        for each in (*senders, *reviewers, cutter):
            each.join(30)
    raise_failures((*senders, *reviewers, cutter))


def at_the_queue(
    address: str, tokens: Sequence[str], purpose: str, over: threading.Event
) -> list[Reviewer]:
    people = []
    for at, token in enumerate(tokens):
        one = Reviewer(address, token, SEED + 100 + at, over)
        queues = one.session.get(f"{address}projects/load/queues", timeout=30).json()
        (one.queue,) = (
            each["id"] for each in queues["queues"] if each["purpose"] == purpose
        )
        people.append(one)
    return people


def end_one(
    up: Up, name: str, senders: Sequence[Caller], reviewers: Sequence[Caller]
) -> None:
    """kill -9, then wait until everybody is served again."""
    before = up.pids()[name]
    kill(up, name)
    known = [len(each.told) for each in senders]
    answers = sum(len(each.told) for each in reviewers)
    deadline = time.monotonic() + BACK_SECONDS
    while not (
        up.pids().get(name) not in (None, before)
        and all(len(s.told) > n for s, n in zip(senders, known, strict=True))
        and sum(len(each.told) for each in reviewers) > answers
    ):
        raise_failures((*senders, *reviewers))
        assert up.process.poll() is None, "".join(up.lines)
        assert time.monotonic() < deadline, f"{name} is not back: {up.lines[-20:]}"
        time.sleep(0.05)


def raise_failures(callers: Sequence[Caller]) -> None:
    for each in callers:
        if each.failure is not None:
            raise each.failure


def drain(
    up: Up,
    tokens: dict[str, str],
    senders: Sequence[Sender],
    reviewers: list[Reviewer],
) -> None:
    """Nothing new comes; people work until both queues are empty."""
    for sender in senders:
        sender.join(60)
    raise_failures(senders)
    wait_until_empty(up, "review", reviewers)
    over = threading.Event()
    address = f"http://127.0.0.1:{up.port}/api/v1/"
    experts = [token for name, token in tokens.items() if "adjudicator" in name]
    bench = at_the_queue(address, experts, "adjudication", over)
    for each in bench:
        each.start()
    wait_until_empty(up, "adjudication", bench)
    over.set()
    for each in bench:
        each.join(30)
    reviewers.extend(bench)


def wait_until_empty(up: Up, purpose: str, people: Sequence[Caller]) -> None:
    """So far that a lease that stuck would be seen: leases last half a minute."""
    deadline = time.monotonic() + DRAIN_SECONDS
    left: Any = None
    while time.monotonic() < deadline:
        raise_failures(people)
        left = unfinished(up, purpose)
        if not left:
            return
        time.sleep(0.5)
    raise AssertionError(f"These were never finished: {left[:20]}")


def unfinished(up: Up, purpose: str) -> list[Any]:
    with connect(up) as database:
        return rows(
            database,
            f"""
            select i.id, i.state, i.done, i.wanted, i.lease_by, i.lease_until
            from reviewer_queueitem i join reviewer_queue q on q.id = i.queue_id
            where i.state <> 2 and q.purpose = '{purpose}'
            """,  # noqa: S608 - one of two words of this file
        )


def connect(up: Up) -> psycopg.Connection[Any]:
    return psycopg.connect(Home(up.home.path).database_url())


def assert_nothing_lost_or_doubled(
    up: Up, senders: Sequence[Caller], reviewers: Sequence[Caller]
) -> None:
    with connect(up) as database:
        assert_predictions_kept_once(database, senders)
        assert_answers_kept_once(database, reviewers)
        assert_no_task_over_its_overlap(database)
        assert_every_drawn_one_is_settled_once(database)
        jobs = wait_for_jobs(database)
    assert jobs == []


def assert_predictions_kept_once(
    database: psycopg.Connection[Any], senders: Sequence[Caller]
) -> None:
    sql = "select inference_id, verdict, pi, task_id from reviewer_prediction"
    kept = rows(database, sql)
    told = {
        key: tuple(what.values()) for each in senders for key, what in each.told.items()
    }
    assert {key: (verdict, pi, task) for key, verdict, pi, task in kept} == told
    assert len(kept) == len(told)


def assert_answers_kept_once(
    database: psycopg.Connection[Any], reviewers: Sequence[Caller]
) -> None:
    kept = rows(database, "select client_id::text from labeling_annotation")
    told = [key for each in reviewers for key in each.told]
    assert sorted(key for (key,) in kept) == sorted(told)


def assert_every_drawn_one_is_settled_once(database: psycopg.Connection[Any]) -> None:
    drawn = rows(
        database,
        """
        select p.inference_id, p.verdict, count(distinct i.id) filter (
            where q.purpose = 'review' and i.done = i.wanted),
          count(distinct g.id) filter (where not exists (
            select 1 from labeling_gold n where n.supersedes_id = g.id))
        from reviewer_prediction p
        left join reviewer_queueitem i on i.task_id = p.task_id
        left join reviewer_queue q on q.id = i.queue_id
        left join labeling_gold g on g.task_id = p.task_id
        group by p.id
        """,
    )
    wrong = [
        each
        for each in drawn
        if each[2:] != ((0, 0) if each[1] == "accepted" else (1, 1))
    ]
    assert wrong == []
    assert Counter(verdict for _, verdict, _, _ in drawn).keys() >= {"review", "audit"}
