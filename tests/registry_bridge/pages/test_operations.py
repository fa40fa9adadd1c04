"""Operations: a stream that lags and work that died are seen, and sent round again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from projects.models import AuditEntry, Job, Project, Role
from registry_bridge import retraining
from tests import makers
from tests.registry_bridge.makers import Loop, review, work

HANDLER = "registry_bridge.handlers.publish_metrics"


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def make_job(project: Project, **fields: Any) -> Job:
    key = f"job-{Job.objects.count()}"
    defaults = {"handler": HANDLER, "stream": f"mlflow:{project.pk}", "payload": {}}
    return Job.objects.create(key=key, project=project, **{**defaults, **fields})


def make_dead(project: Project, **fields: Any) -> Job:
    error = "Traceback …\nKeyError: 'values'"
    return make_job(project, state="dead", error=error, attempts=12, **fields)


def test_while_mlflow_is_away_its_stream_is_seen_to_lag(loop: Loop) -> None:
    review(loop)
    loop.world.mlflow_down()
    retraining.start(loop.project, by=loop.lead)
    work(3)
    client = makers.sign_in(loop.lead)

    away = read(client.get(f"/p/{loop.project.slug}/operations/"))
    loop.world.mlflow_down(False)
    work()
    back = read(client.get(f"/p/{loop.project.slug}/operations/"))

    assert "Lags, tried again" in away
    assert f"mlflow:{loop.project.pk}" in away
    assert "Nothing waits: all outside systems are up to date" in back


def test_a_dead_letter_shows_why_and_goes_round_again(loop: Loop) -> None:
    job = make_dead(loop.project)
    client = makers.sign_in(loop.lead)
    url = f"/p/{loop.project.slug}/operations/"

    page = read(client.get(url))
    client.post(f"{url}{job.pk}/revive/", {"reason": "Mended the values"})

    job.refresh_from_db()
    assert "KeyError" in page
    assert (job.state, job.attempts) == ("waiting", 0)
    entry = AuditEntry.objects.get(action="job revived")
    assert (entry.actor, entry.reason) == (loop.lead, "Mended the values")


def test_a_dead_letter_of_a_deployment_is_said_to_stop_its_stream(loop: Loop) -> None:
    make_dead(loop.project, stream=f"deployment:{loop.project.pk}")
    client = makers.sign_in(loop.lead)

    assert "Stopped by a dead letter" in read(
        client.get(f"/p/{loop.project.slug}/operations/")
    )
    assert "1 dead letter" in read(client.get("/"))


def test_work_that_nobody_takes_is_told(loop: Loop) -> None:
    make_job(loop.project, next_at=timezone.now() - timedelta(minutes=10))

    page = read(makers.sign_in(loop.lead).get(f"/p/{loop.project.slug}/operations/"))

    assert "No worker takes the work" in page


def test_a_lead_sees_and_revives_only_what_is_of_the_own_project(loop: Loop) -> None:
    other = makers.make_project()
    job = make_dead(other, stream=f"alias:{other.pk}")
    client = makers.sign_in(loop.lead)
    url = f"/p/{loop.project.slug}/operations/"

    page = read(client.get(url))
    response = client.post(f"{url}{job.pk}/revive/", {"reason": "Why not"})

    job.refresh_from_db()
    assert f"alias:{other.pk}" not in page
    assert response.status_code == 404
    assert job.state == "dead"


def test_the_page_of_all_projects_is_for_staff(loop: Loop) -> None:
    make_dead(loop.project)
    staff = makers.sign_in(makers.make_user(is_staff=True))

    assert str(loop.project) in read(staff.get("/operations/"))
    assert makers.sign_in(loop.lead).get("/operations/").status_code == 403


def test_reviewers_do_not_run_the_service(loop: Loop) -> None:
    job = make_dead(loop.project)
    client = makers.sign_in(makers.make_member(loop.project, Role.ADJUDICATOR))
    url = f"/p/{loop.project.slug}/operations/"

    assert client.get(url).status_code == 403
    assert client.post(f"{url}{job.pk}/revive/", {"reason": "x"}).status_code == 403
    assert client.post(f"/operations/{job.pk}/revive/").status_code == 403


def test_twenty_streams_take_no_more_queries_than_two(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        project = makers.make_project()
        make_dead(project)
        make_job(project, error="MLflow did not answer", attempts=2)
    client = makers.sign_in(makers.make_user(is_staff=True))

    with django_assert_max_num_queries(12):
        page = read(client.get("/operations/"))

    assert page.count("Lags, tried again") == 20
