"""Many at once: each answer is kept once, no task gets more than it wants, none is left."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from labeling.models import Annotation, Gold, Payload, Task
from projects.models import Role, User
from reviewer import flags, intake, leasing, queueing
from reviewer.incoming import SentBefore
from reviewer.intake import Taken
from reviewer.leasing import LeaseEnded, QueuePaused
from reviewer.models import Assignment, Prediction, Queue, QueueItem
from tests.journeys.callers import open_shop, row
from tests.makers import (
    make_member,
    make_policy,
    make_queue,
    make_queue_item,
    make_schema,
    make_user,
)
from tests.reviewer.together import Clock, Worker, is_unfinished, together

pytestmark = pytest.mark.django_db(transaction=True)
State = QueueItem.State
LONGER_THAN_A_LEASE = timedelta(minutes=11)
SEED = 20_26


def filled(tasks: int, **fields: Any) -> Queue:
    queue = make_queue(**fields)
    make_schema(queue.project)
    make_queue(queue.project, purpose=Queue.Purpose.ADJUDICATION, max_overlap=1)
    for _ in range(tasks):
        make_queue_item(queue)
    return queue


def workers(queue: Queue, count: int) -> list[Worker]:
    """Each with a chance of their own, all with one clock."""
    clock = Clock()
    return [Worker(make_user(), queue, clock, chance_of(n)) for n in range(count)]


def chance_of(number: int) -> random.Random:
    return random.Random(SEED + number)  # noqa: S311 (repeatable, no secret)


def assert_every_answer_is_kept_once(people: Iterable[Worker]) -> None:
    """As it was acknowledged, and as many counted as each task says it has."""
    told = {key: what for each in people for key, what in each.receipts.items()}
    kept = dict(Annotation.objects.values_list("client_id", "counted"))
    assert kept.keys() == told.keys()
    first = {key: r for key, (_, r) in told.items() if r.status != "correction"}
    assert {key: r.status == "counted" for key, r in first.items()} == {
        key: kept[key] for key in first
    }
    counted = Counter(pk for pk, r in told.values() if r.status == "counted")
    done = QueueItem.objects.exclude(done=0).values_list("pk", "done")
    assert dict(done) == dict(counted)


def assert_so_many_different_people(queue: Queue, wanted: int) -> None:
    items = QueueItem.objects.filter(queue=queue)
    assert set(items.values_list("state", "done")) == {(State.DONE, wanted)}
    counted = Annotation.objects.filter(counted=True).values_list("task", "author")
    assert set(Counter(counted).values()) == {1}
    assert set(Counter(task for task, _ in counted).values()) == {wanted}


def sixteen_answer(tasks: int, seconds: float) -> None:
    queue = filled(tasks, overlap=3, max_overlap=3)
    people = workers(queue, 16)

    def work(one: Worker) -> None:
        one.until_done(one.answer, ahead=3)

    together([partial(work, one) for one in people], seconds=seconds)

    assert_so_many_different_people(queue, 3)
    assert_every_answer_is_kept_once(people)
    assert Gold.objects.current().count() == tasks
    assert Task.objects.filter(state=Task.State.SETTLED).count() == tasks


def test_sixteen_people_give_each_task_exactly_three_answers() -> None:
    sixteen_answer(tasks=80, seconds=60)


def test_a_task_that_is_asked_until_it_is_sure_gets_no_more_and_no_fewer() -> None:
    queue = filled(40, overlap=1, max_overlap=5, sure=0.95, pre_label="never")
    people = workers(queue, 12)

    def work(one: Worker) -> None:
        def say(item: QueueItem) -> None:
            one.answer(item, "dog" if one.is_hasty(0.2) else "cat")

        one.until_done(say, ahead=3)

    together([partial(work, one) for one in people], seconds=90)

    assert_every_answer_is_kept_once(people)
    settled = {gold.task_id: gold for gold in Gold.objects.current()}
    experts = Queue.objects.get(purpose=Queue.Purpose.ADJUDICATION)
    sent_on = set(experts.items.values_list("task", flat=True))
    for item in QueueItem.objects.filter(queue=queue):
        said = Annotation.objects.filter(task=item.task_id, counted=True)
        top, n = Counter(a.answer["label"] for a in said).most_common(1)[0]
        # all count as right in four of five (two labels, and that there is none): two in
        # agreement are sure, and then whoever is two ahead
        ahead = 2 * n - item.done
        assert (item.task_id in settled) is (ahead == 2)
        assert (item.task_id in sent_on) is (ahead < 2)
        assert item.done == 5 or ahead == 2
        if item.task_id in settled:
            assert settled[item.task_id].value == top
            assert (settled[item.task_id].posterior or 0) >= 0.95


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sixteen_people_give_each_of_2000_tasks_exactly_three_answers() -> None:
    sixteen_answer(tasks=2_000, seconds=540)


def test_leases_that_run_out_and_tasks_given_back_lose_and_double_nothing() -> None:
    queue = filled(40, overlap=2, max_overlap=3)
    people, lead = workers(queue, 8), make_member(queue.project, Role.LEAD)

    clock = people[0].clock

    def work(one: Worker) -> None:
        # held on to although the lease may have gone on to somebody else
        kept: list[QueueItem] = []
        while is_unfinished(queue):
            if one.is_hasty(0.05):
                clock.jump(LONGER_THAN_A_LEASE)
            kept += one.claim(one.chance.randint(1, 3))
            one.chance.shuffle(kept)
            for _ in range(min(len(kept), 2)):
                deal_with(one, kept.pop())
        for item in kept:
            one.answer(item, one.chance.choice(("cat", "dog")))

    def give_back() -> None:
        while is_unfinished(queue):
            return_flagged(queue, lead)

    together([*(partial(work, one) for one in people), give_back], seconds=90)

    for item in QueueItem.objects.filter(queue=queue):
        assert (item.state, item.done) == (State.DONE, item.wanted)
        assert 2 <= item.wanted <= 3
    assert_every_answer_is_kept_once(people)
    leases = Assignment.objects.values_list("item", "token")
    assert len(set(leases)) == len(leases)


def deal_with(one: Worker, item: QueueItem) -> None:
    """Mostly answered; else given back, left to others or set aside, if still theirs."""
    at, mine = one.clock.now(), (item.pk, item.token, one.user)
    acts = (
        lambda: leasing.release(*mine, at),
        lambda: leasing.skip(*mine, "too dark", at),
        lambda: leasing.flag(*mine, "shows a face", at),
        lambda: leasing.renew(*mine, at),
    )
    if one.is_hasty(0.3):
        with suppress(LeaseEnded):
            one.chance.choice(acts)()
    if one.is_hasty(0.8):
        one.answer(item, one.chance.choice(("cat", "dog")))


def return_flagged(queue: Queue, lead: User) -> None:
    """Everything set aside goes back to the reviewers."""
    flagged = QueueItem.objects.filter(queue=queue, state=State.FLAGGED)
    for pk in list(flagged.values_list("pk", flat=True)):
        flags.give_back(queue, pk, lead, "look again")


def test_a_pause_under_load_stops_claims_and_loses_no_answer() -> None:
    queue = filled(60, overlap=2, max_overlap=2)
    people, lead = workers(queue, 8), make_member(queue.project, Role.LEAD)
    paused, resumed = threading.Event(), threading.Event()
    refused: list[str] = []

    def work(one: Worker) -> None:
        held: list[QueueItem] = []
        while is_unfinished(queue):
            stopped = paused.is_set()
            try:
                held += [i for i in one.claim(2) if i.pk not in {h.pk for h in held}]
                assert not (stopped and not resumed.is_set())
            except QueuePaused as error:
                refused.append(error.code)
                resumed.wait(0.01)
            if held:
                one.answer(held.pop())

    def pause() -> None:
        while Annotation.objects.count() < 20:
            resumed.wait(0.005)
        queueing.pause(Queue.objects.get(pk=queue.pk), lead, paused=True)
        paused.set()
        while len(refused) < 16:
            resumed.wait(0.005)
        resumed.set()
        queueing.pause(Queue.objects.get(pk=queue.pk), lead, paused=False)

    together([*(partial(work, one) for one in people), pause], seconds=60)

    assert_so_many_different_people(queue, 2)
    assert_every_answer_is_kept_once(people)


def test_batches_of_the_same_ids_in_any_order_get_the_same_decisions() -> None:
    shop = open_shop()
    make_policy(shop.project, rules=[], audit=0.5)
    # one id in four is sent with other content by somebody, and inputs repeat
    rows = [row(input={"text": f"sheet {n % 25}"}) for n in range(60)]
    others = [
        {**each, "output": {"label": "dog", "confidence": 0.7}} for each in rows[::4]
    ]
    answers: list[list[tuple[dict[str, Any], Any]]] = [[] for _ in range(8)]

    def post(at: int) -> None:
        chance = chance_of(at)
        for _ in range(6):
            sent = chance.sample([*rows, *others], 30)
            desk = intake.open_desk(shop.project)
            outcomes = intake.accept(desk, sent)
            answers[at] += zip(sent, outcomes, strict=True)

    together([partial(post, at) for at in range(8)], seconds=60)

    assert_one_decision_each([pair for each in answers for pair in each])


def assert_one_decision_each(answers: list[tuple[dict[str, Any], Any]]) -> None:
    """The first content is kept, the same is told to all, other content is refused."""
    kept = {each.inference_id: each for each in Prediction.objects.all()}
    fresh = Counter[str]()
    for sent, outcome in answers:
        prediction = kept[sent["inference_id"]]
        if isinstance(outcome, Taken):
            assert _told(outcome) == _kept(prediction)
            assert prediction.output == sent["output"]
            fresh[sent["inference_id"]] += not outcome.duplicate
        else:
            assert isinstance(outcome, SentBefore)
            assert prediction.output != sent["output"]
    assert fresh == dict.fromkeys(kept, 1)
    assert kept.keys() == {sent["inference_id"] for sent, _ in answers}
    drawn = {each.task_id for each in kept.values() if each.verdict != "accepted"}
    assert None not in drawn
    assert set(QueueItem.objects.values_list("task", flat=True)) == drawn
    assert Task.objects.count() == QueueItem.objects.count() == len(drawn)
    assert Payload.objects.count() == len({each.payload_id for each in kept.values()})


def _told(taken: Taken) -> tuple[Any, ...]:
    return taken.verdict, taken.pi, taken.reason, taken.task


def _kept(prediction: Prediction) -> tuple[Any, ...]:
    return prediction.verdict, prediction.pi, prediction.reason, prediction.task_id
