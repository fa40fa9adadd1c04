"""The stop switch: nothing is accepted unseen while it is on, and what is drawn stays honest."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from projects.models import AuditEntry, Project, User
from reviewer import desks, intake, queueing, stops
from reviewer.models import Prediction, Queue, Stop
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = makers.make_project()
    makers.make_endpoint(project, "eyes")
    makers.make_policy(project, audit=0.005)
    makers.make_queue(project)
    return project


@pytest.fixture
def lead(project: Project) -> User:
    return makers.make_member(project, "lead")


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "inference_id": name,
        "endpoint": "eyes",
        "model": {"name": "m", "version": "1"},
        "input": {"text": f"text of {name}"},
        "output": {"label": "cat", "confidence": 0.99},
        **fields,
    }


def send(project: Project, *names: str) -> list[Any]:
    return list(intake.accept(intake.open_desk(project), [row(name) for name in names]))


def test_from_the_stop_on_everything_is_reviewed_and_told_why(
    project: Project, lead: User
) -> None:
    before = send(project, *(f"a{n}" for n in range(20)))
    stops.begin(project, by=lead, reason="The model is wrong", mode="review")

    one = send(project, "b")
    many = send(project, *(f"c{n}" for n in range(20)))

    assert "accepted" in {each.verdict for each in before}
    for each in one + many:
        assert (each.verdict, each.pi) == ("review", 1.0)
        assert each.reason == "Stopped: nothing is accepted unseen, stop 1"
    kept = Prediction.objects.filter(inference_id__startswith="c")
    assert set(kept.values_list("pi", "b", "rule")) == {(1.0, 0.2, "")}
    assert all(each.task for each in kept)


def test_what_was_sent_before_keeps_its_first_answer(
    project: Project, lead: User
) -> None:
    (first,) = send(project, "a")
    stops.begin(project, by=lead, reason="x", mode="review")

    (again,) = send(project, "a")

    assert again.duplicate
    assert again.verdict == first.verdict


def test_after_the_end_the_policy_decides_again(project: Project, lead: User) -> None:
    stops.begin(project, by=lead, reason="x", mode="review")
    send(project, "a")
    stops.end(project, by=lead, reason="mended")

    told = send(project, *(f"b{n}" for n in range(20)))

    assert "accepted" in {each.verdict for each in told}
    assert all("Stopped" not in each.reason for each in told)


def test_a_spent_budget_does_not_let_anything_through(
    project: Project, lead: User
) -> None:
    makers.make_policy(project, audit=0.005, budget={"reviews_a_day": 1})
    send(project, *(f"a{n}" for n in range(60)))
    stops.begin(project, by=lead, reason="x", mode="review")

    told = send(project, *(f"b{n}" for n in range(20)))

    assert {each.verdict for each in told} == {"review"}


def test_a_hold_pauses_review_queues_and_its_end_lets_only_these_go_on(
    project: Project, lead: User
) -> None:
    paused = makers.make_queue(project, paused=True)
    adjudication = makers.make_queue(project, purpose="adjudication")

    stops.begin(project, by=lead, reason="x", mode="hold")
    held = set(Queue.objects.filter(project=project, paused=True))
    (told,) = send(project, "a")
    stops.end(project, by=lead, reason="mended")

    assert adjudication not in held
    assert len(held) == 2
    assert told.task is not None
    assert list(Queue.objects.filter(project=project, paused=True)) == [paused]


def test_a_queue_that_somebody_paused_meanwhile_stays_paused(
    project: Project, lead: User
) -> None:
    stops.begin(project, by=lead, reason="x", mode="hold")
    queue = Queue.objects.get(project=project, paused=True)
    queueing.pause(queue, lead, paused=False, reason="Bob needs one")
    queueing.pause(queue, lead, paused=True, reason="enough")

    stops.end(project, by=lead, reason="mended")

    assert list(Queue.objects.filter(project=project, paused=True)) == [queue]


def test_a_stop_and_its_end_bear_a_name_and_a_reason(
    project: Project, lead: User
) -> None:
    stops.begin(project, by=lead, reason="It calls dogs cats", mode="review")
    with pytest.raises(stops.AlreadyStopped):
        stops.begin(project, by=lead, reason="me too", mode="review")
    stops.end(project, by=lead, reason="Rolled back")
    with pytest.raises(stops.NotStopped):
        stops.end(project, by=lead, reason="again")

    entries = AuditEntry.objects.filter(project=project, action__startswith="stop")
    told = list(entries.order_by("pk").values_list("action", "actor", "reason"))
    assert told == [
        ("stop begun", lead.pk, "It calls dogs cats"),
        ("stop ended", lead.pk, "Rolled back"),
    ]


def test_a_project_has_one_stop_at_a_time(project: Project, lead: User) -> None:
    stops.begin(project, by=lead, reason="x", mode="review")
    first = Stop.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Stop.objects.create(
            project=project,
            number=2,
            reason="y",
            began_at=first.began_at,
            began_by=lead,
        )


@pytest.mark.django_db(transaction=True)
def test_what_another_process_decided_before_it_knew_of_the_stop_is_decided_anew(
    project: Project, lead: User
) -> None:
    """This thread's desk, once opened, is what a process of intake keeps in its memory."""
    desk = intake.open_desk(project)
    assert desk.stop is None

    def elsewhere() -> None:
        try:
            stops.begin(project, by=lead, reason="x", mode="review")
        finally:
            connection.close()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    # still the desk from before the stop
    assert desks.of(project).stop is None
    told = intake.accept(desk, [row(f"b{n}") for n in range(20)])

    assert {each.verdict for each in told if isinstance(each, intake.Taken)} == {
        "review"
    }
    assert desks.of(project).stop == 1
