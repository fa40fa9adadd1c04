"""The outbox stays small: what was told and done goes after some weeks, the rest stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Task as LongResult
from pytest_django.fixtures import DjangoAssertNumQueries

from projects import sweeping
from projects.models import Event, Job, Project, Removal, Sweep
from tests.makers import make_project

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def job(key: str, days: float, state: str = "done", **fields: object) -> Job:
    at = NOW - timedelta(days=days)
    defaults = {"handler": "h", "stream": "s", "payload": {}, "created_at": at}
    ended = at if state in ("done", "dead") else None
    return Job.objects.create(
        key=key, state=state, ended_at=ended, **{**defaults, **fields}
    )


def night() -> None:
    sweeping.finish(NOW)
    Sweep.objects.update(next_at=NOW)
    sweeping.finish(NOW)


def left() -> set[str]:
    return set(Job.objects.values_list("key", flat=True))


def test_jobs_that_were_done_weeks_ago_go() -> None:
    job("old", 40)
    job("young", 3)

    night()

    assert left() == {"young"}
    assert Removal.objects.get(what="jobs").rows == 1


@pytest.mark.parametrize("state", ["waiting", "dead"])
def test_what_is_still_to_be_done_or_looked_at_stays(state: str) -> None:
    job("old", 40, state)
    job("newer", 3)

    night()

    assert left() == {"old", "newer"}


def test_the_newest_job_of_a_handler_stays_since_its_key_says_how_far_it_came() -> None:
    ours, theirs = make_project(), make_project()
    for project in (ours, theirs):
        job(f"{project}:1", 50, project=project)
        job(f"{project}:2", 40, project=project)

    night()

    assert left() == {f"{ours}:2", f"{theirs}:2"}


def test_events_go_after_some_weeks(project: Project) -> None:
    old, young = (Event.objects.create(name="n", project=project) for _ in range(2))
    Event.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(days=40))

    night()

    assert list(Event.objects.all()) == [young]


@pytest.fixture
def project() -> Project:
    return make_project()


def test_sessions_that_ended_and_results_of_long_jobs_go() -> None:
    for key, days in (("ended", -1), ("lasts", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=NOW + timedelta(days=days)
        )
    for name, days in (("old", 40), ("young", 3)):
        at = NOW - timedelta(days=days)
        LongResult.objects.create(id=name, name=name, func="f", started=at, stopped=at)

    night()

    assert Session.objects.get().session_key == "lasts"
    assert LongResult.objects.get().name == "young"


def test_a_night_begins_at_the_hour_that_settings_name() -> None:
    noon = NOW.replace(hour=12, minute=30)

    first = sweeping.tonight(noon)

    assert (first.hour, first.minute) == (3, 0)
    assert first.date() == noon.date() + timedelta(days=1)
    assert sweeping.tonight(first) == first + timedelta(days=1)
    assert sweeping.tonight(first - timedelta(minutes=1)) == first


def test_nothing_is_removed_by_day() -> None:
    job("old", 40)
    job("young", 3)

    sweeping.sweep()
    sweeping.sweep()

    assert left() == {"old", "young"}


def test_by_day_a_look_costs_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sweeping.sweep()

    with django_assert_num_queries(1):
        sweeping.sweep()
