"""Waiting for others costs a job nothing: not by polling, not by an outage."""

from __future__ import annotations

import pytest

from projects import jobs, worker
from projects.jobs import TryLater
from projects.models import Job

pytestmark = pytest.mark.django_db
HANDLER = "tests.projects.test_jobs_that_wait.wait"


def wait(payload: dict[str, float | None]) -> None:
    raise TryLater("not yet", seconds=payload["seconds"])


def try_often(seconds: float | None) -> Job:
    jobs.add("one", HANDLER, "stream", {"seconds": seconds})
    for _ in range(30):
        jobs.wake("stream")
        worker.drain(limit=1)
    return Job.objects.get()


def test_a_poll_costs_no_attempt() -> None:
    job = try_often(seconds=60)

    assert (job.state, job.attempts) == (Job.State.WAITING, 0)


def test_a_long_outage_leaves_attempts_for_what_may_fail_after_it() -> None:
    job = try_often(seconds=None)

    assert job.state == Job.State.WAITING
    assert 0 < job.attempts < 12
