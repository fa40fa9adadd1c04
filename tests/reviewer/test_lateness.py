"""A queue that will be late is told of in time, once a day, and only when it is certain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from projects.models import Notice
from reviewer import lateness
from reviewer.models import EndedHour, Queue
from reviewer.rollups import hours
from tests import makers

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(minute=30)


@pytest.fixture
def queue(db: None) -> Queue:
    return makers.make_queue(name="tickets")


def make_waiting(queue: Queue, n: int, due: datetime, **fields: Any) -> None:
    for _ in range(n):
        makers.make_queue_item(queue, due_at=due, **fields)


def make_pace(queue: Queue, answers: int) -> None:
    """So many answers in the last 24 hours."""
    hour = hours.begin(NOW, 3)
    EndedHour.objects.create(queue=queue, hour=hour, outcome="submitted", n=answers)


def late(queue: Queue) -> lateness.Late | None:
    found = lateness.forecast([queue], NOW)
    return found[0] if found else None


def test_a_queue_that_keeps_pace_is_not_late(queue: Queue) -> None:
    make_pace(queue, 240)
    make_waiting(queue, 20, NOW + timedelta(hours=3))

    assert late(queue) is None


def test_more_than_can_be_done_by_then_is_late(queue: Queue) -> None:
    make_pace(queue, 24)
    make_waiting(queue, 9, NOW + timedelta(hours=3))

    found = late(queue)

    assert found is not None
    assert (found.wanted, found.measured) == (9, 24)
    assert found.likely in (3, 4)


def test_answers_wanted_count_and_not_tasks(queue: Queue) -> None:
    make_pace(queue, 72)
    make_waiting(queue, 5, NOW + timedelta(hours=1), wanted=3, done=1)
    found = late(queue)
    assert found is not None
    assert found.wanted == 10


def test_what_is_due_later_counts_only_then(queue: Queue) -> None:
    make_pace(queue, 48)
    make_waiting(queue, 2, NOW + timedelta(hours=2))
    make_waiting(queue, 10, NOW + timedelta(hours=20))

    assert late(queue) is None


def test_what_is_late_already_counts_at_once(queue: Queue) -> None:
    make_waiting(queue, 1, NOW - timedelta(days=2))

    found = late(queue)

    assert found is not None
    assert found.likely == 0


def test_nothing_is_said_of_tasks_without_a_due_time_or_far_ahead(queue: Queue) -> None:
    makers.make_queue_item(queue)
    make_waiting(queue, 5, NOW + timedelta(days=3))

    assert late(queue) is None


def test_it_is_told_once_a_day(queue: Queue) -> None:
    make_waiting(queue, 3, timezone.now() + timedelta(minutes=5))

    lateness.look()
    lateness.look()

    notice = Notice.objects.get(project=queue.project)
    assert notice.kind == Notice.Kind.QUEUE
    assert str(notice) == "Tickets will miss its due time"
    assert "it wants 3 more answers" in notice.said


def test_a_paused_queue_is_nobodys_fault(queue: Queue) -> None:
    make_waiting(queue, 3, timezone.now() + timedelta(minutes=5))
    Queue.objects.update(paused=True)

    lateness.look()

    assert not Notice.objects.exists()
