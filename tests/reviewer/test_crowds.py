"""What is known of people: fitted, kept, and used by the queues that ask for it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from labeling.models import Gold, Schema, Task
from projects.models import User
from reviewer import adaptive, crowds, leasing, overlap, quality, submission
from reviewer.models import CrowdFit, Queue, QueueItem
from reviewer.stats.estimates import NotEnough
from reviewer.submission import Submission
from tests import makers

pytestmark = pytest.mark.django_db
LABELS = ("cat", "dog", "owl", "fox")
SEED = 20_27


@pytest.fixture(autouse=True)
def _nothing_is_known_yet() -> Iterator[None]:
    crowds.forget()
    yield
    crowds.forget()


def a_queue(**fields: Any) -> Queue:
    """With adaptive overlap from one to five answers; nobody sees the model's."""
    wanted = {"overlap": 1, "max_overlap": 5, "sure": 0.95, "pre_label": "never"}
    queue = makers.make_queue(**{**wanted, **fields})
    makers.make_schema(queue.project, labels=LABELS)
    makers.make_queue(queue.project, purpose=Queue.Purpose.ADJUDICATION, max_overlap=1)
    return queue


def waits(queue: Queue, **fields: Any) -> Task:
    task = makers.make_task(queue.project, **fields)
    makers.make_queue_item(queue, task)
    return task


def answer(queue: Queue, user: User, says: Any) -> Task | None:
    """The person takes the next task, says `says` of it (or what that makes of it)."""
    found = leasing.take(queue, user, 1, at=timezone.now())
    for item in found:
        label = says(item.task_id) if callable(says) else says
        hand_in(queue, user, item, label)
        return item.task
    return None


def hand_in(queue: Queue, user: User, item: QueueItem, label: str) -> None:
    given = Submission(item.pk, item.token, uuid.uuid4(), {"label": label}, 1.0)
    submission.submit(queue, user, given, timezone.now())


def say(dice: random.Random, true: str, right: float) -> str:
    others = [label for label in LABELS if label != true]
    return true if dice.random() < right else dice.choice(others)


def earlier_answers(
    queue: Queue, people: Mapping[User, float], tasks: int, **fields: Any
) -> Schema:
    """Everybody answered so many tasks, and the people were fitted by that."""
    dice = random.Random(SEED)  # noqa: S311 (repeatable, no secret)
    for _ in range(tasks):
        true = dice.choice(LABELS)
        told = {each: f(dice, true) for each, f in fields.items()}
        task = makers.make_task(queue.project, **told)
        for person, right in people.items():
            said = say(dice, true, right)
            makers.make_annotation(task, person, said, blind=True)
    schema = Schema.objects.get(project=queue.project)
    assert crowds.fit(schema.pk, blind=True) is not None
    return schema


def model_says(dice: random.Random, true: str) -> dict[str, Any]:
    """A model that is right, and sure, in nine of ten."""
    label = say(dice, true, 0.9)
    return {"label": {"value": label, "confidence": 0.9}}


def test_a_fit_finds_how_often_each_person_is_right_and_is_used_at_once() -> None:
    queue = a_queue()
    good, poor, fair = (makers.make_user() for _ in range(3))
    schema = earlier_answers(queue, {good: 0.97, poor: 0.55, fair: 0.85}, 150)

    version = schema.versions.get()
    known = crowds.newest(version.pk, blind=True)
    right = {
        person: known.crowd.confusion(known.place[person.pk]).diagonal()[:4].mean()
        for person in (good, poor, fair)
    }

    assert right[good] == pytest.approx(0.97, abs=0.05)
    assert right[fair] == pytest.approx(0.85, abs=0.08)
    assert right[poor] == pytest.approx(0.55, abs=0.10)
    assert crowds.newest(version.pk, blind=False).place == {}


def test_one_answer_of_the_best_is_enough_and_of_the_worst_is_not() -> None:
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.99, 0.5, 0.9)}
    earlier_answers(queue, people, 150)
    good, poor, _ = people
    first, second = waits(queue), waits(queue)

    assert answer(queue, good, "owl") == first
    assert answer(queue, poor, "owl") == second

    gold = Gold.objects.get()
    assert (gold.task, gold.value, gold.source) == (first, "owl", "single")
    assert gold.posterior is not None
    assert gold.posterior >= 0.95
    assert not gold.uses_model
    waiting = QueueItem.objects.get(task=second)
    assert (waiting.done, waiting.wanted, waiting.state) == (1, 2, 0)


