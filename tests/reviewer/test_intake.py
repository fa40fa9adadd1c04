"""Intake: kept once, routed the same way each time, whoever sends at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from labeling.models import Payload, Task
from projects.models import Project
from projects.refused import Refused
from reviewer import intake
from reviewer.intake import Outcome, Taken
from reviewer.models import DeadLetter, Prediction, QueueItem, Score
from tests.makers import make_endpoint, make_policy, make_project, make_queue

pytestmark = pytest.mark.django_db


def a_project(**rules: Any) -> Project:
    project = make_project()
    make_endpoint(project, "eyes")
    make_policy(project, **rules)
    make_queue(project)
    return project


def row(inference_id: str = "a1", **fields: Any) -> dict[str, Any]:
    return {
        "inference_id": inference_id,
        "endpoint": "eyes",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"something about {inference_id}"},
        "output": {"label": "cat", "confidence": 0.9},
        **fields,
    }


def accept(project: Project, *rows: Any, dry_run: bool = False) -> list[Outcome]:
    return intake.accept(intake.open_desk(project), rows, dry_run=dry_run)


def taken(outcome: Outcome) -> Taken:
    assert isinstance(outcome, Taken), outcome
    return outcome


def refused(outcome: Outcome) -> Refused:
    assert isinstance(outcome, Refused)
    return outcome


def test_sending_the_same_prediction_twice_makes_one_task() -> None:
    project = a_project()

    first, again = accept(project, row()), accept(project, row())

    assert not taken(first[0]).duplicate
    assert taken(again[0]).duplicate
    assert Task.objects.count() == 1


def test_the_same_key_with_other_content_is_refused() -> None:
    project = a_project()
    accept(project, row())

    (outcome,) = accept(project, row(output={"label": "dog", "confidence": 0.9}))

    assert refused(outcome).code == "sent_before"
    assert Prediction.objects.get().label == "cat"


def test_a_key_twice_in_one_batch_is_a_duplicate() -> None:
    project = a_project()

    first, second = accept(project, row(), row())

    assert [taken(first).duplicate, taken(second).duplicate] == [False, True]


def test_a_key_twice_in_one_batch_with_other_content_is_refused() -> None:
    project = a_project()

    first, second = accept(project, row(), row(group="other"))

    assert not taken(first).duplicate
    assert refused(second).code == "sent_before"


def test_good_rows_of_a_batch_are_kept_and_bad_ones_told() -> None:
    project = a_project()

    outcomes = accept(project, row("a"), row("b", output={"label": "horse"}), row("c"))

    assert refused(outcomes[1]).errors[0]["field"] == "output.label"
    assert Prediction.objects.count() == 2
    assert DeadLetter.objects.get().inference_id == "b"


def test_what_is_not_drawn_makes_no_task() -> None:
    project = a_project(audit=0.005)

    accept(project, *(row(f"id{number}") for number in range(40)))

    drawn = Prediction.objects.exclude(verdict="accepted").count()
    assert drawn < 5
    assert Task.objects.count() == QueueItem.objects.count() == drawn


def test_a_decision_is_stored_as_it_was_made() -> None:
    project = a_project(
        audit=0.02, rules=[{"name": "Unsure", "when": {"confidence_below": 0.95}}]
    )

    (outcome,) = accept(project, row())

    told, kept = taken(outcome), Prediction.objects.get()
    assert (told.pi, told.verdict, told.reason) == (kept.pi, kept.verdict, kept.reason)
    assert (kept.pi, kept.verdict, kept.rule) == (1.0, "review", "Unsure")
    assert kept.reason == "“Unsure”: confidence 0.90 is below 0.95"
    assert 0 <= kept.u < kept.pi


def test_a_dry_run_decides_and_keeps_nothing() -> None:
    project = a_project()

    (outcome,) = accept(project, row(), dry_run=True)

    assert taken(outcome).verdict == "review"
    assert not Prediction.objects.exists()
    assert not Payload.objects.exists()


def test_a_dry_run_decides_as_the_real_run_does() -> None:
    project = a_project(audit=0.5)
    rows = [row(f"id{number}") for number in range(30)]

    tried = accept(project, *rows, dry_run=True)
    done = accept(project, *rows)

    assert [taken(o).verdict for o in tried] == [taken(o).verdict for o in done]


def test_the_same_input_under_a_new_id_is_flagged() -> None:
    project = a_project()
    accept(project, row("a", input={"text": "the same"}))

    accept(project, row("b", input={"text": "the same"}))

    assert Payload.objects.count() == 1
    flags = Prediction.objects.order_by("pk").values_list("repeats", flat=True)
    assert list(flags) == [False, True]


def test_scores_of_other_versions_are_kept_with_it() -> None:
    project = a_project()
    score = {"model": {"name": "model", "version": "2"}, "output": {"label": "dog"}}

    accept(project, row(scores=[score]))

    assert Score.objects.get().label == "dog"


def test_probabilities_are_kept_in_the_order_of_the_labels() -> None:
    project = a_project()
    output = {"label": "dog", "probabilities": {"dog": 0.75, "cat": 0.25}}

    accept(project, row(output=output))

    assert Prediction.objects.get().probabilities == [0.25, 0.75]


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_sent_by_many_at_once_is_kept_once() -> None:
    project = a_project()
    rows = [row(f"id{number}") for number in range(20)]
    told: list[Outcome] = []

    def send(order: int) -> None:
        told.extend(accept(project, *rows[:: 1 if order % 2 else -1]))
        connection.close()

    threads = [threading.Thread(target=send, args=(order,)) for order in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(told) == 80
    assert sum(not taken(outcome).duplicate for outcome in told) == 20
    assert Prediction.objects.count() == Task.objects.count() == 20
