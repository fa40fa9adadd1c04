"""Behind PgBouncer in transaction mode: no session is anybody's own, and nothing is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from labeling.models import Annotation, Gold
from projects import audit, sweeping, worker
from projects.models import Job, Project
from registry_bridge import snapshots
from reviewer.models import Prediction, Queue, QueueItem
from tests import makers
from tests.config.pooler import pooler
from tests.registry_bridge.makers import make_model

pytestmark = pytest.mark.django_db(transaction=True)

# Far fewer sessions than callers: every transaction is on another one than the last.
SESSIONS, CALLERS, EACH = 3, 8, 6


@pytest.fixture
def pooled(transactional_db: None) -> Iterator[None]:
    """Django goes through the pooler, as with OVERREAD_POOLED=1."""
    default = connections.settings["default"]
    before, params = dict(default), connection.get_connection_params()
    with pooler(params["host"], before["NAME"], sessions=SESSIONS) as port:
        connection.close()
        default.update(HOST="127.0.0.1", PORT=port, NAME="pooled", OPTIONS={})
        default["DISABLE_SERVER_SIDE_CURSORS"] = True
        yield
        connection.close()
        default.clear()
        default.update(before)


@pytest.fixture
def project() -> Project:
    project = makers.make_project("pets")
    makers.make_endpoint(project, "eyes")
    makers.make_policy(project)
    return project


def row(name: str) -> dict[str, Any]:
    return {
        "inference_id": name,
        "endpoint": "eyes",
        "model": {"name": "m", "version": "1"},
        "input": {"text": f"text of {name}"},
        "output": {"label": "cat", "confidence": 0.9},
    }


def together(*acts: Callable[[], None]) -> None:
    """Each in a thread of its own, with a connection of its own."""
    failed: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failed:
        raise failed[0]


class Caller:
    def __init__(self, secret: str) -> None:
        self.client, self.headers = Client(), makers.bearer(secret)

    def post(self, path: str, body: Any) -> Any:
        answer = self.client.post(
            f"/api/v1/{path}", body, "application/json", headers=self.headers
        )
        assert answer.status_code < 300, answer.content
        return answer.json()


def send(secret: str) -> None:
    caller, name = Caller(secret), secret[-8:]
    for n in range(EACH):
        caller.post("projects/pets/predictions", row(f"{name}-{n}"))
    again = {"predictions": [row(f"{name}-{n}") for n in range(EACH)]}
    answer = caller.post("projects/pets/predictions", again)
    assert answer["duplicates"] == EACH


def review(secret: str, queue: Queue) -> None:
    caller = Caller(secret)
    while given := caller.post(f"queues/{queue.pk}/claim", {"count": 2})["assignments"]:
        items = [
            {
                "assignment": each["id"],
                "token": each["token"],
                "client_id": str(uuid.uuid4()),
                "answer": {"label": "cat"},
            }
            for each in given
        ]
        results = caller.post(f"queues/{queue.pk}/submissions", {"items": items})
        assert [each["status"] for each in results["results"]] == ["counted"] * len(
            given
        )


def test_intake_review_and_what_follows_work_behind_a_pooler(
    pooled: None, project: Project
) -> None:
    queue, wanted = makers.make_queue(project), CALLERS * EACH
    senders = [makers.make_token(project, "endpoint") for _ in range(CALLERS)]
    reviewers = [makers.make_token(project, "reviewer") for _ in range(CALLERS)]

    together(*(partial(send, secret) for secret in senders))
    together(*(partial(review, secret, queue) for secret in reviewers))
    worker.drain()

    assert Prediction.objects.count() == wanted
    assert QueueItem.objects.filter(state=QueueItem.State.DONE).count() == wanted
    assert Annotation.objects.count() == Gold.objects.count() == wanted
    assert not Job.objects.filter(state=Job.State.DEAD).exists()


def test_audit_exports_snapshots_and_removal_work_behind_a_pooler(
    pooled: None, project: Project
) -> None:
    make_model(project)
    owner = makers.sign_in(makers.make_member(project, "owner"))
    for _ in range(5):
        task = makers.make_task(project)
        makers.make_prediction(makers.make_endpoint(project, f"e{task.pk}"), task=task)
        makers.make_gold(task)
    for name in ("One", "Two", "Three"):
        owner.post("/p/pets/settings/", {"name": name})

    together(seal, seal, seal, remove)
    exported = owner.get("/p/pets/audit/export.jsonl").getvalue()
    frozen = snapshots.freeze(project)

    assert audit.first_broken() is None
    assert len(exported.splitlines()) == 3
    assert len(list(snapshots.full_rows(frozen))) == frozen.rows == 5


def seal() -> None:
    audit.seal()


def remove() -> None:
    sweeping.sweep()


def test_no_limit_of_one_process_reaches_another_through_the_pooler(
    pooled: None,
) -> None:
    """What `SET` says stays on the server's session, which somebody else gets next."""
    seen: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('statement_timeout')")
            seen.append(cursor.fetchone()[0])

    together(*[look] * (2 * SESSIONS))

    assert set(seen) == {"0"}
