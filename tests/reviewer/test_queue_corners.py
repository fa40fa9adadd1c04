"""Corners of the queue where two things meet: a late answer, a correction, a lead's word."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from labeling.models import Annotation, Gold, Task
from projects.models import Role, User
from reviewer import flags, leasing, submission
from reviewer.models import Queue, QueueItem
from reviewer.submission import Receipt, Submission
from tests.makers import make_member, make_queue, make_queue_item, make_schema, make_user

pytestmark = pytest.mark.django_db
State = QueueItem.State
START = timezone.now()
LATER = START + timedelta(hours=1)


def a_queue(overlap: int = 1, max_overlap: int | None = None) -> Queue:
    """A queue with one task."""
    queue = make_queue(overlap=overlap, max_overlap=max_overlap or overlap)
    make_schema(queue.project)
    make_queue_item(queue)
    return queue


def bench(queue: Queue) -> Queue:
    return Queue.objects.get(project=queue.project, purpose="adjudication")


def claim(queue: Queue, user: User | None = None, at: datetime = START) -> QueueItem:
    (item,) = leasing.take(queue, user or make_user(), 1, at=at)
    return item


def gets_nothing(queue: Queue, user: User) -> bool:
    return leasing.take(queue, user, 1, at=LATER) == []


def submit(
    queue: Queue, user: User, item: QueueItem, label: str, at: datetime = START
) -> Receipt:
    given = Submission(item.pk, item.token, uuid.uuid4(), {"label": label})
    return submission.submit(queue, user, given, at)


def answer(queue: Queue, label: str, at: datetime = START) -> tuple[User, QueueItem]:
    """A new person takes the task and answers it."""
    user = make_user()
    item = claim(queue, user, at)
    submit(queue, user, item, label, at)
    return user, item


def gold() -> str | None:
    found = Gold.objects.current().first()
    return found and found.value


def test_an_extra_opinion_keeps_its_author_from_the_task_when_it_is_opened_again() -> (
    None
):
    queue, slow = a_queue(overlap=2, max_overlap=3), make_user()
    lost = claim(queue, slow)
    ann, first = answer(queue, "cat", LATER)
    answer(queue, "cat", LATER)
    submit(queue, slow, lost, "dog", LATER)

    submit(queue, ann, first, "dog", LATER)

    assert QueueItem.objects.get().wanted == 3
    assert gets_nothing(queue, slow)


def test_whoever_gave_a_late_opinion_does_not_adjudicate_the_task() -> None:
    queue, slow = a_queue(overlap=2), make_user()
    lost = claim(queue, slow)
    answer(queue, "cat", LATER)
    answer(queue, "dog", LATER)

    submit(queue, slow, lost, "dog", LATER)

    assert gets_nothing(bench(queue), slow)


def test_a_late_answer_that_asks_for_a_third_leaves_the_task_with_whom_it_is_with() -> (
    None
):
    queue, slow, quick = a_queue(overlap=2, max_overlap=3), make_user(), make_user()
    answer(queue, "cat")
    lost = claim(queue, slow)
    found = claim(queue, quick, LATER)

    submit(queue, slow, lost, "dog", LATER)

    assert gets_nothing(queue, make_user())
    assert submit(queue, quick, found, "dog", LATER) == Receipt("counted")
    assert gold() == "dog"


def test_a_token_is_its_holders_although_the_task_was_settled_and_opened_again() -> (
    None
):
    queue, slow, quick = a_queue(overlap=2, max_overlap=3), make_user(), make_user()
    ann, first = answer(queue, "cat")
    lost = claim(queue, slow)
    found = claim(queue, quick, LATER)
    submit(queue, slow, lost, "cat", LATER)
    submit(queue, ann, first, "dog", LATER)
    leasing.take(queue, make_user(), 1, at=LATER)

    receipt = submit(queue, quick, found, "cat", LATER)

    assert receipt.status in ("counted", "extra")
    assert Annotation.objects.filter(author=quick).count() == 1


def test_a_task_answered_by_an_older_token_is_no_longer_with_its_author() -> None:
    queue, user = a_queue(overlap=2), make_user()
    old = claim(queue, user)
    claim(queue, user, LATER)

    submit(queue, user, old, "cat", LATER)

    assert gets_nothing(queue, user)
    assert claim(queue, make_user(), LATER)


def test_a_correction_of_a_task_sent_to_adjudication_settles_nothing() -> None:
    queue, lead = a_queue(overlap=2), make_user()
    ann, first = answer(queue, "cat")
    user = make_user()
    item = claim(queue, user)
    leasing.flag(item.pk, item.token, user, "shows a face", START)
    flags.send_to_adjudication(queue, item.pk, lead, "somebody must decide")

    submit(queue, ann, first, "dog")

    assert gold() is None
    assert Task.objects.get().state == Task.State.DISPUTED
    item.refresh_from_db()
    assert item.state == State.DONE


def test_a_correction_never_opens_a_task_that_was_sent_to_adjudication() -> None:
    queue, lead = a_queue(overlap=3, max_overlap=4), make_user()
    ann, first = answer(queue, "cat")
    answer(queue, "cat")
    user = make_user()
    item = claim(queue, user)
    leasing.flag(item.pk, item.token, user, "shows a face", START)
    flags.send_to_adjudication(queue, item.pk, lead, "somebody must decide")

    submit(queue, ann, first, "dog")

    item.refresh_from_db()
    assert (item.state, item.wanted) == (State.DONE, 3)


def test_a_correction_never_overrules_an_adjudicator_who_agreed_with_the_others() -> (
    None
):
    queue = a_queue(overlap=2)
    ann, first = answer(queue, "cat")
    bob, second = answer(queue, "dog")
    submit(queue, bob, second, "cat")
    answer(bench(queue), "cat")

    submit(queue, ann, first, "dog")
    submit(queue, bob, second, "dog")

    assert gold() == "cat"


def test_an_adjudicators_late_answer_to_the_first_question_stays_the_adjudicators() -> (
    None
):
    queue = a_queue(overlap=2)
    expert = make_member(queue.project, Role.ADJUDICATOR)
    lost = claim(queue, expert)
    answer(queue, "cat", LATER)
    answer(queue, "dog", LATER)
    submit(bench(queue), expert, claim(bench(queue), expert, LATER), "dog", LATER)

    receipt = submit(queue, expert, lost, "cat", LATER)

    assert receipt.status == "correction"
    current = Annotation.objects.filter(superseded_by=None, counted=True)
    assert current.filter(expert=False).count() == 2
    assert current.get(expert=True).author == expert
    assert gold() == "cat"
