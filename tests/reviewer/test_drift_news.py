"""A drift of what models say stands where leads look first, and goes when it is over."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from projects.models import Role
from reviewer import drift_news, trends
from reviewer.models import Endpoint, VersionPeriod
from reviewer.stats.estimates import NotEnough
from tests import makers
from tests.reviewer.pages.makers import Team, make_team

pytestmark = pytest.mark.django_db
LARGE = {
    "p_value": 1e-9,
    "psi": 0.31,
    "psi_limit": 0.02,
    "n": 900,
    "m": 12_000,
    "method": "chi-squared",
}
NONE = {**LARGE, "p_value": 0.4, "psi": 0.001}


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def period(
    endpoint: Endpoint, unit: str = "day", ago: int = 0, **fields: Any
) -> VersionPeriod:
    today = timezone.now().date() - ago * trends.LENGTH[VersionPeriod.Unit(unit)]
    given: dict[str, Any] = {
        "model_name": "texts",
        "model_version": "3",
        "predictions": 900,
        "not_yet": 0,
        "called": "Accuracy",
        "made_at": timezone.now(),
        "estimate": NotEnough("nothing", 0).as_json(),
        "labels": {},
        "confidence": {},
    }
    return VersionPeriod.objects.create(
        endpoint=endpoint,
        unit=unit,
        begin=trends.period_of(unit, today).begin,
        **{**given, **fields},
    )


def told(team: Team) -> list[tuple[str, str]]:
    lead = makers.make_member(team.project, Role.LEAD)
    return [(n.title, n.url) for n in drift_news.decisions([team.project], lead)]


def test_a_marked_day_is_on_the_overview_with_its_size_and_its_page(team: Team) -> None:
    period(team.endpoint, labels=LARGE, confidence=NONE)

    lead = makers.make_member(team.project, Role.LEAD)
    page = makers.sign_in(lead).get(f"/p/{team.project.slug}/").content.decode()

    assert "What texts 3 says has changed" in page
    assert "PSI 0.31, by chance to 0.02, n 900" in page
    assert f"/p/{team.project.slug}/quality/time/?unit=day" in page


def test_how_sure_it_is_has_its_own_words(team: Team) -> None:
    period(team.endpoint, labels=NONE, confidence=LARGE)

    ((title, _url),) = told(team)

    assert title == "How sure texts 3 is has changed"


def test_one_line_for_a_version_however_much_is_marked(team: Team) -> None:
    for ago in (0, 1):
        period(team.endpoint, ago=ago, labels=LARGE, confidence=LARGE)
    period(team.endpoint, "week", labels=LARGE)
    period(team.endpoint, labels=LARGE, model_version="4")

    titles = [title for title, _url in told(team)]

    assert titles == [f"What texts {n} says has changed" for n in (3, 4)]


@pytest.mark.parametrize(
    ("unit", "ago", "labels"),
    [("day", 0, NONE), ("day", 2, LARGE), ("week", 1, LARGE), ("day", 0, {})],
    ids=["small", "days ago", "last week", "too few"],
)
def test_what_is_over_or_small_asks_for_nothing(
    team: Team, unit: str, ago: int, labels: dict[str, Any]
) -> None:
    period(team.endpoint, unit, ago, labels=labels)

    assert told(team) == []


def test_a_newest_day_without_drift_ends_yesterdays(team: Team) -> None:
    period(team.endpoint, ago=1, labels=LARGE)
    assert len(told(team)) == 1

    period(team.endpoint, ago=0, labels=NONE)

    assert told(team) == []


def test_a_day_that_just_began_hides_nothing(team: Team) -> None:
    period(team.endpoint, ago=1, labels=LARGE)
    period(team.endpoint, ago=0, labels=NotEnough("50 more", 3).as_json())

    assert len(told(team)) == 1


def test_it_costs_one_query_for_any_number_of_projects(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    teams = [make_team() for _ in range(3)]
    for each in teams:
        period(each.endpoint, labels=LARGE)
    lead = makers.make_member(teams[0].project, Role.LEAD)

    with django_assert_num_queries(1):
        found = drift_news.decisions([each.project for each in teams], lead)

    assert len(found) == 3
