"""What does not fit is refused in words that say what and where; the rest is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labeling.models import Annotation, Gold, Payload, Task
from projects.models import Role
from reviewer.models import DeadLetter, Prediction, Queue, QueueItem
from tests.journeys.callers import PROBLEM, Caller, Reviewer, open_shop, row
from tests.makers import make_member, make_project, make_queue, make_token

pytestmark = pytest.mark.django_db
MB = 2**20


def output(**changes: Any) -> dict[str, Any]:
    return {"output": {"label": "cat", "confidence": 0.6, **changes}}


def refusal(response: Any, status: int) -> dict[str, Any]:
    """The problem that was answered, complete as RFC 9457 wants it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    told = dict(response.json())
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["type"].startswith("urn:overread:")
    return told


def nothing_was_kept() -> bool:
    kept = (Prediction, Payload, Task, QueueItem)
    return not any(model.objects.exists() for model in kept)


UNFIT = [
    (output(label="cow"), "output.label", "not a label"),
    (output(label=None), "output.label", "is missing"),
    (output(label=["cat"]), "output.label", "id of a label"),
    (output(confidence=1.2), "output.confidence", "from 0 to 1"),
    (output(confidence=-0.1), "output.confidence", "from 0 to 1"),
    (output(confidence="high"), "output.confidence", "number from 0 to 1"),
    (output(confidence=True), "output.confidence", "number from 0 to 1"),
    (output(probabilities={"cat": 1.6, "dog": -0.6}), "output.probabilities.cat", "1"),
    (output(probabilities={"cat": 0.6, "dog": 0.2}), "output.probabilities", "sum to"),
    (
        output(probabilities={"cat": 0.9, "dog": 0.1}),
        "output.confidence",
        "is 0.6, but",
    ),
    (output(probabilities={"cow": 1.0}), "output.probabilities.cow", "not a label"),
    (output(probabilities=[0.6, 0.4]), "output.probabilities", "must be an object"),
    (output(sure=True), "output.sure", "not known"),
    ({"output": "cat"}, "output", "Expected `object`"),
    ({"output": {}}, "output", "must be an object"),
    ({"output": None}, "row", "missing required field `output`"),
    ({"input": {"text": 7}}, "input.text", "must be text"),
    ({"input": {"picture": "x"}}, "input.text", "is missing"),
    ({"input": "text"}, "input", "Expected `object`"),
    ({"input": {"text": "a\0b"}}, "input.text", "U+0000"),
    ({"metadata": {"a\0": 1}}, "metadata", "U+0000"),
    ({"metadata": {"deep": [{"x": "\0"}]}}, "metadata.deep[0].x", "U+0000"),
    ({"group": "g\0"}, "group", "U+0000"),
    ({"inference_id": ""}, "inference_id", "1 to 64"),
    ({"inference_id": "a/b"}, "inference_id", "1 to 64"),
    ({"inference_id": "x" * 65}, "inference_id", "1 to 64"),
    ({"inference_id": 17}, "inference_id", "Expected `str`"),
    ({"model": {"name": "pets"}}, "model", "missing required field `version`"),
    ({"model": {"name": "pets", "version": " "}}, "model.version", "characters"),
    ({"model": "pets"}, "model", "Expected `object`"),
    ({"endpoint": 5}, "endpoint", "Expected `str`"),
    ({"occurred_at": "yesterday"}, "occurred_at", "datetime"),
    ({"occurred_at": "2026-01-31T12:00:00"}, "occurred_at", "time zone"),
    ({"colour": "red"}, "row", "unknown field `colour`"),
]


@pytest.mark.parametrize(("changes", "field", "words"), UNFIT)
def test_a_row_that_does_not_fit_is_refused_with_field_and_reason(
    changes: dict[str, Any], field: str, words: str
) -> None:
    shop = open_shop()

    told = refusal(shop.send(row(**changes)), 422)

    problems = {each["field"]: each["problem"] for each in told["errors"]}
    assert words in problems[field]
    assert nothing_was_kept()
    assert DeadLetter.objects.get().detail == told["detail"]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(word: str) -> None:
    shop = open_shop()
    text = json.dumps(row(**output(confidence=0.123))).replace("0.123", word)

    told = shop.send(text)

    assert told.status_code in (400, 422)
    assert refusal(told, told.status_code)["detail"]
    assert nothing_was_kept()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"input": {"text": "half \\ud800"}}',
        b'{"predictions": {}}',
        b'{"predictions": [], "more": 1}',
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(body: bytes) -> None:
    shop = open_shop()

    told = refusal(shop.send(body), 400)

    assert told["code"] == "malformed"
    assert nothing_was_kept()


