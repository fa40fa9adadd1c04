"""What the benchmark fills a database with could have come in by the front door."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from benchmarks import filling, rows
from benchmarks.service import PROJECT
from labeling.models import Gold, Task
from projects.models import Project
from reviewer.models import Prediction, Queue, QueueItem
from tests.makers import bearer, make_token

pytestmark = pytest.mark.django_db
SOME = {"first": 0, "last": 19}


def fill() -> Queue:
    call_command("apply", str(PROJECT), verbosity=0)
    make_token(Project.objects.get(slug="bench"), "endpoint")
    with connection.cursor():
        database = connection.connection
    for tables, state in (
        (rows.WAITING, rows.WAITS),
        (rows.ACCEPTED_ONLY, rows.SURE),
        (rows.LABELS, rows.DONE),
    ):
        filling.write(database, tables, {**filling.values(database, state), **SOME})
    filling.count_on(database)
    database.execute("set local session_replication_role = origin")
    return Queue.objects.get(purpose=Queue.Purpose.REVIEW)


def post(client: Client, path: str, token: str, body: Any) -> Any:
    answer = client.post(
        f"/api/v1/{path}", body, "application/json", headers=bearer(token)
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_as_many_wait_and_are_settled_as_were_asked_for() -> None:
    queue = fill()

    assert QueueItem.objects.filter(queue=queue, state=0).count() == 20
    assert Gold.objects.current().count() == 20
    assert Prediction.objects.filter(verdict="accepted").count() == 20
    assert Prediction.objects.filter(task__queue_items__queue=queue).count() == 40
    assert Prediction.objects.filter(payload__project=queue.project).count() == 60
    assert Task.objects.filter(gold__isnull=False, state="settled").count() == 20


def test_a_task_that_was_filled_in_is_claimed_and_answered_like_any_other(
    client: Client,
) -> None:
    queue = fill()
    token = make_token(queue.project, "reviewer")

    claimed = post(client, f"queues/{queue.pk}/claim", token, {"count": 1})
    (given,) = claimed["assignments"]
    item = {
        "assignment": given["id"],
        "token": given["token"],
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "law"},
        "seconds": 2.0,
    }
    told = post(client, f"queues/{queue.pk}/submissions", token, {"items": [item]})

    assert told["results"][0]["status"] == "counted"
    assert Gold.objects.count() == 21
