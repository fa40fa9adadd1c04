"""How people work on a queue: skips go three ways, and each change is written down."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Task
from projects.models import AuditEntry
from projects.refused import DoesNotFit
from reviewer import leasing, ways
from reviewer.models import Queue, QueueItem
from tests.makers import (
    make_member,
    make_queue,
    make_queue_item,
    make_schema,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db
State = QueueItem.State


def filled(tasks: int, **fields: Any) -> Queue:
    queue = make_queue(**fields)
    make_schema(queue.project)
    make_queue(queue.project, purpose=Queue.Purpose.ADJUDICATION, max_overlap=1)
    for _ in range(tasks):
        make_queue_item(queue)
    return queue


def take(queue: Queue, user: Any) -> QueueItem | None:
    found = leasing.take(queue, user, 1, at=timezone.now())
    return found[0] if found else None


def skip_first(queue: Queue, user: Any) -> QueueItem:
    item = take(queue, user)
    assert item is not None
    leasing.skip(item.pk, item.token, user, "too dark", timezone.now())
    return item


def test_a_skipped_task_goes_to_others_and_never_back() -> None:
    queue, me, other = filled(1, skips_to="others"), make_user(), make_user()

    skipped = skip_first(queue, me)

    assert take(queue, me) is None
    found = take(queue, other)
    assert found is not None
    assert found.pk == skipped.pk


def test_what_i_put_off_comes_back_when_nothing_else_is_left() -> None:
    queue, me = filled(2, skips_to="me"), make_user()

    skipped = skip_first(queue, me)
    second, third = take(queue, me), None
    assert second is not None
    leasing.release(second.pk, second.token, me, timezone.now())
    held = leasing.take(queue, me, 2, at=timezone.now())
    third = held[-1]

    assert second.pk != skipped.pk
    assert third.pk == skipped.pk


def test_others_may_take_what_i_put_off() -> None:
    queue, me, other = filled(1, skips_to="me"), make_user(), make_user()
    skipped = skip_first(queue, me)

    found = take(queue, other)

    assert found is not None
    assert found.pk == skipped.pk
    assert take(queue, me) is None


def test_a_skipped_task_goes_to_an_adjudicator() -> None:
    queue, me = filled(1, skips_to="expert"), make_user()
    experts = queue.project.queues.get(purpose=Queue.Purpose.ADJUDICATION)

    skipped = skip_first(queue, me)

    assert Task.objects.get(pk=skipped.task_id).state == Task.State.DISPUTED
    found = take(experts, make_user())
    assert found is not None
    assert found.task_id == skipped.task_id
    assert take(queue, make_user()) is None


def test_a_check_task_is_never_sent_to_an_adjudicator() -> None:
    queue, me = filled(0, skips_to="expert"), make_user()
    make_queue_item(queue, check_task=True)

    skipped = skip_first(queue, me)

    assert QueueItem.objects.filter(task=skipped.task_id).count() == 1


def test_a_lead_changes_the_ways_of_a_queue_and_that_is_written_down() -> None:
    queue = filled(1)
    lead = make_member(queue.project, "lead")
    address = f"/p/{queue.project.slug}/queues/{queue.pk}/ways/"

    sign_in(lead).post(address, {"skips_to": "me", "pre_label": "after_guess"})

    queue.refresh_from_db()
    assert (queue.skips_to, queue.pre_label) == ("me", "after_guess")
    entry = AuditEntry.objects.get(action="queue changed")
    assert entry.before == {"skips_to": "others", "pre_label": "at_once"}


def test_what_is_not_offered_is_refused() -> None:
    queue = filled(0)
    experts = queue.project.queues.get(purpose=Queue.Purpose.ADJUDICATION)

    with pytest.raises(DoesNotFit):
        ways.change(experts, {"skips_to": "expert"}, make_user())

    experts.refresh_from_db()
    assert experts.skips_to == "others"


def test_what_is_as_it_was_is_no_change() -> None:
    queue = filled(0)

    assert ways.change(queue, {"skips_to": "others"}, make_user()) == []
    assert not AuditEntry.objects.exists()
