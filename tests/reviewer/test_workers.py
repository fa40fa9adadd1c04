"""Several workers at once, and workers killed between two writes: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from projects.models import User
from reviewer import (
    crowds,
    drifting,
    expert_checks,
    intake,
    planning,
    promising,
    queueing,
)
from reviewer.models import (
    CrowdFit,
    Fit,
    PromiseProcess,
    QueueItem,
    Selection,
    Watched,
)
from reviewer.stats.threshold_state import Process
from tests import makers
from tests.reviewer.crowd import all_counted, make_crowd
from tests.reviewer.disputes import answer
from tests.reviewer.pages.makers import make_drawn, make_team
from tests.reviewer.rollups import counting
from tests.reviewer.sites import Site
from tests.reviewer.test_crowds import a_queue, earlier_answers

pytestmark = pytest.mark.django_db(transaction=True)
PROMISE: dict[str, Any] = {"audit": 0.3, "promise": {"wrong": 0.2, "sure": 0.9}}
BY_LABEL: dict[str, Any] = {
    **PROMISE,
    "promise": {**PROMISE["promise"], "by_label": True},
}
BUDGET: dict[str, Any] = {"audit": 0.02, "budget": {"reviews_a_day": 200}}
WORKERS = 4


class Killed(BaseException):
    """What no `except Exception` takes for an error."""


def at_once(*calls: Callable[[], object]) -> None:
    """Each in a thread and with a session of its own; all begin together."""
    begin, broken = threading.Barrier(len(calls)), list[BaseException]()

    def run(call: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            call()
        except BaseException as error:  # noqa: BLE001 (told below, whatever it is)
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not broken, broken
    assert not any(thread.is_alive() for thread in threads)


def killed_after(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: Callable[[], object]
) -> int:
    """Call it while each first call of `owner.name` is a worker's last; how many there were."""
    wanted, writes = 0, 0
    real = getattr(owner, name)

    def last(*given: Any, **named: Any) -> Any:
        nonlocal writes
        done = real(*given, **named)
        writes += 1
        if writes > wanted:
            raise Killed
        return done

    with monkeypatch.context() as dying:
        dying.setattr(owner, name, last)
        for wanted in range(10):
            writes = 0
            with contextlib.suppress(Killed):
                call()
                return wanted
    raise AssertionError(f"{name} goes on and on")


def fit_numbers() -> list[int]:
    return list(Fit.objects.order_by("number").values_list("number", flat=True))


def a_site(rules: dict[str, Any], **how: Any) -> Site:
    site = Site(rules)
    site.send(900, **how)
    site.answer_all()
    return site


def test_workers_at_once_begin_one_process_and_use_each_answer_once() -> None:
    site = a_site(PROMISE)

    at_once(*[lambda: promising.advance(site.project.pk)] * WORKERS)
    promising.advance(site.project.pk)

    process = PromiseProcess.objects.get()
    assert process.answers == len(site.drawn_blind())
    assert len(Process.from_json(process.state).seen) <= process.answers
    assert fit_numbers() == list(range(1, Fit.objects.count() + 1))
    assert Fit.objects.exists()


def test_predictions_that_are_kept_late_are_waited_for() -> None:
    site = a_site(PROMISE)
    rows = [site.row("1", None) for _ in range(40)]
    sent, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            intake.accept(intake.open_desk(site.project), rows)
            sent.set()
            go.wait(60)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert sent.wait(60)
    before = len(site.drawn_blind())
    site.send(60)
    site.answer_all()
    promising.advance(site.project.pk)
    used = PromiseProcess.objects.get().answers
    go.set()
    thread.join(60)
    counting.count_all()
    site.answer_all()
    promising.advance(site.project.pk)

    assert used == before
    assert PromiseProcess.objects.get().answers == len(site.drawn_blind()) > before


def test_a_worker_killed_while_it_begins_gives_no_part_of_delta_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = a_site(BY_LABEL)

    died = killed_after(
        monkeypatch,
        PromiseProcess,
        "save",
        lambda: promising.advance(site.project.pk),
    )

    assert died > 1
    processes = PromiseProcess.objects.order_by("number")
    assert len(processes) > 1
    assert [each.number for each in processes] == list(range(1, len(processes) + 1))
    assert len({each.key for each in processes}) == len(processes)
    used = {each.label: each.answers for each in processes}
    drawn = [each.label for each in site.drawn_blind()]
    assert used == {label: drawn.count(label) for label in used}


