"""Ids in a body or a query that belong to another project, or to another person."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from labeling.models import Annotation, Gold
from projects.models import AuditEntry, User
from reviewer import leasing
from reviewer.models import Prediction, Queue, QueueItem
from tests import makers
from tests.access import world
from tests.access.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world.make("here")


@pytest.fixture
def elsewhere() -> World:
    return world.make("elsewhere")


@pytest.fixture
def owner(here: World) -> Client:
    return makers.sign_in(makers.make_member(here.project, "owner"))


def post(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json.dumps(body), content_type="application/json")
    told: dict[str, Any] = {"status": answer.status_code, **answer.json()}
    return told


def test_a_prediction_cannot_be_sent_to_an_endpoint_of_another_project(
    owner: Client, elsewhere: World
) -> None:
    count = Prediction.objects.count()

    told = post(
        owner,
        "/api/v1/projects/here/predictions",
        {
            "inference_id": "new",
            "endpoint": elsewhere.ids["endpoint"],
            "model": {"name": "m", "version": "1"},
            "input": {"text": "hello"},
            "output": {"label": "cat", "confidence": 0.9},
        },
    )

    # the same as for a name that nobody has
    assert told["status"] == 422
    assert Prediction.objects.count() == count


def test_an_outcome_of_another_projects_prediction_is_not_taken(
    owner: Client, elsewhere: World
) -> None:
    told = post(
        owner,
        "/api/v1/projects/here/gold",
        {
            "endpoint": elsewhere.ids["endpoint"],
            "inference_id": elsewhere.ids["prediction"],
            "answer": {"label": "cat"},
        },
    )

    assert told["status"] == 422
    assert not Gold.objects.exists()


def submission(item: int, token: int) -> dict[str, Any]:
    return {
        "assignment": str(item),
        "token": token,
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "cat"},
    }


def handed_in(*worlds: World) -> QuerySet[Annotation]:
    """Answers beside the one that each world begins with."""
    return Annotation.objects.exclude(pk__in=[world.ids["said"] for world in worlds])


def test_a_task_of_another_project_cannot_be_answered(
    here: World, elsewhere: World, owner: Client
) -> None:
    user = User.objects.get(pk=owner.session["_auth_user_id"])
    token = elsewhere.lease(user)

    told = post(
        owner,
        f"/api/v1/queues/{here.ids['queue']}/submissions",
        {"items": [submission(elsewhere.ids["item"], token)]},
    )

    assert told["results"][0]["status"] == 404
    assert not handed_in(here, elsewhere).exists()


def test_a_reviewer_cannot_settle_through_the_review_queue(here: World) -> None:
    reviewer = makers.make_member(here.project)
    experts = Queue.objects.get(pk=here.ids["experts"])
    item = makers.make_queue_item(experts)
    leasing.take(experts, reviewer, 1, at=timezone.now())
    item.refresh_from_db()

    told = post(
        makers.sign_in(reviewer),
        f"/api/v1/queues/{here.ids['queue']}/submissions",
        {"items": [submission(item.pk, item.token)]},
    )

    assert told["results"][0]["ok"] is False
    assert not handed_in(here).exists()


@pytest.mark.parametrize("verb", ["draft", "skip", "flag", "release", "renew", "undo"])
def test_a_task_in_other_hands_stays_there(here: World, verb: str) -> None:
    other = makers.make_member(here.project)
    token = here.lease(other)
    thief = makers.sign_in(makers.make_member(here.project))
    body = {"token": token, "reason": "mine", "answer": {"label": "cat"}}

    told = post(thief, f"/api/v1/assignments/{here.ids['item']}/{verb}", body)

    item = QueueItem.objects.get(pk=here.ids["item"])
    assert told["status"] in (403, 409)
    assert (item.state, item.lease_by) == (QueueItem.State.LEASED, other.pk)


def test_somebody_elses_answer_cannot_be_submitted_with_their_token(
    here: World,
) -> None:
    token = here.lease(makers.make_member(here.project))
    thief = makers.sign_in(makers.make_member(here.project))

    told = post(
        thief,
        f"/api/v1/queues/{here.ids['queue']}/submissions",
        {"items": [submission(here.ids["item"], token)]},
    )

    assert told["results"][0]["ok"] is False
    assert not handed_in(here).exists()


def test_naming_foreign_tasks_as_ones_own_shows_nothing_of_them(
    here: World, elsewhere: World, owner: Client
) -> None:
    told = post(
        owner,
        f"/api/v1/queues/{here.ids['queue']}/claim",
        {"count": 1, "have": [str(elsewhere.ids["item"])]},
    )

    assert [each["id"] for each in told["assignments"]] == [str(here.ids["item"])]


def test_a_training_cannot_start_from_a_snapshot_of_another_project(
    owner: Client, elsewhere: World
) -> None:
    told = post(
        owner,
        "/api/v1/projects/here/trainings",
        {"snapshot": elsewhere.ids["snapshot"]},
    )

    assert told["status"] == 404


def test_tasks_of_somebody_elsewhere_are_not_freed_from_here(
    here: World, elsewhere: World, owner: Client
) -> None:
    person = User.objects.get(pk=elsewhere.ids["person"])
    elsewhere.lease(person)

    owner.post(
        f"/p/here/queues/{here.ids['queue']}/free/",
        {"user": str(person.pk), "reason": "mine"},
    )

    item = QueueItem.objects.get(pk=elsewhere.ids["item"])
    assert item.state == QueueItem.State.LEASED


def test_a_page_of_the_log_that_begins_elsewhere_shows_only_what_is_here(
    elsewhere: World, owner: Client
) -> None:
    entry = AuditEntry.objects.filter(project=elsewhere.project).latest("pk")

    page = owner.get("/p/here/audit/", {"before": str(entry.pk + 1)})

    shown = {each.project for each, _ in page.context["entries"]}
    assert elsewhere.project not in shown
