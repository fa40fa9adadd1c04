"""The whole way of a prediction through the REST API, as endpoints and reviewers call it."""

from __future__ import annotations

import json

import pytest

from labeling.models import Annotation, Gold, Task
from projects.models import Event
from reviewer.models import DeadLetter, Prediction, QueueItem
from tests.journeys.callers import open_shop, row

pytestmark = pytest.mark.django_db


def test_a_prediction_is_answered_at_once_with_its_decision_and_the_reason() -> None:
    shop = open_shop()

    answer = shop.send(row(inference_id="photo-a"))

    assert answer.status_code == 201
    assert answer.json() == {
        "inference_id": "photo-a",
        "decision": "review",
        "reason": "“everything”",
        "inclusion_probability": 1.0,
        "policy_version": 1,
        "task": Task.objects.get().pk,
        "duplicate": False,
    }


def test_one_reviewer_settles_a_prediction_and_the_endpoint_reads_the_answer() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))
    waiting = shop.state("photo-a")

    receipt = shop.reviewer().answer_next("dog")

    settled = shop.state("photo-a")
    assert (waiting["state"], waiting["answer"]) == ("open", None)
    assert (receipt["ok"], receipt["status"]) == (True, "counted")
    assert (settled["state"], settled["answer"]) == ("settled", {"label": "dog"})
    assert Gold.objects.get().source == Gold.Source.SINGLE


def test_two_reviewers_who_agree_settle_it() -> None:
    shop = open_shop(overlap=2)
    shop.send(row(inference_id="photo-a"))
    shop.reviewer().answer_next("cat")
    between = shop.state("photo-a")

    shop.reviewer().answer_next("cat")

    assert between["state"] == "open"
    assert shop.state("photo-a")["answer"] == {"label": "cat"}
    assert Gold.objects.get().source == Gold.Source.CONSENSUS


def test_a_third_reviewer_is_asked_when_two_disagree() -> None:
    shop = open_shop(overlap=2, max_overlap=3)
    shop.send(row(inference_id="photo-a"))
    shop.reviewer().answer_next("cat")
    shop.reviewer().answer_next("dog")
    disputed = shop.state("photo-a")

    shop.reviewer().answer_next("dog")

    assert disputed["answer"] is None
    assert shop.state("photo-a")["answer"] == {"label": "dog"}
    assert Annotation.objects.filter(counted=True).count() == 3


def test_an_adjudicator_settles_what_reviewers_cannot_agree_on() -> None:
    shop = open_shop(overlap=2, max_overlap=2)
    shop.send(row(inference_id="photo-a"))
    shop.reviewer().answer_next("cat")
    shop.reviewer().answer_next("dog")
    disputed = shop.state("photo-a")
    adjudicator = shop.adjudicator()
    (assignment,) = adjudicator.claim()

    adjudicator.submit(assignment, {"label": "dog"})

    said = [each["answer"]["label"] for each in assignment["task"]["opinions"]]
    assert disputed["state"] == "disputed"
    assert sorted(said) == ["cat", "dog"]
    assert shop.state("photo-a")["answer"] == {"label": "dog"}
    assert Gold.objects.get().source == Gold.Source.EXPERT


def test_nobody_is_given_a_task_twice_and_no_task_two_answers_of_one_person() -> None:
    shop = open_shop(overlap=2)
    shop.send(row())
    reviewer = shop.reviewer()
    reviewer.answer_next("cat")

    again = reviewer.claim(count=5)

    assert again == []


def test_two_reviewers_at_once_are_given_different_tasks() -> None:
    shop = open_shop(overlap=1)
    shop.send({"predictions": [row() for _ in range(6)]})

    first, second = shop.reviewer().claim(count=3), shop.reviewer().claim(count=3)

    ids = [each["id"] for each in [*first, *second]]
    assert len(first) == 3
    assert second
    assert len(set(ids)) == len(ids)