def test_an_unknown_endpoint_is_refused_with_those_there_are() -> None:
    shop = open_shop()

    told = refusal(shop.send(row(endpoint="plants")), 422)

    assert told["code"] == "unknown_endpoint"
    assert told["errors"][0]["field"] == "endpoint"
    assert "pets" in told["errors"][0]["problem"]
    assert nothing_was_kept()


@pytest.mark.parametrize("slug", ["nowhere", "with-nobody-i-know"])
def test_an_unknown_project_and_a_foreign_one_look_the_same(slug: str) -> None:
    shop = open_shop()
    make_project("with-nobody-i-know")

    told = refusal(shop.endpoint.post(f"projects/{slug}/predictions", row()), 404)

    assert told["detail"] == (
        "There is no such project, or you are not a member of it."
    )


def test_a_body_of_9_mb_is_refused_before_it_is_looked_at() -> None:
    shop = open_shop()
    rows = [row(input={"text": "x" * MB}) for _ in range(9)]

    told = refusal(shop.send({"predictions": rows}), 413)

    assert "8 MB" in told["detail"]
    assert nothing_was_kept()


def test_a_body_of_9_mb_is_refused_wherever_json_is_read() -> None:
    shop = open_shop()
    reviewer = shop.reviewer()
    body = {"items": ["x" * MB for _ in range(9)]}

    answer = reviewer.post(f"queues/{shop.queue.pk}/submissions", body)

    assert "8 MB" in refusal(answer, 413)["detail"]


def test_5001_rows_are_too_many() -> None:
    shop = open_shop()

    told = refusal(shop.send({"predictions": [row()] * 5_001}), 413)

    assert "5,000 rows" in told["detail"]
    assert nothing_was_kept()


def test_one_broken_line_of_many_is_named_and_the_others_are_kept() -> None:
    shop = open_shop()
    lines = [json.dumps(row()) for _ in range(40)]
    lines[16] = lines[16][:-9]

    answer = shop.send("\n".join(lines), content_type="application/x-ndjson")

    told = answer.json()
    (bad,) = [each for each in told["results"] if "code" in each]
    assert answer.status_code == 200
    assert (told["received"], told["routed"], told["refused"]) == (40, 39, 1)
    assert (bad["index"], bad["status"], bad["code"]) == (16, 400, "malformed")
    assert "Line 17" in bad["detail"]
    assert Prediction.objects.count() == QueueItem.objects.count() == 39


def test_the_good_rows_of_a_batch_are_kept_and_the_bad_ones_named() -> None:
    shop = open_shop()
    bad = [row(**changes) for changes, _, _ in UNFIT]
    rows = [
        each for pair in zip(bad, [row() for _ in bad], strict=True) for each in pair
    ]

    told = shop.send({"predictions": rows}).json()

    refused = [each for each in told["results"] if "code" in each]
    assert (told["routed"], told["refused"]) == (len(bad), len(bad))
    assert [each["index"] for each in refused] == list(range(0, 2 * len(bad), 2))
    assert all(each["detail"] and each["errors"] for each in refused)
    assert Prediction.objects.count() == len(bad)
    assert DeadLetter.objects.count() == len(bad)


def test_rows_that_are_no_objects_are_named_too() -> None:
    shop = open_shop()

    told = shop.send({"predictions": [row(), None, 7, "x", [], row()]}).json()

    assert [each["index"] for each in told["results"] if "code" in each] == [1, 2, 3, 4]
    assert told["routed"] == 2


def test_the_same_key_with_other_content_is_a_conflict_and_changes_nothing() -> None:
    shop = open_shop()
    sent = row()
    shop.send(sent)

    told = refusal(shop.send({**sent, **output(label="dog")}), 409)

    assert told["code"] == "sent_before"
    assert sent["inference_id"] in told["detail"]
    assert Prediction.objects.get().label == "cat"


def test_the_same_key_twice_in_one_batch_with_other_content_is_told_apart() -> None:
    shop = open_shop()
    sent = row()

    told = shop.send({"predictions": [sent, {**sent, **output(label="dog")}]}).json()

    first, second = told["results"]
    assert first["decision"] == "review"
    assert (second["status"], second["code"]) == (409, "sent_before")
    assert Prediction.objects.get().label == "cat"


