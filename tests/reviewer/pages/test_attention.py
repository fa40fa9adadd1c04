"""What a lead should look at now: each in a sentence with its link, the worst first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Acknowledgement, Schema
from projects import news
from projects.models import Role
from projects.news import News
from reviewer.models import Fit, Policy, PromiseProcess
from tests import makers
from tests.registry_bridge.makers import make_model
from tests.reviewer.pages.makers import Team

pytestmark = pytest.mark.django_db


def waiting(team: Team) -> list[News]:
    return news.decisions([team.project], team.lead)


def make_late(team: Team) -> None:
    makers.make_queue_item(team.queue, due_at=timezone.now() - timedelta(hours=3))


def make_fit(team: Team, policy: Policy, kind: str, number: int = 1) -> Fit:
    process = PromiseProcess.objects.filter(project=team.project).first()
    process = process or PromiseProcess.objects.create(
        project=team.project,
        number=1,
        terms={},
        model_name="digits",
        model_version="3",
        delta=0.05,
        state={},
        upto=0,
        began_at=timezone.now(),
    )
    return Fit.objects.create(
        project=team.project,
        policy=policy,
        process=process,
        number=number,
        kind=kind,
        model_name="digits",
        model_version="3",
        threshold=0.9 if kind == "threshold" else None,
        evidence={},
        made_at=timezone.now(),
    )


def test_a_queue_past_its_due_time_waits_for_a_lead(team: Team) -> None:
    make_late(team)

    (found,) = waiting(team)

    assert found.title == f"{team.queue} is past its due time"
    assert found.words.startswith("1 task is late")
    assert found.url == team.url(f"queues/{team.queue.pk}/")


def test_a_suspended_promise_waits_until_it_is_fitted_anew(team: Team) -> None:
    policy = makers.make_policy(team.project)
    make_fit(team, policy, "threshold", 1)
    assert waiting(team) == []

    make_fit(team, policy, "suspended", 2)
    (found,) = waiting(team)
    assert found.title == "The promise about digits 3 is suspended"

    make_fit(team, policy, "threshold", 3)
    assert waiting(team) == []


def test_a_promise_of_an_older_policy_is_nobodys_matter(team: Team) -> None:
    make_fit(team, makers.make_policy(team.project), "suspended")
    makers.make_policy(team.project)

    assert waiting(team) == []


def test_a_guideline_that_changed_is_unread_until_everybody_has_read_it(
    team: Team,
) -> None:
    schema = Schema.objects.get(project=team.project)
    everybody = (team.reviewer, team.adjudicator, team.lead)
    makers.make_schema(team.project, guideline="Cats are small.")
    assert waiting(team)[0].title == ("3 people have not read what changed in schema")

    newest = makers.make_schema(team.project, guideline="Cats are very small.")
    for user in everybody[:2]:
        Acknowledgement.objects.create(user=user, version=newest)
    (found,) = waiting(team)
    assert found.title == "1 person has not read what changed in schema"
    assert found.url == team.url(f"schemas/{schema.name}/")

    Acknowledgement.objects.create(user=team.lead, version=newest)
    assert waiting(team) == []


def test_a_first_guideline_is_no_change(team: Team) -> None:
    other = makers.make_project()
    makers.make_member(other, Role.LEAD, team.lead)
    makers.make_schema(other, guideline="Cats are small.")

    assert news.decisions([other], team.lead) == []


def test_a_registry_that_says_something_else_waits_for_a_lead(team: Team) -> None:
    seen: dict[str, Any] = {"alias_seen_at": timezone.now(), "champion": "1"}
    model = make_model(team.project, alias_seen="2", **seen)

    (found,) = waiting(team)

    assert model.name in found.title
    assert "the alias champion names version 2" in found.words


def test_the_worst_comes_first(team: Team) -> None:
    makers.make_schema(team.project, guideline="Cats are small.")
    makers.make_queue_item(team.queue, state=3)
    make_late(team)

    assert [each.tone for each in waiting(team)] == ["bad", "warn", "info"]


def test_where_nothing_waits_the_page_says_so(team: Team) -> None:
    page = team.as_("lead").get(team.url()).content.decode()

    assert "Nothing waits for you" in page


def test_the_overview_takes_as_many_queries_however_much_waits(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def fill() -> None:
        queue = makers.make_queue(team.project)
        makers.make_queue_item(queue, due_at=timezone.now() - timedelta(days=1))
        schema = makers.make_schema(team.project, name=queue.name, guideline="One.")
        makers.make_schema(team.project, name=schema.schema.name, guideline="Two.")

    fill()
    client = team.as_("lead")
    client.get(team.url())
    with django_assert_max_num_queries(50) as before:
        client.get(team.url())
    for _ in range(5):
        fill()

    with django_assert_max_num_queries(len(before)):
        page = client.get(team.url()).content.decode()

    assert len(re.findall("is past its due time", page)) == 6
