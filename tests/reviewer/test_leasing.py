"""Claims: one task to one person at a time, in the order of the queue, until a lease ends."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from projects.models import User
from reviewer import leasing
from reviewer.leasing import LeaseEnded, NotYours, QueuePaused, ReviewerPaused
from reviewer.models import Assignment, Queue, QueueItem, Reviewer
from tests.makers import (
    make_member,
    make_queue,
    make_queue_item,
    make_schema,
    make_user,
)

pytestmark = pytest.mark.django_db
State = QueueItem.State


def filled(count: int, **fields: object) -> Queue:
    queue = make_queue(**fields)  # type: ignore[arg-type]
    make_schema(queue.project)
    for _ in range(count):
        make_queue_item(queue)
    return queue


def take(queue: Queue, user: User, count: int = 1, **more: object) -> list[QueueItem]:
    more.setdefault("at", timezone.now())
    return leasing.take(queue, user, count, **more)  # type: ignore[arg-type]


def test_two_people_never_get_the_same_task() -> None:
    queue = filled(4)

    first, second = take(queue, make_user(), 2), take(queue, make_user(), 2)

    assert not {i.pk for i in first} & {i.pk for i in second}


def test_tasks_come_in_the_order_of_their_place() -> None:
    queue = make_queue(audit_share=0)
    make_schema(queue.project)
    late, early = make_queue_item(queue, place=0.9), make_queue_item(queue, place=0.1)
    urgent = make_queue_item(queue, place=-2.5, priority=3)

    taken = take(queue, make_user(), 3)

    assert [i.pk for i in taken] == [urgent.pk, early.pk, late.pk]


def test_a_page_that_is_loaded_again_gets_the_tasks_it_holds() -> None:
    queue, user = filled(3), make_user()
    held = take(queue, user, 2)

    again = take(queue, user, 2)

    assert [i.pk for i in again] == [i.pk for i in held]
    assert [i.token for i in again] == [i.token for i in held]


def test_what_the_page_names_is_not_sent_again() -> None:
    queue, user = filled(3), make_user()
    held = take(queue, user, 2)

    more = take(queue, user, 1, have=[i.pk for i in held])

    assert more[0].pk not in {i.pk for i in held}


def test_an_expired_lease_goes_to_the_next_reviewer_and_is_written_down() -> None:
    queue, slow, quick = filled(1), make_user(), make_user()
    (lost,) = take(queue, slow)
    later = timezone.now() + timedelta(seconds=queue.lease_seconds + 1)

    (found,) = take(queue, quick, at=later)

    assert found.pk == lost.pk
    assert found.token == lost.token + 1
    ended = Assignment.objects.get()
    assert (ended.reviewer, ended.outcome) == (slow, "expired")


def test_nobody_holds_more_than_a_fair_share_ahead() -> None:
    queue = filled(10)
    take(queue, make_user(), 1)

    taken = take(queue, make_user(), 50)

    assert len(taken) == 5


def test_a_paused_queue_gives_out_nothing() -> None:
    queue = filled(1, paused=True)

    with pytest.raises(QueuePaused):
        take(queue, make_user())


def test_a_paused_reviewer_is_told_why() -> None:
    queue, user = filled(1), make_user()
    Reviewer.objects.create(
        project=queue.project, user=user, paused=True, reason="Talk to Ada first."
    )

    with pytest.raises(ReviewerPaused, match="Talk to Ada first"):
        take(queue, user)


def test_whoever_skipped_a_task_does_not_see_it_again() -> None:
    queue, user = filled(1), make_user()
    (item,) = take(queue, user)

    leasing.skip(item.pk, item.token, user, "too dark", timezone.now())

    assert take(queue, user) == []
    assert len(take(queue, make_user())) == 1


def test_a_task_that_two_people_skipped_is_set_aside() -> None:
    queue = filled(1)
    for _ in range(2):
        user = make_user()
        (item,) = take(queue, user)
        leasing.skip(item.pk, item.token, user, "too dark", timezone.now())

    item.refresh_from_db()

    assert item.state == State.FLAGGED
    assert take(queue, make_user()) == []


def test_a_flagged_task_waits_with_its_reason() -> None:
    queue, user = filled(1), make_user()
    (item,) = take(queue, user)

    leasing.flag(item.pk, item.token, user, "shows a face", timezone.now())

    item.refresh_from_db()
    assert (item.state, item.note) == (State.FLAGGED, "shows a face")


def test_a_task_given_back_waits_at_its_old_place() -> None:
    queue, user = filled(2), make_user()
    (item,) = take(queue, user)

    leasing.release(item.pk, item.token, user, timezone.now())

    assert take(queue, make_user())[0].pk == item.pk


def test_a_renewed_lease_lasts_longer() -> None:
    queue, user = filled(1), make_user()
    (item,) = take(queue, user)
    later = timezone.now() + timedelta(seconds=60)

    until = leasing.renew(item.pk, item.token, user, later)

    assert item.lease_until is not None
    assert until > item.lease_until


def test_a_token_of_somebody_else_is_refused() -> None:
    queue, user = filled(1), make_user()
    (item,) = take(queue, user)

    with pytest.raises(NotYours):
        leasing.renew(item.pk, item.token, make_user(), timezone.now())


def test_an_older_token_cannot_renew_what_went_on() -> None:
    queue, slow = filled(1), make_user()
    (lost,) = take(queue, slow)
    later = timezone.now() + timedelta(seconds=queue.lease_seconds + 1)
    take(queue, make_user(), at=later)

    with pytest.raises(LeaseEnded):
        leasing.renew(lost.pk, lost.token, slow, later)


def test_when_somebody_leaves_their_tasks_go_back() -> None:
    queue = filled(2)
    user = make_member(queue.project)
    take(queue, user, 2)

    freed = leasing.free_all(queue.project.pk, user.pk)

    assert freed == 2
    assert len(take(queue, make_user(), 2)) == 2


def test_drawn_audits_get_their_share_before_urgent_work() -> None:
    queue = make_queue(audit_share=1.0)
    make_schema(queue.project)
    make_queue_item(queue, place=-50.0, priority=50)
    drawn = make_queue_item(queue, place=0.5, audit=True)

    (taken,) = take(queue, make_user())

    assert taken.pk == drawn.pk


@pytest.mark.django_db(transaction=True)
def test_many_at_once_share_a_queue_without_doubles() -> None:
    queue = filled(40)
    users = [make_user() for _ in range(8)]
    taken: list[int] = []
    lock = threading.Lock()

    def work(user: User) -> None:
        while items := take(queue, user, 1, have=[-1, *mine[user.pk]]):
            mine[user.pk] += [i.pk for i in items]
            with lock:
                taken.extend(i.pk for i in items)
        connection.close()

    mine: dict[int, list[int]] = {user.pk: [] for user in users}
    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 40