def test_a_worker_killed_between_a_fit_and_its_evidence_leaves_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = a_site(PROMISE)

    died = killed_after(
        monkeypatch, Fit, "save", lambda: promising.advance(site.project.pk)
    )

    assert died > 0
    (process,) = PromiseProcess.objects.all()
    assert process.answers == len(site.drawn_blind())
    assert fit_numbers() == list(range(1, Fit.objects.count() + 1))
    assert Fit.objects.exists()


def test_workers_at_once_make_one_plan_of_each_version_in_an_hour() -> None:
    site = Site(BUDGET)
    site.send(400)
    site.send(300, version="2")

    at_once(*[lambda: planning.plan(site.project.pk)] * WORKERS)

    assert fit_numbers() == [1, 2]
    assert set(Fit.objects.values_list("model_version", flat=True)) == {"1", "2"}


def test_a_worker_killed_between_two_plans_leaves_no_half_of_a_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site(BUDGET)
    site.send(400)
    site.send(300, version="2")

    died = killed_after(
        monkeypatch, Fit, "save", lambda: planning.plan(site.project.pk)
    )

    assert died == 2
    expected = Fit.objects.values_list("evidence__expected", flat=True)
    assert len(expected) == 2
    assert sum(expected) <= 200


def test_workers_at_once_judge_each_answer_once() -> None:
    crowd = make_crowd((0.9, 0.9, 0.6), seed=8)
    crowd.tasks(60)
    crowd.work()
    all_counted()

    at_once(*[drifting.take] * WORKERS)
    drifting.take()

    judged = {each.user_id: each.judged for each in Watched.objects.all()}
    again = dict(judged)
    drifting.take()
    assert len(judged) == 3
    assert all(judged.values())
    assert {each.user_id: each.judged for each in Watched.objects.all()} == again


def test_workers_at_once_keep_one_fit_of_the_same_answers() -> None:
    queue = a_queue()
    people = {makers.make_user(): right for right in (0.99, 0.9)}
    schema = earlier_answers(queue, people, 30)
    CrowdFit.objects.all().delete()

    at_once(*[lambda: crowds.fit(schema.pk, blind=True)] * WORKERS)

    assert CrowdFit.objects.filter(blind=True).count() == 1


def test_what_two_reviewers_settle_at_once_is_drawn_for_experts_once() -> None:
    team = make_team(overlap=2, max_overlap=2)
    expert_checks.begin(team.queue, 1.0, timezone.now() - timedelta(days=1))
    team.queue.save()
    other = makers.make_member(team.project)
    for at in range(8):
        make_drawn(team, "cat", u=at / 10)
        QueueItem.objects.update(wanted=2)

    def work(person: User) -> None:
        for _ in range(8):
            answer(team.queue, person, "cat")

    at_once(lambda: work(team.reviewer), lambda: work(other))

    assert Selection.objects.count() == 8
    assert QueueItem.objects.filter(check_task=True).count() == 8


def test_a_worker_killed_while_it_draws_for_experts_leaves_nothing_half_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = make_team(max_overlap=1)
    expert_checks.begin(team.queue, 1.0, timezone.now() - timedelta(days=1))
    team.queue.save()
    make_drawn(team, "cat")

    def work() -> None:
        QueueItem.objects.filter(check_task=False).update(
            state=0, lease_by=None, lease_until=None, leased_at=None
        )
        answer(team.queue, team.reviewer, "cat")

    real = queueing.put

    def dies(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        raise Killed

    with monkeypatch.context() as dying, contextlib.suppress(Killed):
        dying.setattr(queueing, "put", dies)
        work()
    before = Selection.objects.count(), QueueItem.objects.filter(check_task=True)

    assert before[0] == 0
    assert not before[1].exists()
    work()
    assert Selection.objects.exclude(task=None).count() == 1
    assert QueueItem.objects.filter(check_task=True).count() == 1
