"""Return on review: minutes for each mistake put right, by queue and rule."""

from __future__ import annotations

import csv
import io

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviewer import worth
from reviewer.stats.estimates import Estimate, NotEnough
from tests import makers
from tests.reviewer.pages.makers import Team, make_settled

pytestmark = pytest.mark.django_db


def work(
    team: Team, right: int, wrong: int, seconds: float | None = 30.0, **fields: object
) -> None:
    for at in range(right + wrong):
        truth = "dog" if at < wrong else "cat"
        task = make_settled(team, truth, "cat", **fields)
        makers.make_annotation(task, team.reviewer, truth, seconds=seconds)


def found(team: Team) -> dict[tuple[str, bool], worth.Worth]:
    rows = worth.of_project(team.project, timezone.now(), 30)
    return {(each.rule, each.audit): each for each in rows}


def test_the_minutes_of_all_answers_are_shared_by_the_mistakes(team: Team) -> None:
    work(team, right=30, wrong=10, seconds=30.0)

    whole = found(team)["", False]

    assert (whole.tasks, whole.mistakes) == (40, 10)
    assert whole.hours == pytest.approx(40 * 30 / 3600)
    assert isinstance(whole.minutes, Estimate)
    assert whole.minutes.value == pytest.approx(2.0)
    assert whole.minutes.low < 2.0 < whole.minutes.high


def test_rules_and_chance_are_told_apart(team: Team) -> None:
    work(team, right=0, wrong=10, rule="unsure")
    work(team, right=20, wrong=0, pi=0.1)

    rows = found(team)

    assert rows["unsure", False].mistakes == 10
    assert (rows["", True].mistakes, rows["", True].tasks) == (0, 20)
    assert isinstance(rows["", True].minutes, NotEnough)
    assert rows["", False].tasks == 30


def test_few_mistakes_are_not_enough_for_a_number(team: Team) -> None:
    work(team, right=20, wrong=4)

    assert found(team)["", False].minutes == NotEnough("6 more mistakes put right", 24)


def test_tasks_without_a_time_are_left_out(team: Team) -> None:
    work(team, right=4, wrong=0)
    work(team, right=4, wrong=0, seconds=None)

    assert found(team)["", False].tasks == 4


def test_the_page_and_its_csv_say_the_same(team: Team) -> None:
    work(team, right=30, wrong=10)
    client = team.as_("lead")

    page = client.get(team.url("quality/return/")).content.decode()
    answer = client.get(team.url("quality/return/?format=csv"))

    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert float(row["minutes_per_mistake"]) == pytest.approx(2.0)
    assert '<strong class="num">2.0</strong>' in page


def test_many_tasks_take_no_more_queries_than_one(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    work(team, right=1, wrong=0)
    client = team.as_("lead")
    client.get(team.url("quality/return/"))
    with django_assert_max_num_queries(12) as before:
        client.get(team.url("quality/return/"))
    work(team, right=8, wrong=3)

    with django_assert_max_num_queries(len(before)):
        client.get(team.url("quality/return/"))
