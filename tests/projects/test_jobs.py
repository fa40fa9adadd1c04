"""Jobs: kept once, tried again, buried; streams in order; a killed worker costs an attempt."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings as SettingsWrapper

from projects import events, jobs, worker
from projects.jobs import Hopeless, TryLater
from projects.models import Event, Job
from tests.makers import make_project

pytestmark = pytest.mark.django_db

ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


def note(payload: dict[str, Any]) -> None:
    ran.append(payload.get("name", ""))


def fail(payload: dict[str, Any]) -> None:
    ran.append("failed")
    raise ValueError("broken")


def away(payload: dict[str, Any]) -> None:
    raise TryLater("the server is away", seconds=5)


def hopeless(payload: dict[str, Any]) -> None:
    raise Hopeless("this cannot be")


def add(key: str, handler: str = "note", stream: str = "s", **payload: Any) -> None:
    jobs.add(key, f"{__name__}.{handler}", stream, payload)


def the_job() -> Job:
    return Job.objects.get()


def test_a_job_runs_once() -> None:
    add("k", name="first")

    worker.drain()
    worker.drain()

    assert ran == ["first"]
    assert the_job().state == Job.State.DONE


def test_the_same_key_is_kept_once() -> None:
    add("k", name="first")
    add("k", name="again")

    worker.drain()

    assert ran == ["first"]


def test_jobs_of_one_stream_run_in_order() -> None:
    for name in ("a", "b", "c"):
        add(name, name=name)

    worker.drain()

    assert ran == ["a", "b", "c"]


def test_a_job_waits_for_the_one_before_it_in_its_stream() -> None:
    add("a", "away")
    add("b", name="b")

    worker.drain()

    assert ran == []


def test_other_streams_go_on_past_one_that_waits() -> None:
    add("a", "away", stream="one")
    add("b", stream="two", name="b")

    worker.drain()

    assert ran == ["b"]


def test_an_outside_system_that_is_away_never_makes_a_dead_letter(
    settings: SettingsWrapper,
) -> None:
    settings.JOB_MAX_ATTEMPTS = 2
    add("a", "away")

    for _ in range(4):
        Job.objects.update(next_at=timezone.now())
        worker.drain(limit=1)

    assert the_job().state == Job.State.WAITING
    assert "away" in the_job().error


def test_a_job_that_keeps_failing_becomes_a_dead_letter(
    settings: SettingsWrapper,
) -> None:
    settings.JOB_MAX_ATTEMPTS = 3
    add("a", "fail")

    for _ in range(5):
        Job.objects.update(next_at=timezone.now())
        worker.drain(limit=1)

    assert ran == ["failed"] * 3
    assert the_job().state == Job.State.DEAD
    assert "broken" in the_job().error


def test_what_cannot_succeed_is_buried_at_once() -> None:
    add("a", "hopeless")

    worker.drain()

    assert the_job().state == Job.State.DEAD


def test_a_dead_letter_holds_up_only_streams_that_stop() -> None:
    add("a", "hopeless", stream="deployment:1")
    add("b", stream="deployment:1", name="after")
    add("c", "hopeless", stream="mlflow:1")
    add("d", stream="mlflow:1", name="goes on")

    worker.drain()

    assert ran == ["goes on"]


def test_a_revived_dead_letter_lets_its_stream_go_on() -> None:
    add("a", "hopeless", stream="deployment:1")
    add("b", stream="deployment:1", name="after")
    worker.drain()
    Job.objects.filter(key="a").update(handler=f"{__name__}.note")

    jobs.revive(Job.objects.filter(state=Job.State.DEAD))
    worker.drain()

    assert ran == ["", "after"]


def test_a_job_whose_worker_was_killed_is_taken_again_when_its_lease_ends() -> None:
    add("a", name="a")
    now = timezone.now()
    (killed,) = jobs.claim(now)

    assert jobs.claim(now) == []
    (again,) = jobs.claim(now + timedelta(hours=1))

    assert again.pk == killed.pk
    assert again.attempts == 2


def test_a_claim_that_was_taken_over_has_no_say_any_more() -> None:
    add("a", name="a")
    now = timezone.now()
    (slow,) = jobs.claim(now)
    (quick,) = jobs.claim(now + timedelta(hours=1))

    jobs.run(slow)

    assert the_job().state == Job.State.RUNNING
    jobs.run(quick)
    assert the_job().state == Job.State.DONE


def test_a_long_job_runs_once_however_often_it_is_announced(
    settings: SettingsWrapper,
) -> None:
    settings.LONG_JOBS = {f"{__name__}.note"}
    add("a", name="long")
    now = timezone.now()
    (first,) = jobs.claim(now)
    (second,) = jobs.claim(now + timedelta(hours=1))

    for job in (first, second, second):
        jobs.run_long(job.pk, job.turn)

    assert ran == ["long"]
    assert the_job().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_the_lease_of_a_long_job_is_renewed_while_it_runs(
    settings: SettingsWrapper,
) -> None:
    settings.LONG_JOBS = {f"{__name__}.slow"}
    settings.JOB_LEASE_SECONDS = 0.3
    add("a", "slow")
    (job,) = jobs.claim(timezone.now())

    jobs.run_long(job.pk, job.turn)

    assert ran == ["not taken over"]


def slow(payload: dict[str, Any]) -> None:
    time.sleep(1)
    ran.append("taken over" if jobs.claim(timezone.now()) else "not taken over")


def test_a_handler_that_adds_up_has_one_job_waiting() -> None:
    for _ in range(3):
        jobs.ask(f"{__name__}.note", "s", payload={"name": "looked"})

    worker.drain()

    assert ran == ["looked"]


def test_what_is_asked_while_the_job_runs_is_not_lost() -> None:
    jobs.ask(f"{__name__}.note", "s", payload={"name": "first"})
    jobs.claim(timezone.now())

    jobs.ask(f"{__name__}.note", "s", payload={"name": "second"})

    assert Job.objects.filter(state=Job.State.WAITING).count() == 1


def test_an_event_makes_a_job_for_each_handler(settings: SettingsWrapper) -> None:
    settings.EVENT_HANDLERS = {"thing.happened": (f"{__name__}.note",)}

    with transaction.atomic():
        events.emit("thing.happened", make_project(), name="told")
    worker.drain()

    assert ran == ["told"]


def test_an_event_goes_with_its_transaction(settings: SettingsWrapper) -> None:
    settings.EVENT_HANDLERS = {"thing.happened": (f"{__name__}.note",)}
    project = make_project()

    def half() -> None:
        with transaction.atomic():
            events.emit("thing.happened", project)
            raise KeyError

    with pytest.raises(KeyError):
        half()

    assert not Event.objects.exists()
    assert not Job.objects.exists()


def test_the_wait_doubles_and_never_passes_five_minutes() -> None:
    waits = [jobs.backoff(attempts) for attempts in range(1, 20)]

    assert 0.5 <= waits[0] <= 1
    assert max(waits) <= 300
    assert min(waits[10:]) >= 150


def breaks() -> None:
    ran.append("broken round")
    raise UnicodeDecodeError("utf-8", b"", 0, 1, "somebody's file")


def goes_round() -> None:
    ran.append("round")


def test_a_round_that_breaks_holds_up_no_other_and_no_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the test's own session stays open
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    jobs.add("k", f"{__name__}.note", "s", {"name": "job"})
    rounds = worker.Rounds(
        {f"{__name__}.{each.__name__}": 0.0 for each in (breaks, goes_round)}
    )

    assert worker.work(rounds)
    worker.work(rounds)

    assert ran == ["broken round", "round", "job", "broken round", "round"]