def test_a_dry_run_says_no_like_the_real_thing() -> None:
    shop = open_shop()
    url = f"{shop.predictions}?dry_run=1"

    told = refusal(shop.endpoint.post(url, row(**output(label="cow"))), 422)

    assert told["errors"][0]["field"] == "output.label"
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize("secret", ["", "wrong", "ovr_" + "x" * 43, "mit Ümlaut"])
def test_a_token_nobody_made_is_refused(secret: str) -> None:
    shop = open_shop()

    told = refusal(Caller(secret).post(shop.predictions, row()), 401)

    assert told["code"] in ("bad_token", "not_signed_in")
    assert nothing_was_kept()


def test_no_token_at_all_is_refused() -> None:
    shop = open_shop()
    url = f"/api/v1/{shop.predictions}"

    told = refusal(Client().post(url, row(), content_type="application/json"), 401)

    assert told["code"] == "not_signed_in"


def test_an_expired_token_is_refused_and_says_so() -> None:
    shop = open_shop()
    yesterday = timezone.now() - timedelta(days=1)
    expired = Caller(make_token(shop.project, Role.ENDPOINT, expires_at=yesterday))

    told = refusal(expired.post(shop.predictions, row()), 401)

    assert "expired" in told["detail"]
    assert nothing_was_kept()


def test_a_token_of_another_project_finds_nothing() -> None:
    shop, elsewhere = open_shop(), open_shop()

    told = refusal(elsewhere.endpoint.post(shop.predictions, row()), 404)

    assert told["code"] == "not_found"
    assert nothing_was_kept()


def test_a_reviewer_may_not_post_predictions() -> None:
    shop = open_shop()

    told = refusal(shop.reviewer().post(shop.predictions, row()), 403)

    assert "may not send predictions" in told["detail"]
    assert nothing_was_kept()


def test_a_queue_of_another_project_is_not_there() -> None:
    shop, elsewhere = open_shop(), open_shop()
    shop.send(row())

    answer = elsewhere.reviewer().post(f"queues/{shop.queue.pk}/claim", {"count": 1})

    assert refusal(answer, 404)["code"] == "not_found"


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"label": "cow"}, "label"),
        ({"label": ["cat"]}, "label"),
        ({"label": None}, "label"),
        ({}, "label"),
        ({"label": "cat", "mood": "good"}, "mood"),
        ("cat", ""),
        (None, ""),
        ({"unanswerable": ""}, "label.unanswerable"),
        ({"unanswerable": "dark\0"}, "label.unanswerable"),
        ({"unanswerable": True}, "label.unanswerable"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_task_stays(
    answer: Any, field: str
) -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()

    told = reviewer.submit(assignment, answer)

    assert (told["ok"], told["status"], told["code"]) == (False, 422, "does_not_fit")
    assert field in [each["field"] for each in told["errors"]]
    assert not Annotation.objects.exists()
    assert reviewer.submit(assignment, {"label": "cat"})["status"] == "counted"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"token": "seven"}, 400, "token"),
        ({"token": None}, 400, "token"),
        ({"token": 2**70}, 403, "another reviewer"),
        ({"client_id": "not a uuid"}, 400, "client_id"),
        ({"seconds": "long"}, 400, "seconds"),
        ({"more": 1}, 400, "more"),
        ({"assignment": "999999999"}, 404, "no such task"),
        ({"assignment": "x"}, 404, "no such task"),
        ({"assignment": "9" * 40}, 404, "no such task"),
    ],
)
def test_a_submission_that_cannot_be_read_is_named_and_the_others_are_kept(
    changes: dict[str, Any], status: int, words: str
) -> None:
    shop = open_shop(overlap=1)
    shop.send({"predictions": [row(), row()]})
    reviewer = shop.reviewer()
    first, second = reviewer.claim(count=2)
    items = [
        {**reviewer.item(first, {"label": "cat"}), **changes},
        reviewer.item(second, {"label": "dog"}),
    ]

    bad, good = reviewer.hand_in(items)

    assert (bad["ok"], bad["status"]) == (False, status)
    assert words in bad["detail"]
    assert good["status"] == "counted"
    assert Annotation.objects.count() == 1


def test_somebody_elses_task_cannot_be_answered() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    (assignment,) = shop.reviewer().claim()

    told = shop.reviewer().submit(assignment, {"label": "cat"})

    assert (told["ok"], told["status"], told["code"]) == (False, 403, "not_yours")
    assert not Annotation.objects.exists()
    assert not Gold.objects.exists()