def test_after_the_most_answers_an_adjudicator_decides() -> None:
    queue = a_queue(max_overlap=2)
    task = waits(queue)

    for label in ("cat", "dog"):
        answer(queue, makers.make_user(), label)

    task.refresh_from_db()
    assert task.state == Task.State.DISPUTED
    experts = Queue.objects.get(purpose=Queue.Purpose.ADJUDICATION)
    assert experts.items.get().task == task
    assert not Gold.objects.exists()


def test_a_corrected_answer_is_weighed_anew() -> None:
    queue, me = a_queue(), makers.make_user()
    task = waits(queue)
    (item,) = leasing.take(queue, me, 1, at=timezone.now())
    hand_in(queue, me, item, "cat")
    answer(queue, makers.make_user(), "dog")
    assert not Gold.objects.exists()

    hand_in(queue, me, item, "dog")
    answer(queue, makers.make_user(), "dog")

    assert Gold.objects.get(task=task).value == "dog"
    assert QueueItem.objects.get(task=task).done == 3


@pytest.mark.parametrize("alone", [0.0, 1.0])
def test_a_model_saves_answers_on_data_sets_and_never_on_what_was_drawn(
    alone: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptive, "ALONE", alone)
    queue = a_queue(sure=0.93)
    people = {makers.make_user(): right for right in (0.8, 0.8, 0.8)}
    earlier_answers(queue, people, 150, pre_label=model_says)
    one = next(iter(people))
    told: dict[str, Any] = {"pre_label": {"label": {"value": "cat", "confidence": 0.9}}}
    data, drawn = waits(queue, **told), waits(queue, blind=True, **told)
    makers.make_prediction(task=drawn, verdict="audit", label="cat")
    check = makers.make_task(queue.project, label="cat", confidence=0.9)
    makers.make_queue_item(queue, check, check_task=True)

    for _ in range(3):
        answer(queue, one, "cat")

    fit = CrowdFit.objects.get()
    assert fit.temperature == pytest.approx(1, rel=0.5)
    helped = [(gold.task, gold.uses_model) for gold in Gold.objects.all()]
    assert helped == ([] if alone else [(data, True)])
    assert QueueItem.objects.get(task=drawn).wanted == 2


def test_tasks_that_cannot_be_answered_do_not_make_a_model_less_sure() -> None:
    """No model says so: by them, every model would be taken to be wrong."""
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.95, 0.9, 0.9)}
    dice = random.Random(SEED)  # noqa: S311 (repeatable, no secret)
    for _ in range(80):
        task = makers.make_task(queue.project, pre_label=model_says(dice, "cat"))
        for person in people:
            refusal = {"label": {"unanswerable": "too dark"}}
            makers.make_annotation(task, person, answer=refusal, blind=True)

    earlier_answers(queue, people, 150, pre_label=model_says)

    assert CrowdFit.objects.get().temperature == pytest.approx(1, rel=0.3)


def test_gold_that_a_model_helped_to_is_no_evidence() -> None:
    project = makers.make_project()
    makers.make_schema(project)
    makers.make_policy(project)
    endpoint, queue = makers.make_endpoint(project), makers.make_queue(project)
    for n in range(40):
        task = makers.make_task(project, label="cat", blind=True)
        item = makers.make_queue_item(queue, task)
        QueueItem.objects.filter(pk=item.pk).update(state=2, done=1)
        makers.make_prediction(endpoint, task=task, verdict="audit", pi=1.0)
        makers.make_gold(task, "cat", blind=True, uses_model=n % 2 == 0)

    (found,) = quality.of_versions(project, timezone.now(), None)

    assert found.estimate.n == 20


def test_a_submission_asks_for_the_people_once_and_then_makes_three_calls() -> None:
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.99, 0.9)}
    earlier_answers(queue, people, 30)
    me = next(iter(people))
    for _ in range(9):
        waits(queue)
    answer(queue, me, "cat")

    found = leasing.take(queue, me, 8, at=timezone.now())
    given = [
        Submission(each.pk, each.token, uuid.uuid4(), {"label": "cat"})
        for each in found
    ]
    with CaptureQueriesContext(
        connection,
    ) as told:
        submission.submit_many(queue, me, given, timezone.now())

    calls = [q["sql"] for q in told if "SAVEPOINT" not in q["sql"]]
    assert len(calls) == 3


