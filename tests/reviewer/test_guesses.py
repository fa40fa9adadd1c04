"""Where the model is shown after a first answer, that one is kept and counts as the blind one."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from labeling.annotations import keep_draft
from labeling.models import Annotation, Draft
from projects.models import User
from projects.refused import DoesNotFit
from reviewer import leasing, quality, submission
from reviewer.models import Queue
from reviewer.stats.estimates import Estimate
from reviewer.submission import Submission
from tests.makers import (
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
    make_user,
    new_uuid,
)

pytestmark = pytest.mark.django_db


def a_queue(**fields: Any) -> Queue:
    queue = make_queue(**{"pre_label": Queue.Shown.AFTER_GUESS, **fields})
    make_schema(queue.project)
    return queue


def answer(
    queue: Queue, user: User, label: str, guess: Any = None, note: str = ""
) -> Annotation:
    at = timezone.now()
    (item,) = leasing.take(queue, user, 1, at=at)
    given = Submission(
        item.pk, item.token, new_uuid(), {"label": label}, 2.0, note, guess
    )
    submission.submit(queue, user, given, at)
    return Annotation.objects.get(client_id=given.client_id)


def test_the_first_answer_is_kept_beside_the_last_one() -> None:
    queue, user = a_queue(), make_user()
    make_queue_item(queue)

    kept = answer(queue, user, "cat", {"label": "dog"})

    assert (kept.answer, kept.guess) == ({"label": "cat"}, {"label": "dog"})


def test_a_guess_that_fits_no_more_does_not_hold_up_the_answer() -> None:
    queue, user = a_queue(), make_user()
    make_queue_item(queue)

    kept = answer(queue, user, "cat", {"label": "unicorn"})

    assert (kept.answer, kept.guess) == ({"label": "cat"}, None)


def test_a_correction_does_not_change_the_first_answer() -> None:
    queue, user = a_queue(), make_user()
    item = make_queue_item(queue)
    answer(queue, user, "cat", {"label": "dog"})
    item.refresh_from_db()
    given = Submission(
        item.pk, item.token, new_uuid(), {"label": "dog"}, 2.0, "", {"label": "cat"}
    )

    submission.submit(queue, user, given, timezone.now())

    assert Annotation.objects.latest("pk").guess == {"label": "dog"}


def test_a_draft_keeps_the_guess_that_was_made_first() -> None:
    queue, user = a_queue(), make_user()
    task = make_queue_item(queue).task

    keep_draft(task, user, {"label": "dog"}, {"label": "dog"})
    keep_draft(task, user, {"label": "cat"}, {"label": "cat"})
    keep_draft(task, user, {"label": "cat"})

    kept = Draft.objects.get()
    assert (kept.answer, kept.guess) == ({"label": "cat"}, {"label": "dog"})


def test_a_claim_brings_the_guess_back() -> None:
    queue, user = a_queue(), make_user()
    item = make_queue_item(queue)
    first = leasing.claim(queue, user, 1, at=timezone.now())
    keep_draft(item.task, user, {"label": "cat"}, {"label": "dog"})

    again = leasing.claim(queue, user, 1, at=timezone.now())

    assert first.begun.guesses == {}
    assert again.begun.guesses == {item.task_id: {"label": "dog"}}


def test_agreement_without_the_model_counts_first_answers() -> None:
    queue = a_queue(overlap=2, max_overlap=2)
    for _ in range(4):
        make_queue_item(queue, make_task(queue.project, label="cat"))
    one, two = make_user(), make_user()

    for label in ("cat", "dog", "cat", "dog"):
        answer(queue, one, "cat", {"label": label})
        answer(queue, two, "cat", {"label": label})

    found = quality.of_people(queue.project, timezone.now())
    assert isinstance(found.blind, Estimate)
    assert found.blind.value == 1
    assert not isinstance(found.shown, Estimate)


def test_where_nobody_sees_the_model_every_answer_is_blind() -> None:
    queue, user = a_queue(pre_label=Queue.Shown.NEVER), make_user()
    make_queue_item(queue, make_task(queue.project, label="cat"))

    assert answer(queue, user, "dog").blind


def test_a_page_loaded_before_the_model_was_kept_back_may_have_shown_it() -> None:
    queue, user = a_queue(pre_label=Queue.Shown.AT_ONCE), make_user()
    make_queue_item(queue, make_task(queue.project, label="cat"))
    at = timezone.now()
    (item,) = leasing.take(queue, user, 1, at=at)
    # by another process; this one has the queue as it was
    Queue.objects.filter(pk=queue.pk).update(pre_label=Queue.Shown.NEVER)
    given = Submission(item.pk, item.token, new_uuid(), {"label": "dog"})

    submission.submit(queue, user, given, at)

    assert not Annotation.objects.get(author=user).blind


def test_it_is_kept_since_when_nobody_sees_the_model() -> None:
    queue = a_queue(pre_label=Queue.Shown.NEVER)
    queue.refresh_from_db()
    since = queue.alone_since
    queue.title = "Again"
    queue.save()
    queue.refresh_from_db()
    assert since is not None
    assert queue.alone_since == since

    queue.pre_label = Queue.Shown.AT_ONCE
    queue.save()
    queue.refresh_from_db()
    assert queue.alone_since is None


def test_a_first_answer_is_one_only_where_the_models_is_kept_back() -> None:
    queue, user = a_queue(pre_label=Queue.Shown.AT_ONCE), make_user()
    make_queue_item(queue, make_task(queue.project, label="cat"))

    given = answer(queue, user, "cat", guess={"label": "dog"})

    assert (given.guess, given.blind) == (None, False)


def test_a_decision_without_its_reason_is_refused_where_one_is_required() -> None:
    queue = a_queue(
        purpose=Queue.Purpose.ADJUDICATION,
        max_overlap=1,
        decision_reason=Queue.Reasons.REQUIRED,
    )
    make_queue_item(queue)
    user = make_user()

    with pytest.raises(DoesNotFit):
        answer(queue, user, "cat")

    assert answer(queue, user, "cat", note="closed on top").note == "closed on top"
