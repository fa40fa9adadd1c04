"""Figures of large windows: kept, shown with their time, computed again when it is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from reviewer import expert_checks, figures, quality, scorecards
from reviewer.models import Figures
from reviewer.stats.estimates import NotEnough
from tests import makers
from tests.reviewer.pages.makers import Team, make_settled, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Team:
    """Where everything is too much to add up while somebody waits."""
    monkeypatch.setattr(figures, "LIVE_ROWS", 0)
    team = make_team()
    for at in range(14):
        settle(team, at / 20)
    return team


def settle(team: Team, u: float = 0.9) -> None:
    task = make_settled(team, "cat", u=u)
    for person in (team.reviewer, team.adjudicator):
        makers.make_annotation(task, person, "cat", blind=True, seconds=3.5)


def now() -> datetime:
    return timezone.now()


def asked_for(team: Team, days: int | None = 30) -> Figures:
    with pytest.raises(figures.StillCounting):
        figures.of_project(team.project, now(), days)
    return Figures.objects.get(project=team.project, days=days or 0)


def make_due(kept: Figures) -> None:
    Figures.objects.filter(pk=kept.pk).update(next_at=now() - timedelta(seconds=1))


@pytest.mark.parametrize("days", [30, None])
def test_kept_figures_are_those_of_the_moment_they_were_made(
    team: Team, days: int | None
) -> None:
    kept = asked_for(team, days)

    figures.make(kept.pk)
    shown = figures.of_project(team.project, now(), days)
    versions, as_of = figures.of_versions(team.project, now(), days)

    kept.refresh_from_db()
    assert shown.as_of == as_of == kept.made_at
    assert shown.versions == quality.of_versions(team.project, now(), days)
    assert versions == shown.versions
    assert shown.agreement == quality.of_people(team.project, now(), days)
    assert shown.cards == scorecards.of_project(team.project, now(), days)


def test_what_experts_corrected_is_kept_with_the_rest(team: Team) -> None:
    expert_checks.begin(team.queue, 0.3, now() - timedelta(days=1))
    team.queue.save()
    kept = asked_for(team)

    figures.make(kept.pk)
    (found,) = figures.of_project(team.project, now(), 30).versions

    assert found == quality.of_versions(team.project, now())[0]
    # settled without a draw: nothing can be said of them
    assert found.corrected == NotEnough("10 more experts' answers", 0)


def test_little_is_added_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team()
    settle(team)

    shown = figures.of_project(team.project, now(), 30)

    assert shown.as_of is None
    assert not Figures.objects.exists()


def test_the_worker_is_asked_once(team: Team) -> None:
    asked_for(team)

    figures.ask()
    figures.ask()

    assert OrmQ.objects.count() == 1


def test_nothing_is_computed_again_while_nothing_changed(team: Team) -> None:
    kept = asked_for(team)
    figures.make(kept.pk)
    make_due(kept)

    figures.ask()

    assert OrmQ.objects.count() == 0


def test_a_new_answer_makes_them_due_but_not_at_once(team: Team) -> None:
    kept = asked_for(team)
    figures.make(kept.pk)
    settle(team)

    figures.ask()
    at_once = OrmQ.objects.count()
    make_due(kept)
    figures.ask()

    assert (at_once, OrmQ.objects.count()) == (0, 1)


def test_they_are_computed_again_after_a_while_though_nothing_changed(
    team: Team,
) -> None:
    kept = asked_for(team)
    figures.make(kept.pk)
    make_due(kept)
    Figures.objects.update(made_at=now() - figures.OLDEST)

    figures.ask()

    assert OrmQ.objects.count() == 1


def test_a_run_that_was_killed_is_asked_for_again(team: Team) -> None:
    kept = asked_for(team)
    figures.ask()
    make_due(kept)

    figures.ask()

    assert OrmQ.objects.count() == 2


def test_figures_that_take_long_are_computed_more_seldom(team: Team) -> None:
    kept = asked_for(team)

    figures.make(kept.pk)

    kept.refresh_from_db()
    assert kept.made_at is not None
    wait = (kept.next_at - kept.made_at).total_seconds()
    assert wait == pytest.approx(max(figures.PACE, figures.PART * kept.took))


def test_figures_that_nobody_looks_at_are_given_up(team: Team) -> None:
    asked_for(team)
    Figures.objects.update(asked_at=now() - figures.FORGOTTEN - timedelta(minutes=1))

    figures.ask()

    assert not Figures.objects.exists()


def test_looking_keeps_them(team: Team) -> None:
    kept = asked_for(team)
    figures.make(kept.pk)
    Figures.objects.update(asked_at=now() - timedelta(days=29))

    figures.of_project(team.project, now(), 30)

    kept.refresh_from_db()
    assert kept.asked_at > now() - timedelta(minutes=1)


def test_figures_kept_in_an_older_shape_are_computed_anew(team: Team) -> None:
    kept = asked_for(team)
    figures.make(kept.pk)
    kept.refresh_from_db()
    older = kept.rests_on[1:]
    Figures.objects.update(rests_on=older, next_at=now() - timedelta(seconds=1))

    with pytest.raises(figures.StillCounting):
        figures.of_project(team.project, now(), 30)
    figures.ask()
    asked = OrmQ.objects.count()
    figures.make(kept.pk)

    assert asked == 1
    assert figures.of_project(team.project, now(), 30).as_of is not None


def test_many_versions_are_much_to_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "ENOUGH_DRAWN", 2)
    monkeypatch.setattr(figures, "LIVE_ROWS", 3 * figures.ESTIMATED)
    team = make_team()
    for version in "12":
        for at in range(2):
            make_settled(team, "cat", u=at / 20, model_version=version)
    live = figures.of_project(team.project, now(), 30).as_of
    make_settled(team, "cat", model_version="3")
    make_settled(team, "cat", model_version="3")

    assert live is None
    asked_for(team)
