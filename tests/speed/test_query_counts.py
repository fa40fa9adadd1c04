"""Hot paths: the number of statements is bounded, and does not grow with what waits."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from projects.models import Project
from reviewer.models import Queue, QueueItem
from tests.makers import (
    bearer,
    make_endpoint,
    make_policy,
    make_project,
    make_queue,
    make_queue_item,
    make_token,
)

pytestmark = pytest.mark.django_db


def a_project(waiting: int = 0) -> tuple[Project, Queue]:
    project = make_project()
    make_endpoint(project, "eyes")
    make_policy(project)
    queue = make_queue(project)
    for _ in range(waiting):
        make_queue_item(queue)
    return project, queue


def row(number: int) -> dict[str, Any]:
    return {
        "inference_id": f"id{number}",
        "endpoint": "eyes",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"text {number}"},
        "output": {"label": "cat", "confidence": 0.9},
    }


def post(client: Client, path: str, token: str, body: Any) -> Any:
    answer = client.post(
        f"/api/v1/{path}", body, "application/json", headers=bearer(token)
    )
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


@pytest.mark.parametrize("rows", [1, 10, 200])
def test_a_batch_takes_the_same_statements_however_long_it_is(
    rows: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = a_project()
    token = make_token(project, "endpoint")
    path = f"projects/{project.slug}/predictions"
    post(client, path, token, row(-1))
    batch = {"predictions": [row(number) for number in range(rows)]}

    with django_assert_max_num_queries(16):
        answer = post(client, path, token, batch)

    assert answer["routed"] == rows


@pytest.mark.parametrize("waiting", [10, 150])
def test_a_claim_takes_the_same_statements_however_many_tasks_wait(
    waiting: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, queue = a_project(waiting)
    token = make_token(project, "reviewer")
    path = f"queues/{queue.pk}/claim"
    post(client, path, token, {"count": 1})

    with django_assert_max_num_queries(17):
        answer = post(client, path, token, {"count": 6})

    assert len(answer["assignments"]) == 6


@pytest.mark.parametrize("waiting", [10, 150])
def test_a_submission_takes_the_same_statements_however_many_tasks_wait(
    waiting: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, queue = a_project(waiting)
    token = make_token(project, "reviewer")
    (assignment,) = post(client, f"queues/{queue.pk}/claim", token, {"count": 1})[
        "assignments"
    ]
    item = {
        "assignment": assignment["id"],
        "token": assignment["token"],
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "cat"},
    }

    with django_assert_max_num_queries(24):
        answer = post(
            client, f"queues/{queue.pk}/submissions", token, {"items": [item]}
        )

    assert answer["results"][0]["status"] == "counted"
    assert QueueItem.objects.filter(state=QueueItem.State.DONE).count() == 1


def test_asking_what_became_of_a_prediction_takes_few_statements(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = a_project()
    token = make_token(project, "endpoint")
    post(client, f"projects/{project.slug}/predictions", token, row(1))
    url = f"/api/v1/projects/{project.slug}/predictions/eyes/id1"

    # who asks, in which project and role: four; then one
    with django_assert_max_num_queries(5):
        answer = client.get(f"{url}?wait=30", headers=bearer(token))

    assert answer.json()["state"] == "open"