@pytest.mark.parametrize(
    "action", ["draft", "skip", "flag", "release", "renew", "undo"]
)
def test_nothing_can_be_done_to_somebody_elses_task(action: str) -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    (assignment,) = shop.reviewer().claim()
    body = {"token": assignment["token"], "reason": "mine now", "answer": {}}

    answer = shop.reviewer().post(f"assignments/{assignment['id']}/{action}", body)

    assert refusal(answer, 403)["code"] == "not_yours"
    assert QueueItem.objects.get().state == QueueItem.State.LEASED


def test_a_task_cannot_be_answered_through_another_queue() -> None:
    shop, elsewhere = open_shop(overlap=1), open_shop(overlap=1)
    shop.send(row())
    (assignment,) = shop.reviewer().claim()
    user = make_member(elsewhere.project, Role.REVIEWER)
    secret = make_token(elsewhere.project, Role.REVIEWER, user)
    stranger = Reviewer(secret, queue=elsewhere.queue)

    told = stranger.submit(assignment, {"label": "cat"})

    assert told["ok"] is False
    assert told["status"] in (403, 404)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("body", ["[]", "7", '{"items": {}}', "{}", '{"items": [1]}'])
def test_submissions_that_are_no_list_of_objects_are_refused(body: str) -> None:
    shop = open_shop()
    reviewer = shop.reviewer()

    answer = reviewer.post(f"queues/{shop.queue.pk}/submissions", body)

    if answer.status_code == 200:
        (told,) = answer.json()["results"]
        assert (told["ok"], told["status"]) == (False, 400)
    else:
        assert "items" in refusal(answer, 400)["detail"]


@pytest.mark.parametrize(
    "body", ['{"count": "two"}', '{"have": [1]}', "[1]", '{"a": 1}']
)
def test_a_claim_that_cannot_be_read_is_malformed(body: str) -> None:
    shop = open_shop()

    answer = shop.reviewer().post(f"queues/{shop.queue.pk}/claim", body)

    assert refusal(answer, 400)["code"] == "malformed"


def test_a_form_is_not_understood() -> None:
    shop = open_shop()
    reviewer = shop.reviewer()

    answer = reviewer.post(
        f"queues/{shop.queue.pk}/claim",
        "count=1",
        content_type="application/x-www-form-urlencoded",
    )

    assert refusal(answer, 415)


def test_an_address_that_does_not_exist_is_a_problem_too() -> None:
    shop = open_shop()

    assert refusal(shop.endpoint.get("projects/x/unheard-of"), 404)


def test_a_prediction_nobody_sent_is_not_there() -> None:
    shop = open_shop()

    assert refusal(shop.endpoint.get(f"{shop.predictions}/pets/unsent"), 404)


def test_a_project_that_is_not_set_up_says_what_is_missing() -> None:
    project = make_project()
    endpoint = Caller(make_token(project, Role.ENDPOINT))

    told = refusal(endpoint.post(f"projects/{project.slug}/predictions", row()), 409)

    assert "project.yaml" in told["detail"]


def test_a_claim_that_names_numbers_beyond_all_tasks_is_answered() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    reviewer = shop.reviewer()

    answer = reviewer.post(
        f"queues/{shop.queue.pk}/claim", json.dumps({"have": ["9" * 40, "-1", "x"]})
    )

    assert len(answer.json()["assignments"]) == 1


def test_a_queue_is_found_although_its_number_was_asked_for_before_it_was_made() -> (
    None
):
    shop = open_shop(overlap=1)
    reviewer = shop.reviewer()
    later = Queue.objects.latest("pk").pk + 1
    assert reviewer.post(f"queues/{later}/claim", "{}").status_code == 404

    made = make_queue(shop.project, name="later")

    assert made.pk == later
    assert reviewer.post(f"queues/{later}/claim", "{}").status_code == 200


def test_a_schema_that_a_page_has_already_is_not_sent_to_it_again() -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    shop.send(row())
    url = f"queues/{shop.queue.pk}/claim"
    first = shop.reviewer().post(url, {"count": 1}).json()
    (version,) = first["schemas"]

    again = shop.reviewer().post(url, {"count": 1, "schemas": [version]}).json()

    assert first["schemas"][version]["questions"]
    assert len(again["assignments"]) == 1
    assert again["schemas"] == {}
