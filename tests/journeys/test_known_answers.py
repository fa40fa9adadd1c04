"""Answers known from elsewhere: outcomes of predictions, and planted check tasks."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.models import Annotation, Gold, Task
from projects.models import Event, Role
from reviewer.models import QueueItem
from tests.journeys.callers import PROBLEM, Caller, Shop, open_shop, row
from tests.makers import make_policy, make_token

pytestmark = pytest.mark.django_db


def tell(shop: Shop, body: Any, role: str = Role.ENDPOINT) -> Any:
    caller = Caller(make_token(shop.project, role))
    return caller.post(f"projects/{shop.project.slug}/gold", body)


def outcome(inference_id: str, label: str = "dog") -> dict[str, Any]:
    return {
        "endpoint": "pets",
        "inference_id": inference_id,
        "answer": {"label": label},
    }


def check(text: str = "It purrs", label: str = "cat") -> dict[str, Any]:
    return {
        "endpoint": "pets",
        "input": {"text": text},
        "answer": {"label": label},
        "check": True,
    }


def test_the_outcome_of_an_accepted_prediction_is_its_answer() -> None:
    shop = open_shop()
    make_policy(shop.project, rules=[], audit=0.005)
    shop.send(row(inference_id="photo-a"))

    answer = tell(shop, outcome("photo-a"))

    state = shop.state("photo-a")
    assert (answer.status_code, answer.json()["status"]) == (201, "settled")
    assert (state["decision"], state["answer"]) == ("accepted", {"label": "dog"})
    assert Gold.objects.get().source == Gold.Source.OUTCOME
    assert not QueueItem.objects.exists()


def test_an_outcome_told_twice_is_kept_once() -> None:
    shop = open_shop()
    shop.send(row(inference_id="photo-a"))
    tell(shop, outcome("photo-a"))

    again = tell(shop, outcome("photo-a"))

    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    assert Gold.objects.count() == Task.objects.count() == 1
    assert Event.objects.filter(name="task.settled").count() == 1


def test_a_task_whose_outcome_is_known_is_not_given_out_any_more() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))

    tell(shop, outcome("photo-a"))

    assert shop.reviewer().claim() == []
    assert shop.state("photo-a")["state"] == "settled"


def test_who_has_the_task_open_meanwhile_may_still_hand_in_an_opinion() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()
    tell(shop, outcome("photo-a", "dog"))

    receipt = reviewer.submit(assignment, {"label": "cat"})

    assert (receipt["ok"], receipt["status"]) == (True, "extra")
    assert shop.state("photo-a")["answer"] == {"label": "dog"}


def test_an_outcome_corrects_what_reviewers_settled_and_both_are_kept() -> None:
    shop = open_shop(overlap=1)
    shop.send(row(inference_id="photo-a"))
    shop.reviewer().answer_next("cat")

    answer = tell(shop, outcome("photo-a", "dog"))

    assert answer.json()["status"] == "corrected"
    assert shop.state("photo-a")["answer"] == {"label": "dog"}
    assert Gold.objects.count() == 2


def test_an_outcome_never_overwrites_what_an_adjudicator_settled() -> None:
    shop = open_shop(overlap=2, max_overlap=2)
    shop.send(row(inference_id="photo-a"))
    shop.reviewer().answer_next("cat")
    shop.reviewer().answer_next("dog")
    shop.adjudicator().answer_next("cat")

    answer = tell(shop, outcome("photo-a", "dog"))

    assert (answer.status_code, answer["Content-Type"]) == (409, PROBLEM)
    assert "adjudicator" in answer.json()["detail"]
    assert shop.state("photo-a")["answer"] == {"label": "cat"}


def test_a_check_task_measures_several_reviewers_and_stays_what_it_is() -> None:
    shop = open_shop(overlap=1)
    tell(shop, check(label="cat"), Role.LEAD)

    receipts = [shop.reviewer().answer_next(label) for label in ("cat", "dog", "cat")]

    assert [each["status"] for each in receipts] == ["counted"] * 3
    assert Annotation.objects.filter(check_task=True).count() == 3
    assert Gold.objects.get().value == "cat"


def test_a_check_task_looks_like_any_blind_one() -> None:
    shop = open_shop(overlap=1)
    make_policy(
        shop.project, rules=[{"name": "everything", "when": {}}], blind={"review": 1}
    )
    shop.send(row())
    tell(shop, check(), Role.LEAD)

    drawn = shop.reviewer().claim(2)

    told = [{**each["task"], "id": 0, "payload": 0} for each in drawn]
    assert len(told) == 2
    assert told[0] == told[1]
    assert "check" not in str(drawn[0].keys())


def test_planting_a_check_task_again_plants_it_once() -> None:
    shop = open_shop()
    tell(shop, {"gold": [check(), check()]}, Role.LEAD)

    again = tell(shop, check(), Role.LEAD)

    assert again.json()["status"] == "unchanged"
    assert QueueItem.objects.count() == Task.objects.count() == 1


def test_an_endpoint_may_not_plant_check_tasks() -> None:
    shop = open_shop()

    answer = tell(shop, check())

    assert answer.status_code == 403
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"endpoint": "pets", "answer": {"label": "cat"}}, 422, "inference_id"),
        ({**outcome("photo-a"), "input": {"text": "x"}}, 422, "inference_id"),
        ({**outcome("photo-a"), "check": True}, 422, "check"),
        ({**outcome("photo-a"), "answer": {"label": "cow"}}, 422, "label"),
        ({**outcome("photo-a"), "answer": None}, 422, ""),
        ({**outcome("photo-a"), "answer": {"label": "\0"}}, 422, "answer.label"),
        ({**outcome("photo-a"), "endpoint": "plants"}, 422, "endpoint"),
        ({**check(), "input": {"picture": "x"}}, 422, "input.text"),
        ({**check(), "check": "yes"}, 422, "check"),
        ({**check(), "mood": "good"}, 422, "row"),
    ],
)
def test_a_known_answer_that_does_not_fit_is_refused_and_nothing_is_kept(
    body: Any, status: int, field: str
) -> None:
    shop = open_shop()
    make_policy(shop.project, rules=[], audit=0.005)
    shop.send(row(inference_id="photo-a"))

    answer = tell(shop, body, Role.OWNER)

    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert field in [each["field"] for each in answer.json()["errors"]]
    assert not Gold.objects.exists()
    assert not Task.objects.exists()


def test_an_outcome_of_what_nobody_predicted_is_named_and_the_others_are_kept() -> None:
    shop = open_shop()
    shop.send(row(inference_id="photo-a"))

    told = tell(shop, {"gold": [outcome("unheard-of"), outcome("photo-a")]}).json()

    bad, good = told["results"]
    assert (told["received"], told["refused"]) == (2, 1)
    assert (bad["status"], bad["code"]) == (404, "not_found")
    assert good["status"] == "settled"


def test_a_stranger_is_told_nothing_whatever_the_body_is() -> None:
    shop, elsewhere = open_shop(), open_shop()
    stranger = Caller(make_token(elsewhere.project, Role.OWNER))

    answer = stranger.post(f"projects/{shop.project.slug}/gold", b'{"broken')

    assert answer.status_code == 404
