"""Hot paths: the number of statements is bounded, and does not grow with what waits."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from projects.models import Project
from reviewer import fits_in_use, intake
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
# Who calls is one statement of each; what is asked for once a process is asked before.
SINGLE, BATCH, CLAIM, SUBMIT = 2, 4, 2, 8


def a_project(waiting: int = 0, **queue: Any) -> tuple[Project, Queue]:
    project = make_project()
    make_endpoint(project, "eyes")
    make_policy(project)
    made = make_queue(project, **queue)
    for _ in range(waiting):
        make_queue_item(made)
    return project, made


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "inference_id": f"id{number}",
        "endpoint": "eyes",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"text {number}"},
        "output": {"label": "cat", "confidence": 0.9},
        **fields,
    }


def post(client: Client, path: str, token: str, body: Any) -> Any:
    answer = client.post(
        f"/api/v1/{path}", body, "application/json", headers=bearer(token)
    )
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def warm_up(client: Client, project: Project, token: str, path: str = "") -> None:
    """Twice: the first call notes when the token was used last, which is read anew."""
    body = {"count": 1} if path else row(-1)
    for _ in range(2):
        post(client, path or f"projects/{project.slug}/predictions", token, body)


def answer_to(assignment: dict[str, Any], label: str = "cat") -> dict[str, Any]:
    return {
        "assignment": assignment["id"],
        "token": assignment["token"],
        "client_id": str(uuid.uuid4()),
        "answer": {"label": label},
    }


def test_a_single_prediction_takes_two_statements(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = a_project()
    token = make_token(project, "endpoint")
    path = f"projects/{project.slug}/predictions"
    warm_up(client, project, token)

    with django_assert_max_num_queries(SINGLE):
        told = post(client, path, token, row(1))

    assert told["decision"] == "review"


@pytest.mark.parametrize("rows", [1, 10, 200])
def test_a_batch_takes_the_same_statements_however_long_it_is(
    rows: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = a_project()
    token = make_token(project, "endpoint")
    path = f"projects/{project.slug}/predictions"
    warm_up(client, project, token)
    batch = {"predictions": [row(number) for number in range(rows)]}

    with django_assert_max_num_queries(BATCH):
        answer = post(client, path, token, batch)

    assert answer["routed"] == rows


@pytest.mark.parametrize(
    "rules", [{"promise": {"wrong": 0.01}}, {"budget": {"reviews_a_day": 300}}]
)
def test_a_promise_or_budget_costs_no_statement_a_prediction_nor_one_a_batch(
    rules: dict[str, Any],
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # however slow this machine is
    monkeypatch.setattr(fits_in_use, "FRESH_SECONDS", 600.0)
    project, _ = a_project()
    make_policy(project, **rules)
    desk = intake.open_desk(project)
    intake.accept(desk, [row(-1)])

    for first, many in ((0, 3), (100, 60)):
        rows = [row(first + each) for each in range(many)]
        with django_assert_num_queries(1):
            intake.accept(desk, rows)


def test_refused_rows_of_a_batch_take_no_statement_each(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = a_project()
    token = make_token(project, "endpoint")
    path = f"projects/{project.slug}/predictions"
    warm_up(client, project, token)
    bad = [row(number, output={"label": "horse"}) for number in range(20)]
    batch = {"predictions": [row(99), *bad]}

    with django_assert_max_num_queries(BATCH):
        answer = post(client, path, token, batch)

    assert answer["refused"] == 20


@pytest.mark.parametrize("waiting", [10, 150])
@pytest.mark.parametrize("count", [1, 6])
def test_a_claim_takes_the_same_statements_however_many_tasks_wait(
    waiting: int,
    count: int,
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    project, queue = a_project(waiting)
    token = make_token(project, "reviewer")
    path = f"queues/{queue.pk}/claim"
    warm_up(client, project, token, path)

    with django_assert_max_num_queries(CLAIM):
        answer = post(client, path, token, {"count": count})

    assert len(answer["assignments"]) == count


@pytest.mark.parametrize("waiting", [10, 150])
@pytest.mark.parametrize("count", [1, 8])
def test_a_submission_takes_the_same_statements_however_many_tasks_it_settles(
    waiting: int,
    count: int,
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    project, queue = a_project(waiting)
    token = make_token(project, "reviewer")
    warm_up(client, project, token, f"queues/{queue.pk}/claim")
    claimed = post(client, f"queues/{queue.pk}/claim", token, {"count": count})
    items = [answer_to(each) for each in claimed["assignments"]]
    assert len(items) == count

    with django_assert_max_num_queries(SUBMIT):
        answer = post(client, f"queues/{queue.pk}/submissions", token, {"items": items})

    assert {each["status"] for each in answer["results"]} == {"counted"}
    assert QueueItem.objects.filter(state=QueueItem.State.DONE).count() == count


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
