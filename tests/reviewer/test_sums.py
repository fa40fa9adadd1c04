"""What the database adds up is what adding up row by row gives, on random data."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from labeling.models import Gold, Task
from reviewer import evidence, quality, tallies
from reviewer.models import Queue, QueueItem
from reviewer.rollups.hours import EVER
from tests import makers
from tests.reviewer import recount
from tests.reviewer.pages.makers import Team, make_team

pytestmark = pytest.mark.django_db
# What is withdrawn has no value: tests/reviewer/test_withdrawing.py.
SOURCES = [each for each in Gold.Source if each != Gold.Source.WITHDRAWN]
LABELS = ("cat", "dog", "cow")


def drawn(dice: random.Random, team: Team, queue: Queue) -> Task:
    """A prediction that people look at, in any state it can be in."""
    pi = dice.choice((1.0, 1.0, 0.5, 0.125))
    verdict = "review" if pi == 1 else "audit"
    u, blind = dice.random() * pi, dice.random() < 0.85
    said, priority = dice.choice(LABELS), dice.choice((0, 0, 2))
    task = makers.make_task(team.project, label=said, blind=blind)
    makers.make_prediction(
        team.endpoint,
        label=said,
        verdict=verdict,
        pi=pi,
        u=u,
        b=dice.choice((1.0, 0.25)),
        task=task,
        repeats=dice.random() < 0.1,
        model_version=(version := dice.choice("12")),
        # version 2 does not always say how sure it is
        confidence=dice.choice((0.6, 0.9, 0.99) + (None,) * (version == "2")),
    )
    due = dice.choice((None, timedelta(hours=1), timedelta(hours=-1)))
    makers.make_queue_item(
        queue,
        task,
        place=u / pi - priority,
        priority=priority,
        audit=pi < 1,
        state=dice.choice((0, 0, 2, 2, 2, 2, 2, 2, 2, 3, 4)),
        check_task=dice.random() < 0.05,
        due_at=timezone.now() + due if due else None,
    )
    return task


def settled(dice: random.Random, task: Task) -> None:
    """Perhaps gold, perhaps another one after it."""
    if dice.random() < 0.15:
        task.state = dice.choice(("open", "disputed", "withdrawn"))
        task.save()
        return
    first = one_gold(dice, task)
    if dice.random() < 0.2:
        one_gold(dice, task, supersedes=first)


def one_gold(dice: random.Random, task: Task, **fields: Any) -> Gold:
    if dice.random() < 0.1:
        fields |= {"unanswerable": True, "value": None}
    return makers.make_gold(
        task,
        dice.choice(LABELS),
        source=dice.choice(SOURCES),
        blind=dice.random() < 0.8,
        uses_model=dice.random() < 0.1,
        **fields,
    )


def answered(dice: random.Random, team: Team, task: Task) -> None:
    """By nobody to everybody, some twice, some as experts."""
    check, expert = dice.random() < 0.15, dice.random() < 0.15
    people = (team.reviewer, team.adjudicator, team.lead)
    for person in people[: dice.randrange(4)]:
        how: dict[str, Any] = {
            "seconds": dice.choice((None, 1.5, 4.0, dice.random() * 60)),
            "check_task": check,
            "expert": expert and person == team.adjudicator,
        }
        if dice.random() < 0.1:
            how["answer"] = {"unanswerable": "cut off"}
        first = makers.make_annotation(task, person, dice.choice(LABELS), **how)
        if dice.random() < 0.2:
            makers.make_annotation(
                task, person, dice.choice(LABELS), **how, supersedes=first
            )


def a_world(seed: int) -> tuple[Team, list[Queue]]:
    dice = random.Random(seed)  # noqa: S311
    team = make_team()
    makers.make_schema(team.project, labels=LABELS)
    doubt = makers.make_queue(team.project, order=Queue.Order.MARGIN)
    disputes = makers.make_queue(team.project, purpose="adjudication")
    for _ in range(70):
        queue = doubt if dice.random() < 0.15 else team.queue
        task = drawn(dice, team, queue)
        if queue == doubt:
            QueueItem.objects.filter(task=task).update(place=dice.random())
        settled(dice, task)
        answered(dice, team, task)
        if dice.random() < 0.1:
            makers.make_queue_item(disputes, task, state=QueueItem.State.DONE)
    return team, [team.queue, doubt]


def alike(found: Any, wanted: Any) -> None:
    """The same to the last digit that sums in another order leave alone."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            alike(found[key], wanted[key])
    elif isinstance(wanted, list | tuple):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            alike(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    else:
        assert found == wanted


@pytest.mark.parametrize("seed", range(4))
def test_estimates_are_those_of_adding_up_row_by_row(seed: int) -> None:
    team, _ = a_world(seed)
    at = timezone.now()

    found = quality.of_versions(team.project, at, None)

    wanted = recount.versions(team.project, at, Q())
    assert sum(each.estimate.n for each in wanted) > 0
    alike([asdict(each) for each in found], [asdict(each) for each in wanted])


@pytest.mark.parametrize("seed", range(10, 14))
def test_tallies_are_those_of_adding_up_row_by_row(seed: int) -> None:
    team, queues = a_world(seed)

    of_project = tallies.of_project(team.project, EVER)
    of_person = tallies.of_person(
        team.reviewer, [team.project.pk], [each.pk for each in queues], EVER
    )

    alike(_plain(of_project), _plain(recount.of_project(team.project)))
    alike(_plain(of_person), _plain(recount.of_person(team.reviewer, queues)))
    assert of_project[team.reviewer.pk].compared
    assert of_person


def _plain(found: dict[int, tallies.Tally]) -> dict[int, dict[str, Any]]:
    return {key: asdict(tally) for key, tally in found.items()}


def test_groups_stand_for_all_their_items() -> None:
    team, _ = a_world(20)

    found = evidence.of_versions(team.project, EVER, timezone.now())

    groups = [each for seen in found.values() for each in seen.judged]
    assert sum(each.n for each in groups) >= len(groups)
    assert all(0 < each.inclusion <= 1 for each in groups)
