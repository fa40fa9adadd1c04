"""The makers make what they say, within the promises of the database."""

from __future__ import annotations

import pytest

from tests import makers

pytestmark = pytest.mark.django_db


def test_a_whole_review_can_be_made_from_nothing() -> None:
    task = makers.make_task(label="cat")

    item = makers.make_queue_item(task=task)
    prediction = makers.make_prediction(task=task, verdict="review")
    annotation = makers.make_annotation(task, label="dog")
    gold = makers.make_gold(task, "dog")

    projects = {
        item.queue.project,
        prediction.project,
        annotation.task.project,
        gold.project,
    }
    assert projects == {task.project}
    assert prediction.payload == task.payload


def test_a_second_policy_takes_over_from_the_first() -> None:
    project = makers.make_project()
    first = makers.make_policy(project)

    second = makers.make_policy(project, audit=0.5)

    first.refresh_from_db()
    assert (first.active, second.active) == (False, True)
    assert second.version == 2


def test_an_accepted_prediction_was_not_drawn() -> None:
    prediction = makers.make_prediction(verdict="accepted")

    assert prediction.u >= prediction.pi
