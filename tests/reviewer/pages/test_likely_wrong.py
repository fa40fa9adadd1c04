"""Likely wrong labels come first, lead to an expert, and never touch what estimates rest on."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Gold, Task
from reviewer import leasing, likely_wrong, quality, submission
from reviewer.models import QueueItem
from reviewer.submission import Submission
from tests import makers
from tests.reviewer.pages.makers import Team, make_settled

pytestmark = pytest.mark.django_db


def make_label(team: Team, truth: str, said: str, sure: float, **fields: Any) -> Task:
    """Settled by people who saw that the model said something, and how sure it was."""
    return make_settled(team, truth, said, blind=False, confidence=sure, **fields)


def tasks(team: Team) -> list[int]:
    return [each.task for each in likely_wrong.of_project(team.project)]


def test_the_label_that_the_model_believes_in_least_comes_first(team: Team) -> None:
    unsure = make_label(team, "dog", "cat", 0.6)
    sure = make_label(team, "dog", "cat", 0.99)
    make_label(team, "cat", "cat", 0.7)

    found = likely_wrong.of_project(team.project)

    assert [each.task for each in found] == [sure.pk, unsure.pk]
    assert (found[0].label, found[0].said) == ("dog", "cat")
    assert found[0].support == pytest.approx(0.01)


def test_probabilities_say_more_than_what_was_left_over(team: Team) -> None:
    task = make_label(team, "dog", "cat", 0.6)
    told = {"value": "cat", "confidence": 0.6, "probabilities": {"dog": 0.05}}
    Task.objects.filter(pk=task.pk).update(pre_label={"label": told})

    (found,) = likely_wrong.of_project(team.project)

    assert found.support == pytest.approx(0.05)


def test_what_estimates_rest_on_is_left_out_and_cannot_be_sent(team: Team) -> None:
    task = make_settled(team, "dog", "cat", confidence=0.99)

    assert tasks(team) == []
    client = team.as_("lead")
    answer = client.post(team.url(f"quality/labels/{task.pk}/expert/"), follow=True)

    assert "Estimates rest on it" in answer.content.decode()
    assert QueueItem.objects.filter(task=task).count() == 1


def test_what_an_expert_or_an_outcome_settled_is_left_out(team: Team) -> None:
    make_label(team, "dog", "cat", 0.99, source=Gold.Source.EXPERT)
    make_label(team, "dog", "cat", 0.99, source=Gold.Source.OUTCOME)

    assert tasks(team) == []


def test_an_expert_gets_it_and_their_answer_replaces_the_label(team: Team) -> None:
    task = make_label(team, "dog", "cat", 0.99)
    before = quality.of_versions(team.project, timezone.now())

    team.as_("lead").post(team.url(f"quality/labels/{task.pk}/expert/"))

    (shown,) = likely_wrong.of_project(team.project)
    assert shown.asked
    item = QueueItem.objects.get(task=task, queue__purpose="adjudication")
    (held,) = leasing.take(item.queue, team.adjudicator, 1, at=timezone.now())
    given = Submission(
        item_id=held.pk,
        token=held.token,
        client_id=makers.new_uuid(),
        answer={"label": "cat"},
        seconds=4.0,
        note="It purrs.",
    )
    submission.submit(item.queue, team.adjudicator, given, timezone.now())
    gold = Gold.objects.current().get(task=task)
    assert (gold.value, gold.source) == ("cat", "expert")
    assert tasks(team) == []
    # no estimate has moved
    assert quality.of_versions(team.project, timezone.now()) == before


def test_it_is_sent_once(team: Team) -> None:
    task = make_label(team, "dog", "cat", 0.99)
    client = team.as_("lead")
    url = team.url(f"quality/labels/{task.pk}/expert/")

    client.post(url)
    again = client.post(url, follow=True).content.decode()

    assert "An expert has it, or has answered it" in again
    assert QueueItem.objects.filter(task=task).count() == 2


def test_the_page_and_its_csv_say_the_same(team: Team) -> None:
    task = make_label(team, "dog", "cat", 0.99)
    client = team.as_("adjudicator")

    page = client.get(team.url("quality/labels/")).content.decode()
    answer = client.get(team.url("quality/labels/?format=csv"))

    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert row["task"] == str(task.pk)
    assert float(row["support"]) == pytest.approx(0.01)
    assert f"/tasks/{task.pk}/" in page
    assert "1.0\u202f%" in page


def test_many_labels_take_no_more_queries_than_one(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_label(team, "dog", "cat", 0.99)
    client = team.as_("lead")
    client.get(team.url("quality/labels/"))
    with django_assert_max_num_queries(12) as before:
        client.get(team.url("quality/labels/"))
    for _ in range(8):
        make_label(team, "dog", "cat", 0.9)

    with django_assert_max_num_queries(len(before)):
        client.get(team.url("quality/labels/"))
