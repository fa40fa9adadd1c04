"""A person's answers are taken out of everything; what rested on them settles again or waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from labeling import gold
from labeling.models import Annotation, Gold, Task
from projects import worker
from projects.access import Member
from projects.models import AuditEntry, Job, Project, User
from projects.refused import Refused
from reviewer import (
    evidence,
    leasing,
    outcomes,
    quality,
    sent_back,
    tallies,
    withdrawing,
)
from reviewer.models import Queue, QueueItem, Withdrawal
from reviewer.rollups import answers as answer_hours
from reviewer.submission import Submission, submit
from reviewer.unsettling import Fate
from tests import makers
from tests.reviewer.together import together

pytestmark = pytest.mark.django_db
EVER = timezone.now() - timedelta(days=30)


@dataclass
class Desk:
    project: Project
    queue: Queue
    experts: Queue
    lead: User
    ann: User
    bob: User
    cid: User
    judge: User

    def task(self, *said: tuple[User, Any], **fields: Any) -> Task:
        """A task that these people answered in this order."""
        task = makers.make_task(self.project, **fields)
        makers.make_queue_item(self.queue, task)
        for user, label in said:
            self.answer(user, label, task)
        return task

    def answer(
        self, user: User, label: Any, task: Task, *, queue: Queue | None = None
    ) -> None:
        queue, at = queue or self.queue, timezone.now()
        for item in leasing.take(queue, user, 50, at=at):
            if item.task_id == task.pk:
                given = Submission(
                    item.pk, item.token, makers.new_uuid(), {"label": label}
                )
                submit(queue, user, given, at)
            else:
                leasing.release(item.pk, item.token, user, at)

    def offered(self, user: User, queue: Queue | None = None) -> list[int]:
        at = timezone.now()
        taken = leasing.take(queue or self.queue, user, 50, at=at)
        for item in taken:
            leasing.release(item.pk, item.token, user, at)
        return [item.task_id for item in taken]

    def withdraw(self, user: User, since: datetime | None = None) -> Withdrawal:
        found = self.ask(user, since)
        worker.drain()
        found.refresh_from_db()
        return found

    def ask(self, user: User, since: datetime | None = None) -> Withdrawal:
        return withdrawing.start(
            self.project, user.pk, since=since, by=self.lead, reason="Guessed."
        )


def make_desk(**queue: Any) -> Desk:
    project = makers.make_project()
    experts = makers.make_queue(
        project, purpose=Queue.Purpose.ADJUDICATION, overlap=1, max_overlap=1
    )
    review = makers.make_queue(project, **{"overlap": 2, "max_overlap": 3, **queue})
    ann, bob, cid = (makers.make_member(project) for _ in range(3))
    lead = makers.make_member(project, "lead")
    judge = makers.make_member(project, "adjudicator")
    return Desk(project, review, experts, lead, ann, bob, cid, judge)


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def value(task: Task) -> Any:
    """What is known of it now; None: nothing."""
    task.refresh_from_db()
    (found,) = gold.of(task).values()
    return found.value if gold.stands(found) else None


def test_a_task_that_one_person_settled_goes_back_to_its_queue() -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    task = desk.task((desk.ann, "dog"))

    done = desk.withdraw(desk.ann)

    task.refresh_from_db()
    assert (value(task), task.state, task.settled_at) == (None, "open", None)
    assert desk.offered(desk.bob) == [task.pk]
    assert desk.offered(desk.ann) == []
    assert (done.state, done.counts) == ("done", {Fate.REOPENED: 1})


def test_the_next_answer_settles_it_anew_even_if_it_is_the_same() -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    task = desk.task((desk.ann, {"unanswerable": "unclear"}))
    desk.withdraw(desk.ann)

    desk.answer(desk.bob, {"unanswerable": "unclear"}, task)

    newest = Gold.objects.current().get(task=task)
    assert (newest.source, newest.unanswerable) == ("single", True)
    task.refresh_from_db()
    assert task.state == "settled"


def test_what_enough_others_say_stays_as_it_is(desk: Desk) -> None:
    task = desk.task((desk.ann, "cat"), (desk.bob, "dog"), (desk.cid, "cat"))
    (before,) = gold.of(task).values()

    done = desk.withdraw(desk.bob)

    assert gold.of(task) == {"label": before}
    assert done.counts == {Fate.SAME: 1}


def test_others_who_differ_are_joined_by_one_more(desk: Desk) -> None:
    task = desk.task((desk.ann, "cat"), (desk.bob, "dog"), (desk.cid, "cat"))
    dan = makers.make_member(desk.project)

    desk.withdraw(desk.ann)
    assert (value(task), desk.offered(dan)) == (None, [task.pk])
    desk.answer(dan, "dog", task)

    assert value(task) == "dog"


def test_the_others_may_settle_another_value() -> None:
    desk = make_desk()
    questions = [
        {"id": "label", "kind": "number", "title": "How many?", "tolerance": 3}
    ]
    schema = makers.make_schema(desk.project, questions=questions)
    task = desk.task((desk.ann, 10), (desk.bob, 20), (desk.cid, 12), schema=schema)
    assert value(task) == 12

    done = desk.withdraw(desk.bob)

    assert value(task) == 11
    assert done.counts == {Fate.CHANGED: 1}


def test_others_who_never_agree_go_to_an_adjudicator() -> None:
    desk = make_desk()
    task = desk.task((desk.ann, "cat"), (desk.bob, "dog"), (desk.cid, "cat"))
    Queue.objects.filter(pk=desk.queue.pk).update(max_overlap=2)

    done = desk.withdraw(desk.cid)

    task.refresh_from_db()
    assert (value(task), task.state) == (None, "disputed")
    assert desk.offered(desk.judge, desk.experts) == [task.pk]
    assert done.counts == {Fate.DISPUTED: 1}


def test_an_adjudicators_decision_goes_back_to_the_adjudicators() -> None:
    desk = make_desk(max_overlap=2)
    task = desk.task((desk.ann, "cat"), (desk.bob, "dog"))
    desk.answer(desk.judge, "dog", task, queue=desk.experts)
    assert value(task) == "dog"
    other = makers.make_member(desk.project, "adjudicator")

    desk.withdraw(desk.judge)

    assert value(task) is None
    assert task.state == "disputed"
    assert desk.offered(other, desk.experts) == [task.pk]


def test_what_an_adjudicator_decided_stands_without_a_reviewer() -> None:
    desk = make_desk(max_overlap=2)
    task = desk.task((desk.ann, "cat"), (desk.bob, "dog"))
    desk.answer(desk.judge, "dog", task, queue=desk.experts)

    done = desk.withdraw(desk.bob)

    assert value(task) == "dog"
    assert done.counts == {Fate.NOTHING: 1}


def test_a_known_outcome_stands() -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    task = desk.task((desk.ann, "dog"))
    endpoint = makers.make_endpoint(desk.project)
    prediction = makers.make_prediction(endpoint, task=task, verdict="review")
    known = outcomes.Known(endpoint.name, {"label": "cat"}, prediction.inference_id)
    outcomes.learn(desk.project, known)

    desk.withdraw(desk.ann)

    assert value(task) == "cat"


def test_an_unfinished_task_wants_one_more_answer(desk: Desk) -> None:
    task = desk.task((desk.ann, "cat"))

    desk.withdraw(desk.ann)
    desk.answer(desk.bob, "cat", task)
    assert not gold.of(task)
    desk.answer(desk.cid, "cat", task)

    assert value(task) == "cat"


def test_a_withdrawn_answer_is_kept_and_counts_nowhere(desk: Desk) -> None:
    for _ in range(3):
        desk.task((desk.ann, "cat"), (desk.bob, "cat"))

    desk.withdraw(desk.ann)

    kept = Annotation.objects.filter(author=desk.ann)
    assert Counter(kept.values_list("withdrawn", flat=True)) == {False: 3, True: 3}
    found = tallies.of_project(desk.project, EVER)
    assert desk.ann.pk not in found
    assert (found[desk.bob.pk].volume, found[desk.bob.pk].compared) == (3, 0)
    assert answer_hours.of_project(desk.project.pk, EVER) == 6
    assert not list(quality._answers(desk.project, quality._since(EVER, None)))


def test_estimates_wait_for_the_answer_that_takes_its_place() -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    task = desk.task(blind=True)
    makers.make_prediction(
        makers.make_endpoint(desk.project), task=task, verdict="review", b=1.0, u=0.5
    )
    QueueItem.objects.filter(task=task).update(place=0.5)
    desk.answer(desk.ann, "cat", task)
    assert known(desk) == (1, 0)

    desk.withdraw(desk.ann)
    assert known(desk) == (0, 1)
    desk.answer(desk.bob, "cat", task)

    assert known(desk) == (1, 0)


def known(desk: Desk) -> tuple[int, int]:
    """How many drawn items an estimate rests on, and how many it waits for."""
    found = evidence.of_versions(desk.project, EVER, timezone.now())
    (seen,) = found.values()
    return sum(each.n for each in seen.judged), seen.not_yet


def test_a_withdrawn_answer_cannot_be_sent_back(desk: Desk) -> None:
    task = desk.task((desk.ann, "cat"))
    desk.withdraw(desk.ann)
    newest = Annotation.objects.get(task=task, withdrawn=True)
    judge = Member(desk.judge, desk.project, "adjudicator", by_token=False)

    with pytest.raises(sent_back.NotCorrectable, match="withdrawn"):
        sent_back.send(newest.pk, judge, "Look again.")


def test_only_answers_since_a_day_are_withdrawn(desk: Desk) -> None:
    old = desk.task((desk.ann, "cat"), (desk.bob, "cat"))
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=9))
    new = desk.task((desk.ann, "cat"), (desk.bob, "cat"))

    desk.withdraw(desk.ann, timezone.now() - timedelta(days=2))

    assert (value(old), value(new)) == ("cat", None)


def test_answers_given_after_it_was_asked_for_stand(desk: Desk) -> None:
    first = desk.task((desk.ann, "cat"), (desk.bob, "cat"))
    desk.ask(desk.ann)
    later = desk.task((desk.ann, "cat"), (desk.bob, "cat"))

    worker.drain()

    assert (value(first), value(later)) == (None, "cat")


def test_what_is_shown_before_is_what_is_done(desk: Desk) -> None:
    said = {"cat": desk.ann, "dog": desk.bob}
    desk.task((desk.ann, "cat"), (desk.bob, "dog"), (desk.cid, "cat"))
    desk.task((desk.ann, "cat"), (desk.bob, "cat"))
    desk.task((said["cat"], "cat"))

    shown = withdrawing.preview(desk.project, desk.ann, None)
    assert not Annotation.objects.filter(withdrawn=True).exists()
    assert Task.objects.filter(state="settled").count() == 2
    done = desk.withdraw(desk.ann)

    assert shown.answers == shown.looked_at == 3
    assert dict(shown.fates) == done.counts == {Fate.REOPENED: 2, Fate.NOTHING: 1}


def test_who_asked_and_what_came_of_it_is_audited(desk: Desk) -> None:
    desk.task((desk.ann, "cat"), (desk.bob, "cat"))

    desk.withdraw(desk.ann)

    entries = AuditEntry.objects.filter(project=desk.project, actor=desk.lead)
    asked, done = entries.order_by("pk")
    assert (asked.action, done.action) == (
        "answers to be withdrawn",
        "answers withdrawn",
    )
    assert asked.reason == done.reason == "Guessed."
    assert done.after == {"reopened": 1}


def test_nothing_to_withdraw_is_said(desk: Desk) -> None:
    with pytest.raises(withdrawing.NothingToWithdraw):
        desk.ask(desk.ann)


class Killed(BaseException):
    """Nothing catches it, as with kill -9."""


def killed_after(writes: int) -> Callable[..., None]:
    left, write = [writes], withdrawing._write

    def dying(*given: Any) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        write(*given)

    return dying


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_worker_killed_between_two_batches_leaves_nothing_half_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    tasks = [desk.task((desk.ann, "cat"), (desk.bob, "cat")) for _ in range(5)]
    found = desk.ask(desk.ann)
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    with monkeypatch.context() as patched:
        patched.setattr(withdrawing, "_write", killed_after(writes))
        with pytest.raises(Killed):
            worker.drain()
    found.refresh_from_db()
    halfway = Annotation.objects.filter(withdrawn=True).count()
    assert (halfway, found.state) == (2 * writes, "running")

    Job.objects.filter(state="running").update(
        lease_until=timezone.now() - timedelta(1)
    )
    worker.drain()

    found.refresh_from_db()
    assert (found.state, found.counts) == ("done", {"reopened": 5})
    assert {value(task) for task in tasks} == {None}
    assert Gold.objects.filter(source="withdrawn").count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_ask_for_it_once(desk: Desk) -> None:
    desk.task((desk.ann, "cat"), (desk.bob, "cat"))
    refused: list[str] = []

    def ask() -> None:
        try:
            desk.ask(desk.ann)
        except Refused as error:
            refused.append(error.code)

    together([ask, ask], seconds=20)

    assert Withdrawal.objects.count() == 1
    assert refused == ["withdrawal_under_way"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_reviewer_at_once_settle_each_task_once() -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    tasks = [desk.task((desk.ann, "cat")) for _ in range(20)]
    waiting = desk.task()
    found = desk.ask(desk.ann)

    together(
        [
            partial(withdrawing.carry_out, found),
            partial(withdrawing.carry_out, found),
            partial(desk.answer, desk.bob, "cat", waiting),
        ],
        seconds=30,
    )

    found.refresh_from_db()
    assert found.counts == {"reopened": 20}
    assert Annotation.objects.filter(withdrawn=True).count() == 20
    assert {value(task) for task in tasks} == {None}
    assert QueueItem.objects.filter(state=QueueItem.State.OPEN).count() == 20
    assert value(waiting) == "cat"