def test_an_answer_sent_again_is_kept_once() -> None:
    shop = open_shop(overlap=2)
    shop.send(row())
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()
    item = reviewer.item(assignment, {"label": "cat"})

    (first,) = reviewer.hand_in([item])
    (second,) = reviewer.hand_in([item])

    assert (first["status"], second["status"]) == ("counted", "duplicate")
    assert Annotation.objects.count() == 1
    assert QueueItem.objects.get().done == 1


def test_ones_own_answer_can_be_undone_and_corrected() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()
    reviewer.submit(assignment, {"label": "cat"})
    undone = reviewer.post(
        f"assignments/{assignment['id']}/undo", {"token": assignment["token"]}
    ).json()

    receipt = reviewer.submit(assignment, {"label": "dog"})

    assert undone["answer"] == {"label": "cat"}
    assert receipt["status"] == "correction"
    assert shop.state("photo-a")["answer"] == {"label": "dog"}
    assert Gold.objects.count() == 2


def test_what_cannot_be_answered_is_an_answer() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()

    reviewer.submit(assignment, {"unanswerable": "the photo is black"})

    assert Gold.objects.get().unanswerable
    assert shop.state("photo-a")["answer"] == {"label": {"unanswerable": True}}


def test_a_task_two_people_skipped_goes_aside_with_their_reason() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    for reviewer in (shop.reviewer(), shop.reviewer()):
        (assignment,) = reviewer.claim()
        body = {"token": assignment["token"], "reason": "too dark"}
        assert reviewer.post(f"assignments/{assignment['id']}/skip", body).json()

    item = QueueItem.objects.get()

    assert (item.state, item.note) == (QueueItem.State.FLAGGED, "too dark")
    assert shop.reviewer().claim() == []


def test_a_task_given_back_is_there_for_the_next() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()

    reviewer.post(
        f"assignments/{assignment['id']}/release", {"token": assignment["token"]}
    )

    (next_one,) = shop.reviewer().claim()
    assert next_one["id"] == assignment["id"]
    assert next_one["token"] > assignment["token"]


def test_a_prediction_sent_again_gets_the_first_answer() -> None:
    shop = open_shop()
    sent = row()
    first = shop.send(sent)

    second = shop.send(sent)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "duplicate": True}
    assert Prediction.objects.count() == 1
    assert QueueItem.objects.count() == 1


def test_a_batch_may_come_as_an_object_or_as_lines() -> None:
    shop = open_shop()
    rows = [row() for _ in range(3)]
    lines = "\n".join(json.dumps(each) for each in rows)

    first = shop.send({"predictions": rows}).json()
    second = shop.send(lines, content_type="application/x-ndjson").json()

    assert (first["received"], first["routed"], first["duplicates"]) == (3, 3, 0)
    assert (second["received"], second["routed"], second["duplicates"]) == (3, 0, 3)


def test_a_dry_run_says_what_would_be_decided_and_keeps_nothing() -> None:
    shop = open_shop()
    rows = [row(), row(output={"label": "cow"})]

    answer = shop.endpoint.post(
        f"{shop.predictions}?dry_run=1", {"predictions": rows}
    ).json()

    assert [each.get("decision") for each in answer["results"]] == ["review", None]
    assert not Prediction.objects.exists()
    assert not Task.objects.exists()
    assert not DeadLetter.objects.exists()


def test_what_was_settled_is_told_to_whoever_follows_once() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())

    shop.reviewer().answer_next("cat")

    assert Event.objects.filter(name="task.settled").count() == 1


def test_a_program_finds_the_queues_it_may_work_in() -> None:
    shop = open_shop(overlap=2, max_overlap=2)
    shop.send(row())
    first, second = shop.reviewer(), shop.reviewer()
    first.answer_next("cat")
    second.answer_next("dog")
    url = f"projects/{shop.project.slug}/queues"

    for_reviewer = first.get(url).json()["queues"]
    for_adjudicator = shop.adjudicator().get(url).json()["queues"]

    assert [(each["id"], each["waiting"]) for each in for_reviewer] == [
        (shop.queue.pk, 0)
    ]
    assert [(each["purpose"], each["waiting"]) for each in for_adjudicator] == [
        ("review", 0),
        ("adjudication", 1),
    ]
