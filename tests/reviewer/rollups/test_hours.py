"""What was queued, ended and answered, by the hour: the same as a recount, from full hours."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from labeling.models import Annotation
from reviewer import scorecards, workload
from reviewer.models import Assignment, QueueItem
from reviewer.rollups import answers, hours, queued
from reviewer.rollups.hours import EVER
from tests import makers
from tests.reviewer.pages.makers import Team, make_team
from tests.reviewer.rollups.counting import count_all, counted, recounted, told

pytestmark = pytest.mark.django_db(transaction=True)


def work(team: Team, dice: random.Random) -> None:
    """Somebody ends an assignment, perhaps by an answer, perhaps corrects it."""
    item = makers.make_queue_item(team.queue)
    person = dice.choice((team.reviewer, team.adjudicator))
    at = timezone.now() - timedelta(hours=dice.randrange(4))
    QueueItem.objects.filter(pk=item.pk).update(created_at=at)
    outcome = dice.choice(Assignment.Outcome.values)
    item.assignments.create(
        reviewer=person, token=1, outcome=outcome, started_at=at, ended_at=at
    )
    if outcome == Assignment.Outcome.SUBMITTED:
        first = makers.make_annotation(item.task, person, seconds=3.0)
        if dice.random() < 0.3:
            makers.make_annotation(item.task, person, seconds=9.0, supersedes=first)


def test_work_adds_up_to_a_recount() -> None:
    team, dice = make_team(), random.Random(7)  # noqa: S311
    for _ in range(4):
        for _ in range(12):
            work(team, dice)
        assert told() == recounted()
        count_all()
        assert told() == recounted()

    assert counted("answers") == Annotation.objects.latest("pk").pk
    total = answers.of_project(team.project.pk, EVER)
    assert total == Annotation.objects.count()


def test_a_window_begins_at_a_full_hour() -> None:
    at = datetime(2026, 11, 25, 14, 37, 12, tzinfo=UTC)

    assert hours.begin(at, 24) == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert hours.begin(at, None) == EVER


def test_an_hour_before_the_window_is_left_out_counted_or_not() -> None:
    team = make_team()
    for age in (1, 2, 30):
        item = makers.make_queue_item(team.queue)
        at = timezone.now() - timedelta(hours=age)
        QueueItem.objects.filter(pk=item.pk).update(created_at=at)
    begin = hours.begin(timezone.now(), 24)

    before = queued.arrived([team.queue.pk], begin)
    count_all()

    assert before == queued.arrived([team.queue.pk], begin) == {team.queue.pk: 2}


def test_today_and_the_pace_of_a_queue_are_told_once_counted() -> None:
    team = make_team()
    at = timezone.now()
    for _ in range(6):
        item = makers.make_queue_item(team.queue)
        makers.make_annotation(item.task, team.reviewer, seconds=2.0)
        item.assignments.create(
            reviewer=team.reviewer,
            token=1,
            outcome=Assignment.Outcome.SUBMITTED,
            started_at=at,
            ended_at=at,
        )

    def seen() -> tuple[scorecards.Today, int, float, float]:
        (state,) = workload.of_queues([team.queue], at)
        paces = state.arrived_per_hour, state.done_per_hour
        return scorecards.today(team.reviewer, at), state.waiting, *paces

    before = seen()
    count_all()

    assert before == seen()
    assert before[:2] == (scorecards.Today(6, 2.0), 6)
    assert before[2] == before[3] == pytest.approx(6 / 24, rel=0.05)
