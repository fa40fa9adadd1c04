"""Queues are counted as their items move, exactly, without anybody waiting for it."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from reviewer import flags, leasing, queueing
from reviewer.models import Queue, QueueCount, QueueDelta, QueueItem
from reviewer.rollups import queue_counts
from tests import makers
from tests.reviewer.pages.makers import Team, make_team
from tests.reviewer.rollups.counting import states_recounted, states_told

State = QueueItem.State


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_a_recount_whatever_happens_to_items(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    team = make_team()
    other = makers.make_queue(team.project)
    queues = (team.queue.pk, other.pk)

    for _ in range(80):
        _happen(dice, team, other)
        assert states_told(*queues) == states_recounted(*queues)


def _happen(dice: random.Random, team: Team, other: Queue) -> None:
    act = dice.randrange(9)
    items = QueueItem.objects.filter(queue__in=(team.queue, other))
    one = items.order_by("?").first()
    at = timezone.now()
    if act == 0 or one is None:
        makers.make_queue_item(dice.choice((team.queue, other)))
    elif act == 1:
        tasks = [makers.make_task(team.project) for _ in range(3)]
        queueing.put(team.queue, [queueing.Waiting(t, 0.5, pi=1.0) for t in tasks])
    elif act == 2:
        leasing.take(team.queue, team.reviewer, dice.randrange(1, 4), at=at)
    elif act == 3:
        _end(dice, team)
    elif act == 4:
        items.filter(pk=one.pk).update(state=dice.choice((0, 2, 3, 4)), lease_by=None)
    elif act == 5:
        items.update(note="nothing that is counted")
    elif act == 6:
        moved = other if one.queue_id == team.queue.pk else team.queue
        items.filter(pk=one.pk).update(queue=moved)
    elif act == 7 and dice.random() < 0.3:
        items.filter(pk=one.pk).delete()
    else:
        queue_counts.fold()


def _end(dice: random.Random, team: Team) -> None:
    held = QueueItem.objects.filter(state=State.LEASED, lease_by=team.reviewer.pk)
    item, at = held.first(), timezone.now()
    if item is None:
        leasing.free_all(team.project.pk, team.reviewer.pk)
    elif dice.random() < 0.5:
        leasing.flag(item.pk, item.token, team.reviewer, "Cut off", at)
        flags.give_back(item.queue, item.pk, team.lead, "Whole again")
    else:
        leasing.release(item.pk, item.token, team.reviewer, at)


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_was_never_counted() -> None:
    queue = makers.make_queue()
    with transaction.atomic():
        makers.make_queue_item(queue)
        transaction.set_rollback(True)

    assert states_told(queue.pk) == {}


@pytest.mark.django_db
def test_what_does_not_move_items_adds_no_change() -> None:
    makers.make_queue_item()
    before = QueueDelta.objects.count()

    QueueItem.objects.update(note="renewed", token=7)

    assert QueueDelta.objects.count() == before


@pytest.mark.django_db
def test_a_queue_that_is_gone_leaves_no_count() -> None:
    queue = makers.make_queue()
    makers.make_queue_item(queue)
    queue_counts.fold()

    queue.delete()
    queue_counts.fold()

    assert not QueueCount.objects.exists()
    assert not QueueDelta.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_counts_hold_while_many_work_and_several_fold() -> None:
    team = make_team()
    people = [makers.make_member(team.project) for _ in range(3)]
    for _ in range(120):
        makers.make_queue_item(team.queue)
    stop = threading.Event()
    wrong: list[tuple[int, ...]] = []

    def work(number: int) -> None:
        for _ in range(20):
            for item in leasing.take(team.queue, people[number], 2, at=timezone.now()):
                leasing.release(item.pk, item.token, people[number], timezone.now())
        connection.close()

    def fold() -> None:
        while not stop.is_set():
            queue_counts.fold()
            (found,) = states_told(team.queue.pk).values()
            if sum(found) != 120:
                wrong.append(found)
        connection.close()

    workers = [threading.Thread(target=work, args=[number]) for number in range(3)]
    folders = [threading.Thread(target=fold) for _ in range(2)]
    for thread in (*workers, *folders):
        thread.start()
    for thread in workers:
        thread.join(timeout=60)
    stop.set()
    for thread in folders:
        thread.join(timeout=60)

    assert wrong == []
    assert states_told(team.queue.pk) == states_recounted(team.queue.pk)
