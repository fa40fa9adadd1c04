"""Open tasks move to another version when a lead says so; nobody's answer loses its questions."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from labeling import schemas
from labeling.models import Draft, Gold, SchemaVersion, Task
from projects.models import AuditEntry, Job, Project, User
from reviewer import leasing, moving
from reviewer.models import Queue, QueueItem
from tests import makers
from tests.reviewer.together import together

pytestmark = pytest.mark.django_db


@dataclass
class Desk:
    """A queue of tasks under version 1 of a schema."""

    project: Project
    first: SchemaVersion
    queue: Queue
    lead: User
    reviewer: User

    def task(self, label: str | None = None, **item: Any) -> Task:
        task = makers.make_task(self.project, schema=self.first, label=label)
        makers.make_queue_item(self.queue, task, **item)
        return task

    def change(self, *labels: str, **changed: Any) -> SchemaVersion:
        """Version 2, with other labels."""
        questions = makers.make_questions(*labels)
        section = {**schemas.section_of(self.first), "questions": questions, **changed}
        schemas.apply_schema(self.project, section, self.lead)
        return self.first.schema.versions.latest("number")

    @property
    def url(self) -> str:
        return f"/p/{self.project.slug}/schemas/{self.first.schema.name}/move/"


@pytest.fixture
def desk() -> Desk:
    project = makers.make_project()
    return Desk(
        project,
        makers.make_schema(project),
        makers.make_queue(project),
        makers.make_member(project, "lead"),
        makers.make_member(project),
    )


def version_of(task: Task) -> int:
    return Task.objects.get(pk=task.pk).schema_version.number


def test_open_and_flagged_tasks_move_when_a_lead_presses_the_button(desk: Desk) -> None:
    waiting = desk.task()
    flagged = desk.task(state=QueueItem.State.FLAGGED)
    desk.change("cat", "fish")
    client = makers.sign_in(desk.lead)
    assert "2 tasks can be moved" in words(client.get(desk.url))

    response = client.post(desk.url, {"to": "2"}, follow=True)

    assert "2 open tasks follow version 2 now." in words(response)
    assert [version_of(each) for each in (waiting, flagged)] == [2, 2]
    entry = AuditEntry.objects.get(action="open tasks moved")
    assert (entry.actor, entry.after) == (desk.lead, {"version": 2, "tasks": 2})


def words(response: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_a_new_version_moves_nothing_by_itself(desk: Desk) -> None:
    task = desk.task()

    desk.change("cat", "fish")

    assert version_of(task) == 1


def test_tasks_that_somebody_saw_or_answered_keep_their_version(desk: Desk) -> None:
    held = desk.task()
    leasing.take(desk.queue, desk.reviewer, 1, at=timezone.now())
    answered = desk.task(wanted=2, done=1)
    extra = desk.task()
    makers.make_annotation(extra, counted=False)
    settled = makers.make_task(desk.project, schema=desk.first)
    makers.make_gold(settled)
    newest = desk.change("cat", "fish")

    moved = moving.move(newest, desk.lead)

    assert moved == 0
    stayed = (held, answered, extra, settled)
    assert [version_of(each) for each in stayed] == [1] * 4


def test_a_task_that_may_still_be_answered_late_keeps_its_version(desk: Desk) -> None:
    task = desk.task()
    early, later = makers.make_member(desk.project), desk.reviewer
    now = timezone.now()
    leasing.take(desk.queue, early, 1, at=now - timedelta(days=1))
    (item,) = leasing.take(desk.queue, later, 1, at=now)
    leasing.release(item.pk, item.token, later, now)
    newest = desk.change("cat", "fish")

    moved = moving.move(newest, desk.lead)

    assert (moved, version_of(task)) == (0, 1)


def test_what_no_longer_fits_is_counted_before_and_stays_visible_after(
    desk: Desk,
) -> None:
    fits, unfit = desk.task("cat"), desk.task("dog")
    for task, label in ((fits, "cat"), (unfit, "dog")):
        Draft.objects.create(task=task, author=desk.reviewer, answer={"label": label})
    newest = desk.change("cat", "fish")

    before = moving.preview(newest)
    moving.move(newest, desk.lead)

    assert (before.tasks, before.pre_labels, before.drafts) == (2, 1, 1)
    assert list(Draft.objects.values_list("task", flat=True)) == [fits.pk]
    assert Task.objects.get(pk=unfit.pk).pre_label == unfit.pre_label


def test_of_a_draft_the_answers_that_still_fit_stay(desk: Desk) -> None:
    task = desk.task()
    said = {"label": "dog", "gone": 1, "why": {"unanswerable": "dark"}}
    Draft.objects.create(task=task, author=desk.reviewer, answer=said)
    (label,) = makers.make_questions("cat", "fish")
    newest = desk.change(questions=[label, {**label, "id": "why", "title": "Why?"}])

    moving.move(newest, desk.lead)

    assert Draft.objects.get().answer == {"why": {"unanswerable": "dark"}}


def test_tasks_whose_input_lacks_a_new_field_stay(desk: Desk) -> None:
    task = desk.task()
    fields = [{"name": "text", "type": "text"}, {"name": "title", "type": "text"}]
    newest = desk.change("cat", "dog", fields=fields)

    before = moving.preview(newest)
    moved = moving.move(newest, desk.lead)

    assert (before.without_fields, moved) == (1, 0)
    assert version_of(task) == 1


def test_a_version_that_came_after_the_preview_is_looked_at_first(desk: Desk) -> None:
    task = desk.task()
    desk.change("cat", "fish")

    response = makers.sign_in(desk.lead).post(desk.url, {"to": "1"})

    assert response.status_code == 409
    assert version_of(task) == 1


def test_many_tasks_are_moved_by_the_worker_some_at_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "AT_ONCE", 2)
    monkeypatch.setattr(moving, "CHUNK", 2)
    tasks = [desk.task() for _ in range(5)]
    desk.change("cat", "fish")
    client = makers.sign_in(desk.lead)
    assert "the worker moves them" in words(client.get(desk.url))

    response = client.post(desk.url, {"to": "2"}, follow=True)
    assert "being moved" in words(response)
    assert version_of(tasks[0]) == 1
    job = Job.objects.get(handler="reviewer.moving.asked")
    for _ in range(2):
        moving.asked(job.payload)

    assert [version_of(each) for each in tasks] == [2] * 5
    done = AuditEntry.objects.filter(action="open tasks moved", actor=desk.lead)
    assert list(done.order_by("pk").values_list("after__tasks", flat=True)) == [5, 0]


@pytest.mark.django_db(transaction=True)
def test_what_is_claimed_while_tasks_move_keeps_the_version_it_was_shown_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "CHUNK", 5)
    tasks = [desk.task() for _ in range(60)]
    newest = desk.change("cat", "fish")
    shown: dict[int, int] = {}

    def claim(user: User) -> None:
        have: list[int] = []
        until = time.monotonic() + 20
        # what is just being moved is not handed out, so somebody may find nothing
        while len(shown) < len(tasks) and time.monotonic() < until:
            found = leasing.take(desk.queue, user, 1, have=have, at=timezone.now())
            have.extend(each.pk for each in found)
            shown.update({each.task_id: each.task.schema_version_id for each in found})

    def move() -> None:
        moving.move(newest, desk.lead)

    people = [makers.make_member(desk.project) for _ in range(3)]
    together([*(partial(claim, each) for each in people), move], seconds=30)

    assert len(shown) == len(tasks)
    assert dict(Task.objects.values_list("pk", "schema_version")) == shown


def test_an_answer_given_under_an_older_version_counts_by_its_questions(
    desk: Desk,
) -> None:
    """End to end: shown, a label taken away and all moved meanwhile, answered, settled."""
    task = desk.task()
    token = makers.bearer(makers.make_token(desk.project, "reviewer", desk.reviewer))
    client = makers.sign_in(desk.lead)
    claimed = client.post(
        f"/api/v1/queues/{desk.queue.pk}/claim",
        {"count": 1},
        "application/json",
        headers=token,
    ).json()
    (assignment,) = claimed["assignments"]
    newest = desk.change("cat", "fish")
    moving.move(newest, desk.lead)

    item = {
        "assignment": assignment["id"],
        "token": assignment["token"],
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "dog"},
    }
    sent = client.post(
        f"/api/v1/queues/{desk.queue.pk}/submissions",
        {"items": [item]},
        "application/json",
        headers=token,
    ).json()

    assert sent["results"][0]["status"] == "counted"
    assert Gold.objects.get(task=task).value == "dog"
    assert version_of(task) == 1
