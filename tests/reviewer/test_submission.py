"""Answers: kept once whatever happens to the lease, counted while wanted, settled together."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from labeling.models import Annotation, Gold, Task
from projects.models import Event, User
from projects.refused import DoesNotFit
from reviewer import leasing, submission
from reviewer.leasing import NotYours
from reviewer.models import Queue, QueueItem
from reviewer.submission import Receipt, Submission
from tests.makers import make_queue, make_queue_item, make_schema, make_task, make_user

pytestmark = pytest.mark.django_db
State = QueueItem.State


def a_queue(overlap: int = 1, max_overlap: int | None = None, **fields: Any) -> Queue:
    fields["max_overlap"] = max_overlap or overlap
    queue = make_queue(overlap=overlap, **fields)
    make_schema(queue.project)
    make_queue_item(queue)
    return queue


def claim(queue: Queue, user: User, at: datetime | None = None) -> QueueItem:
    (item,) = leasing.take(queue, user, 1, at=at or timezone.now())
    return item


def submit(
    queue: Queue,
    user: User,
    item: QueueItem,
    answer: Any = "cat",
    *,
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Receipt:
    answer = {"label": answer} if isinstance(answer, str) else answer
    given = Submission(item.pk, item.token, client_id or uuid.uuid4(), answer, 2.5)
    return submission.submit(queue, user, given, at or timezone.now())


def answer(queue: Queue, label: Any) -> User:
    """A new person claims the next task and answers it."""
    user = make_user()
    submit(queue, user, claim(queue, user), label)
    return user


def the_gold() -> Gold:
    return Gold.objects.current().get()


def test_one_answer_settles_a_task_that_wants_one() -> None:
    queue = a_queue()

    answer(queue, "dog")

    assert (the_gold().value, the_gold().source) == ("dog", "single")
    assert Task.objects.get().state == Task.State.SETTLED
    assert Event.objects.get().name == "task.settled"


def test_the_same_answer_sent_twice_is_kept_once() -> None:
    queue, user, client_id = a_queue(), make_user(), uuid.uuid4()
    item = claim(queue, user)

    submit(queue, user, item, client_id=client_id)
    again = submit(queue, user, item, client_id=client_id)

    assert again.status == "duplicate"
    assert Annotation.objects.count() == 1


def test_an_answer_that_comes_after_its_lease_is_kept_and_counts() -> None:
    queue, user = a_queue(), make_user()
    item = claim(queue, user)
    later = timezone.now() + timedelta(hours=1)

    receipt = submit(queue, user, item, at=later)

    assert receipt == Receipt("counted", late=True)
    assert the_gold().value == "cat"


def test_a_late_answer_nobody_wants_any_more_is_an_extra_opinion() -> None:
    queue, slow, quick = a_queue(), make_user(), make_user()
    lost = claim(queue, slow)
    later = timezone.now() + timedelta(hours=1)
    submit(queue, quick, claim(queue, quick, later), "dog", at=later)

    receipt = submit(queue, slow, lost, "cat", at=later)

    assert receipt == Receipt("extra", late=True)
    assert the_gold().value == "dog"
    assert Annotation.objects.count() == 2


def test_a_late_answer_that_is_still_wanted_makes_the_newer_one_extra() -> None:
    queue, slow, quick = a_queue(), make_user(), make_user()
    lost = claim(queue, slow)
    later = timezone.now() + timedelta(hours=1)
    found = claim(queue, quick, later)

    first = submit(queue, slow, lost, "cat", at=later)
    second = submit(queue, quick, found, "dog", at=later)

    assert (first.status, second.status) == ("counted", "extra")
    assert the_gold().value == "cat"


def test_an_answer_to_somebody_elses_task_is_refused() -> None:
    queue = a_queue()
    item = claim(queue, make_user())

    with pytest.raises(NotYours):
        submit(queue, make_user(), item)

    assert not Annotation.objects.exists()


def test_an_answer_that_does_not_fit_names_the_question() -> None:
    queue, user = a_queue(), make_user()
    item = claim(queue, user)

    with pytest.raises(DoesNotFit) as refused:
        submit(queue, user, item, "horse")

    assert refused.value.errors[0]["field"] == "label"
    assert not Annotation.objects.exists()


def test_cannot_be_answered_is_an_answer() -> None:
    queue = a_queue()

    answer(queue, {"label": {"unanswerable": "too dark"}})

    assert the_gold().unanswerable
    assert the_gold().value is None


def test_two_that_agree_make_a_consensus() -> None:
    queue = a_queue(overlap=2)

    answer(queue, "cat")
    assert not Gold.objects.exists()
    answer(queue, "cat")

    assert (the_gold().value, the_gold().source) == ("cat", "consensus")


def test_two_that_disagree_ask_a_third() -> None:
    queue = a_queue(overlap=2, max_overlap=3)

    for label in ("cat", "dog", "dog"):
        answer(queue, label)

    assert the_gold().value == "dog"


def test_a_tie_at_the_limit_goes_to_an_adjudicator() -> None:
    queue = a_queue(overlap=2)

    authors = [answer(queue, "cat"), answer(queue, "dog")]

    disputed = QueueItem.objects.get(queue__purpose="adjudication")
    assert sorted(disputed.seen) == sorted(a.pk for a in authors)
    assert Task.objects.get().state == Task.State.DISPUTED


def test_an_adjudicator_settles_what_reviewers_dispute() -> None:
    queue = a_queue(overlap=2)
    answer(queue, "cat")
    answer(queue, "dog")
    bench = Queue.objects.get(purpose="adjudication")

    answer(bench, "dog")

    assert (the_gold().value, the_gold().source) == ("dog", "expert")


def test_nobody_adjudicates_what_they_answered() -> None:
    queue = a_queue(overlap=2)
    author = answer(queue, "cat")
    answer(queue, "dog")
    bench = Queue.objects.get(purpose="adjudication")

    assert leasing.take(bench, author, 1, at=timezone.now()) == []


def test_nobody_answers_a_task_twice() -> None:
    queue = a_queue(overlap=3)
    user = answer(queue, "cat")

    assert leasing.take(queue, user, 1, at=timezone.now()) == []


def test_a_correction_supersedes_and_changes_the_gold() -> None:
    queue, user = a_queue(), make_user()
    item = claim(queue, user)
    submit(queue, user, item, "cat")

    receipt = submit(queue, user, item, "dog")

    assert receipt.status == "correction"
    assert the_gold().value == "dog"
    assert Gold.objects.count() == 2
    assert Annotation.objects.count() == 2


def test_a_correction_never_overrules_an_adjudicator() -> None:
    queue = a_queue(overlap=2)
    user = make_user()
    item = claim(queue, user)
    submit(queue, user, item, "cat")
    answer(queue, "dog")
    answer(Queue.objects.get(purpose="adjudication"), "dog")

    submit(queue, user, item, "cat")

    assert (the_gold().value, the_gold().source) == ("dog", "expert")


def test_a_check_task_measures_the_reviewer_and_leaves_the_gold_alone() -> None:
    queue = make_queue()
    make_schema(queue.project)
    task = make_task(queue.project)
    Gold.objects.create(
        project=queue.project, task=task, question="label", value="cat", source="import"
    )
    make_queue_item(queue, task, check_task=True, wanted=3)

    answer(queue, "dog")

    assert the_gold().value == "cat"
    assert Annotation.objects.get().check_task


@pytest.mark.django_db(transaction=True)
def test_three_are_wanted_and_sixteen_try_but_three_count() -> None:
    queue = make_queue(overlap=3, max_overlap=3)
    make_schema(queue.project)
    for _ in range(10):
        make_queue_item(queue)
    users = [make_user() for _ in range(16)]

    def work(user: User) -> None:
        for _ in range(200):
            items = leasing.take(queue, user, 1, at=timezone.now())
            if items:
                submit(queue, user, items[0])
            elif QueueItem.objects.exclude(state=QueueItem.State.DONE).exists():
                # others hold what is left at this moment
                time.sleep(0.02)
            else:
                break
        connection.close()

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    for task in Task.objects.all():
        counted = task.annotations.filter(counted=True).values_list("author", flat=True)
        assert len(counted) == len(set(counted)) == 3
    assert Gold.objects.current().count() == 10
