"""Quality by day and week: added up where something changed, and the same as a window's."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Task
from reviewer import quality, trends
from reviewer.models import Prediction, Trend, VersionPeriod
from reviewer.stats.estimates import Estimate, NotEnough, from_json
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn, make_settled, make_team
from tests.reviewer.rollups.counting import count_all

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def noon(days_ago: int) -> datetime:
    return timezone.now().replace(hour=12, minute=0, second=0) - days_ago * DAY


def move(task: Task, at: datetime) -> None:
    Prediction.objects.filter(task=task).update(received_at=at)


def settle(team: Team, n: int, wrong: int, days_ago: int, **fields: Any) -> None:
    for at in range(n):
        truth = "dog" if at < wrong else "cat"
        move(make_settled(team, truth, u=at / n, **fields), noon(days_ago))


def add_up(team: Team) -> None:
    count_all()
    count_all()
    trends.ask()
    trends.make(team.project.pk)


def rows(team: Team, unit: str = "day") -> dict[str, VersionPeriod]:
    found = trends.of_project(team.project, unit, timezone.now())
    return {each.begin.isoformat(): each for each in found}


def estimate(row: VersionPeriod) -> Estimate:
    found = from_json(row.estimate)
    assert isinstance(found, Estimate), found
    return found


def test_each_day_has_the_accuracy_of_its_own_answers(team: Team) -> None:
    settle(team, 20, 2, days_ago=3)
    settle(team, 20, 10, days_ago=1)

    add_up(team)

    found = rows(team)
    before, after = (found[noon(each).date().isoformat()] for each in (3, 1))
    assert estimate(before).value == pytest.approx(0.9)
    assert estimate(after).value == pytest.approx(0.5)
    assert (before.predictions, estimate(before).n) == (20, 20)


def test_a_window_of_one_day_says_what_its_day_says(team: Team) -> None:
    settle(team, 30, 6, days_ago=0)

    add_up(team)

    (row,) = rows(team).values()
    (whole,) = quality.of_versions(team.project, timezone.now(), 1)
    assert from_json(row.estimate) == whole.estimate


def test_a_week_begins_on_monday_and_holds_its_days(team: Team) -> None:
    settle(team, 12, 0, days_ago=8)
    settle(team, 12, 6, days_ago=1)

    add_up(team)

    found = rows(team, "week")
    assert len(found) == 2
    assert all(datetime.fromisoformat(begin).weekday() == 0 for begin in found)
    assert sorted(estimate(row).value for row in found.values()) == [0.5, 1.0]


def test_an_open_task_holds_up_its_own_day_only(team: Team) -> None:
    settle(team, 20, 2, days_ago=3)
    settle(team, 20, 2, days_ago=1)
    move(make_drawn(team, u=0.01), noon(1))

    add_up(team)

    found = rows(team)
    before, after = (found[noon(each).date().isoformat()] for each in (3, 1))
    assert estimate(before).n == 20
    assert isinstance(from_json(after.estimate), NotEnough)
    assert after.not_yet == 20


def test_a_day_is_added_up_again_when_its_task_is_answered_late(team: Team) -> None:
    settle(team, 30, 2, days_ago=3)
    late = make_drawn(team, u=0.999, state=2)
    move(late, noon(3))
    add_up(team)
    day = noon(3).date().isoformat()
    assert rows(team)[day].not_yet == 1

    makers.make_gold(late, "cat", source="consensus", blind=True)
    trends.make(team.project.pk)

    assert (rows(team)[day].not_yet, estimate(rows(team)[day]).n) == (0, 31)


def test_what_did_not_change_is_not_added_up_again(team: Team) -> None:
    settle(team, 12, 0, days_ago=9)
    add_up(team)
    Trend.objects.update(made_at=timezone.now() + timedelta(hours=2))
    first = rows(team)[noon(9).date().isoformat()].made_at

    trends.make(team.project.pk)

    assert rows(team)[noon(9).date().isoformat()].made_at == first


def test_a_model_that_says_something_else_than_before_is_marked(team: Team) -> None:
    for at in range(240):
        move(make_drawn(team, "cat" if at % 2 else "dog"), noon(2 + at % 20))
    for _ in range(60):
        move(make_drawn(team, "cat"), noon(0))

    add_up(team)

    today = rows(team)[noon(0).date().isoformat()]
    assert today.labels["m"] == 240
    assert trends.alarms(today.labels, "day")
    usual = rows(team)[noon(2).date().isoformat()]
    assert not trends.alarms(usual.labels, "day")


def test_only_one_of_two_workers_adds_them_up(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        trends, "async_task", lambda _name, project, **_more: asked.append(project)
    )

    trends.ask()
    trends.ask()

    assert asked == [team.project.pk]


def page(team: Team, query: str = "") -> Any:
    return team.as_("lead").get(team.url(f"quality/time/{query}"))


def test_the_page_draws_what_was_added_up_and_lists_it(team: Team) -> None:
    settle(team, 20, 2, days_ago=3)
    add_up(team)

    shown = page(team, "?unit=day").content.decode()

    assert "90.0\u202f%" in shown
    assert shown.count('<svg class="chart plot"') >= 1
    assert '<title id="accuracy-chart-title">' in shown


def test_before_anything_was_added_up_the_page_says_so(team: Team) -> None:
    assert "has not added up" in page(team).content.decode()


def test_the_numbers_come_as_csv(team: Team) -> None:
    settle(team, 20, 2, days_ago=3)
    add_up(team)

    answer = page(team, "?unit=day&format=csv")

    assert answer["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert float(row["value"]) == pytest.approx(0.9)
    assert (row["n"], row["begin"]) == (
        "20",
        noon(3).astimezone(UTC).date().isoformat(),
    )


def test_the_calibration_curve_is_shown_and_comes_as_csv(team: Team) -> None:
    for at in range(40):
        sure = 0.9 if at % 2 else 0.6
        truth = "dog" if at % 4 == 0 else "cat"
        make_settled(team, truth, u=at / 40, confidence=sure)

    shown = page(team).content.decode()
    answer = page(team, "?format=csv&table=calibration")

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [float(row["confidence"]) for row in rows] == pytest.approx([0.6, 0.9])
    assert [float(row["value"]) for row in rows] == pytest.approx([0.5, 1.0])
    assert "curve-1-title" in shown


def test_the_page_takes_as_many_queries_for_many_periods_as_for_one(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settle(team, 2, 0, days_ago=3)
    add_up(team)
    client = team.as_("lead")
    client.get(team.url("quality/time/?unit=day"))
    with django_assert_max_num_queries(20) as before:
        client.get(team.url("quality/time/?unit=day"))
    for days in range(4, 12):
        settle(team, 2, 0, days_ago=days, model_version=f"v{days}")
    Trend.objects.update(made_at=None)
    add_up(team)

    with django_assert_max_num_queries(len(before)):
        client.get(team.url("quality/time/?unit=day"))