def test_a_fit_rests_until_somebody_answered() -> None:
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.99, 0.9)}
    schema = earlier_answers(queue, people, 30)

    assert crowds.fit(schema.pk, blind=True) is None
    answered = makers.make_task(queue.project)
    makers.make_annotation(answered, next(iter(people)), "cat", blind=True)

    assert crowds.fit(schema.pk, blind=True) is not None
    assert CrowdFit.objects.count() == 2


def test_the_worker_is_asked_for_a_fit_once_until_somebody_answers() -> None:
    queue = a_queue()
    task = waits(queue)
    makers.make_schema(makers.make_queue().project)
    makers.make_annotation(task, blind=True)

    crowds.ask()
    crowds.ask()
    asked_at = OrmQ.objects.count()
    makers.make_annotation(task, blind=True)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        crowds.ask()

    # of blind answers, and of others; not of a project without adaptive overlap
    assert (asked_at, OrmQ.objects.count()) == (2, 4)


def test_where_labels_changed_since_the_fit_people_are_assumed_anew() -> None:
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.99, 0.9)}
    earlier_answers(queue, people, 30)

    newer = makers.make_schema(queue.project, labels=(*LABELS, "elk"))

    known = crowds.newest(newer.pk, blind=True)
    assert known.labels == (*LABELS, "elk", "unanswerable")
    assert known.place == {}


def test_kinds_without_labels_are_settled_as_they_agree() -> None:
    queue = makers.make_queue(overlap=2, max_overlap=3, sure=0.95)
    asked = [{"id": "label", "kind": "text", "title": "What does it say?"}]
    makers.make_schema(queue.project, questions=asked)
    waits(queue)

    answer(queue, makers.make_user(), "one heron")
    answer(queue, makers.make_user(), "two dogs bark")
    assert not Gold.objects.exists()
    answer(queue, makers.make_user(), "one heron")

    assert (Gold.objects.get().value, Gold.objects.get().posterior) == (
        "one heron",
        None,
    )


def test_a_crowd_needs_fewer_answers_than_three_each_and_is_right_as_often() -> None:
    tasks, dice = 240, random.Random(SEED)  # noqa: S311 (repeatable, no secret)
    queue = a_queue()
    people = {
        makers.make_user(): right
        for right in (0.97, 0.95, 0.93, 0.9, 0.88, 0.85, 0.8, 0.75, 0.65, 0.6)
    }
    truth = {waits(queue).pk: dice.choice(LABELS) for _ in range(tasks)}
    said = {
        (person.pk, task): say(dice, truth[task], right)
        for person, right in people.items()
        for task in truth
    }
    schema = Schema.objects.get(project=queue.project)

    for turn in range(tasks * 5):
        person = dice.choice(list(people))
        answer(queue, person, lambda task, by=person.pk: said[by, task])
        if turn % 100 == 99:
            crowds.fit(schema.pk, blind=True)
            if not QueueItem.objects.filter(queue=queue).exclude(state=2).exists():
                break

    settled = dict(Gold.objects.values_list("task", "value"))
    found = overlap.so_far(queue)
    assert found is not None
    right = sum(value == truth[task] for task, value in settled.items())
    fixed = majority_of_three(dice, said, [p.pk for p in people], truth)
    assert right / len(settled) >= fixed[0]
    assert len(settled) >= fixed[1] * tasks
    assert found.answers < 3 * tasks
    assert found.tasks == tasks
    assert isinstance(found.instead, int)
    assert found.saved == found.instead * tasks - found.answers


def majority_of_three(
    dice: random.Random,
    said: Mapping[tuple[int, int], str],
    people: list[int],
    truth: Mapping[int, str],
) -> tuple[float, float]:
    """Of a fixed overlap of three: how much of what settles is right, how much settles."""
    right = settled = 0
    for _ in range(20):
        for task, true in truth.items():
            given = [said[person, task] for person in dice.sample(people, 3)]
            top = max(given, key=given.count)
            settled += given.count(top) > 1
            right += given.count(top) > 1 and top == true
    return right / settled, settled / (20 * len(truth))


def test_what_was_saved_is_not_said_before_people_are_known() -> None:
    queue = a_queue(max_overlap=1)
    waits(queue)
    answer(queue, makers.make_user(), "cat")

    found = overlap.so_far(queue)

    assert found is not None
    assert [(r.answers, r.tasks, r.adjudicated) for r in found.rows] == [(1, 1, 1)]
    assert isinstance(found.saved, NotEnough)
    assert overlap.so_far(makers.make_queue(sure=None)) is None
