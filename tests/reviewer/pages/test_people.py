"""The page of one reviewer: for leads; of themselves, people see their own skill only."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Gold, Task
from projects.models import User
from reviewer import drifting, figures, people, standing
from reviewer.models import Alarm, Figures
from tests import makers
from tests.reviewer.crowd import Crowd, all_counted, make_crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd() -> Crowd:
    crowd = make_crowd((0.95, 0.9, 0.6), seed=23)
    for task in crowd.tasks(20):
        for user in crowd.people:
            said = crowd.says(user, crowd.truth[task.pk])
            makers.make_annotation(task, user, said, blind=True, seconds=3.0)
    # so that nobody is waited for
    Task.objects.update(state=Task.State.SETTLED)
    return crowd


def address(crowd: Crowd, user: User, more: str = "") -> str:
    return f"/p/{crowd.project.slug}/reviewers/{user.pk}/{more}"


def lead(crowd: Crowd) -> Client:
    return makers.sign_in(makers.make_member(crowd.project, "lead"))


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def alarmed(crowd: Crowd, user: User) -> Alarm:
    for _ in range(5):
        task = makers.make_task(crowd.project, blind=True)
        makers.make_annotation(task, user, "cat", blind=True)
        makers.make_gold(task, "dog", source=Gold.Source.EXPERT)
    all_counted()
    drifting.take()
    return Alarm.objects.get(user=user)


def test_a_lead_sees_skill_confusion_and_pace(crowd: Crowd) -> None:
    worst = crowd.people[-1]

    shown = read(lead(crowd), address(crowd, worst))

    assert f"<h1>{worst}</h1>" in shown or str(worst) in shown
    assert "Answers to schema" in shown
    assert shown.count('<td class="num heat-') == 9
    assert shown.count("is-diagonal") == 3
    assert "3.0 s" in shown


def test_nobody_but_a_lead_opens_the_page_of_a_person(crowd: Crowd) -> None:
    one, two, _ = crowd.people
    expert = makers.make_member(crowd.project, "adjudicator")
    stranger = makers.make_user()

    asked = [makers.sign_in(who).get(address(crowd, two)) for who in (one, two, expert)]
    outside = makers.sign_in(stranger).get(address(crowd, two))

    assert [each.status_code for each in asked] == [403, 403, 403]
    assert outside.status_code == 404


def test_whoever_is_not_of_this_project_has_no_page_in_it(crowd: Crowd) -> None:
    other = makers.make_member(makers.make_project())

    response = lead(crowd).get(address(crowd, other))

    assert response.status_code == 404


def test_people_see_their_own_skill_and_nobody_elses(crowd: Crowd) -> None:
    one, two, three = crowd.people

    mine = read(makers.sign_in(one), f"/p/{crowd.project.slug}/mine/")

    told = people.of_project(crowd.project, timezone.now(), 30)
    own = told[one.pk].skills[0].overall.as_json()
    other = told[three.pk].skills[0].overall.as_json()
    assert f"{float(own['value']) * 100:.1f}" in mine
    assert f"{float(other['value']) * 100:.1f}" not in mine
    assert str(two) not in mine
    assert str(three) not in mine


def test_a_lead_puts_an_alarm_away(crowd: Crowd) -> None:
    user, client = crowd.people[0], lead(crowd)
    alarm = alarmed(crowd, user)

    before = read(client, address(crowd, user))
    client.post(address(crowd, user, "alarms/close/"))
    after = read(client, address(crowd, user))

    alarm.refresh_from_db()
    assert alarm.closed_at is not None
    assert f"{alarm.wrong} of the last {alarm.of} answers were wrong" in before
    assert "I have looked at it" in before
    assert "I have looked at it" not in after


def test_a_lead_says_whether_an_alarm_pauses(crowd: Crowd) -> None:
    client, where = lead(crowd), f"/p/{crowd.project.slug}/reviewers/pausing/"

    client.post(where, {"pauses": "1"})
    on = standing.pauses(crowd.project)
    client.post(where, {"pauses": "0"})

    assert on
    assert not standing.pauses(crowd.project)


def test_the_page_tells_who_paused_and_why(crowd: Crowd) -> None:
    user = crowd.people[0]
    standing.set_pauses(crowd.project, True, by=None)
    alarmed(crowd, user)

    shown = read(lead(crowd), address(crowd, user))

    assert "on an alarm: <q>" in shown
    assert "answers that could be judged differ" in shown


def test_the_page_is_german(crowd: Crowd) -> None:
    user, client = crowd.people[0], lead(crowd)
    alarmed(crowd, user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"

    shown = read(client, address(crowd, user))

    for said in ("Anlehnung an", "Können", "Eine Wende zum Schlechteren?"):
        assert said in shown
    for said in ("Leaning on", "Named where", "answers were wrong", "Not enough"):
        assert said not in shown


def test_a_page_of_many_people_asks_no_more_than_one_of_few(
    crowd: Crowd, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, user = lead(crowd), crowd.people[0]
    client.get(address(crowd, user))
    for _ in range(5):
        other = makers.make_member(crowd.project)
        for task in list(crowd.truth)[:6]:
            makers.make_annotation(
                crowd.queue.items.get(task=task).task, other, "cat", blind=True
            )

    with django_assert_max_num_queries(36):
        client.get(address(crowd, user))


def test_what_takes_long_is_kept_and_shown_with_its_time(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LIVE_ROWS", 0)
    client, user = lead(crowd), crowd.people[0]

    first = read(client, address(crowd, user))
    figures.make(Figures.objects.get(project=crowd.project).pk)
    found, as_of = figures.of_people(crowd.project, timezone.now(), 30)
    then = read(client, address(crowd, user))

    assert "These figures are being computed" in first
    assert as_of is not None
    assert found == people.of_project(crowd.project, timezone.now(), 30)
    assert "As of " in then
    assert "Answers to schema" in then
