"""Quotas of endpoints, skills and caps of reviewers, and the order of what waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from projects.models import Project, User
from projects.refused import TooMany
from reviewer import backpressure, intake, leasing, submission
from reviewer.models import Prediction, Queue, QueueItem, Reviewer
from reviewer.submission import Submission
from tests import makers

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, 0, 5, tzinfo=UTC)


def row(inference_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "inference_id": inference_id,
        "endpoint": "eyes",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"something about {inference_id}"},
        "output": {"label": "cat", "confidence": 0.9},
        **fields,
    }


def a_project(quota: int | None = None, **queue: Any) -> tuple[Project, Queue]:
    project = makers.make_project()
    endpoint = makers.make_endpoint(project, "eyes")
    endpoint.quota = quota
    endpoint.save()
    makers.make_policy(project)
    return project, makers.make_queue(project, **queue)


def send(project: Project, *rows: dict[str, Any]) -> list[Any]:
    return list(intake.accept(intake.open_desk(project), rows))


def answer(queue: Queue, user: User, item: QueueItem, at: datetime = NOON) -> str:
    given = Submission(item.pk, item.token, makers.new_uuid(), {"label": "cat"})
    return submission.submit(queue, user, given, at).status


def test_an_endpoint_over_its_quota_is_refused_before_anything_is_kept() -> None:
    project, _ = a_project(quota=3)
    send(project, row("a"), row("b"))

    with pytest.raises(TooMany) as refused:
        send(project, row("c"), row("d"))

    assert refused.value.status == 429
    assert 0 < (refused.value.retry_after or 0) <= 60
    assert Prediction.objects.count() == 2


def test_a_full_queue_refuses_before_anything_is_drawn() -> None:
    project, queue = a_project(most_waiting=2)
    backpressure.forget()
    send(project, row("a"), row("b"))
    backpressure.forget()

    with pytest.raises(backpressure.QueueFull) as refused:
        send(project, row("c"))

    assert refused.value.retry_after
    assert Prediction.objects.count() == 2
    leasing.take(queue, makers.make_member(project), 1, at=NOON)
    backpressure.forget()
    send(project, row("c"))
    assert Prediction.objects.count() == 3


def test_a_lead_says_who_has_which_skill() -> None:
    project, queue = a_project(skill_from="language")
    send(project, row("a", metadata={"language": "de"}))
    german, lead = makers.make_member(project), makers.make_member(project, "lead")
    page = makers.sign_in(lead)
    url = f"/p/{project.slug}/reviewers/{german.pk}/skills/"

    answer = page.post(url, {"skills": " fr, de,, "}, follow=True)

    assert f"The skills of {german} are kept." in answer.content.decode()
    assert Reviewer.objects.get().skills == ["de", "fr"]
    assert len(leasing.take(queue, german, 1, at=NOON)) == 1


def test_a_task_whose_skill_nobody_has_is_told_on_the_page() -> None:
    project, queue = a_project(skill_from="language")
    send(project, row("a", metadata={"language": "de"}), row("b"))
    makers.make_member(project)
    lead = makers.sign_in(makers.make_member(project, "lead"))

    page = lead.get(f"/p/{project.slug}/queues/{queue.pk}/").content.decode()

    assert "1 task waits" in page


def test_what_is_left_of_a_quota_can_still_be_used() -> None:
    project, _ = a_project(quota=3)
    send(project, row("a"), row("b"))

    (outcome,) = send(project, row("c"))

    assert not outcome.duplicate


def test_a_changed_quota_holds_at_once() -> None:
    project, _ = a_project(quota=1)
    send(project, row("a"))
    project.endpoints.update(quota=None)

    (outcome,) = send(project, row("b"))

    assert not outcome.duplicate


def test_a_changed_policy_routes_the_very_next_prediction() -> None:
    project, _ = a_project()
    send(project, row("a"))
    makers.make_policy(project, audit=0.005)

    (outcome,) = send(project, row("b"))

    assert outcome.policy_version == 2


def test_a_task_goes_to_who_has_the_skill_that_its_metadata_names() -> None:
    project, queue = a_project(skill_from="language")
    send(project, row("a", metadata={"language": "de"}), row("b"))
    anybody, german = makers.make_member(project), makers.make_member(project)
    Reviewer.objects.create(project=project, user=german, skills=["de"])

    for_anybody = leasing.take(queue, anybody, 5, at=NOON)
    for_german = leasing.take(queue, german, 5, at=NOON)

    assert [item.skill for item in for_anybody] == [""]
    assert [item.skill for item in for_german] == ["de"]


def test_a_lease_that_ran_out_is_not_given_to_who_lacks_the_skill() -> None:
    project, queue = a_project(skill_from="language")
    send(project, row("a", metadata={"language": "de"}))
    anybody, german = makers.make_member(project), makers.make_member(project)
    Reviewer.objects.create(project=project, user=german, skills=["de"])
    leasing.take(queue, german, 1, at=NOON)

    assert leasing.take(queue, anybody, 1, at=NOON + timedelta(days=1)) == []


def test_nobody_hands_in_more_a_day_than_the_queue_asks_of_one_person() -> None:
    project, queue = a_project(daily_cap=2)
    send(project, *(row(f"id{number}") for number in range(5)))
    person = makers.make_member(project)

    first = leasing.take(queue, person, 5, at=NOON)
    for item in first:
        answer(queue, person, item)

    assert len(first) == 2
    with pytest.raises(leasing.CapReached):
        leasing.take(queue, person, 1, at=NOON)
    assert len(leasing.take(queue, person, 5, at=NOON + timedelta(days=1))) == 2


def test_a_lone_reviewer_is_never_given_what_they_answered() -> None:
    project, queue = a_project(overlap=3, max_overlap=3)
    send(project, *(row(f"id{number}") for number in range(6)))
    person = makers.make_member(project)

    seen = []
    while items := leasing.take(queue, person, 2, at=NOON):
        seen += [item.pk for item in items]
        assert {answer(queue, person, item) for item in items} == {"counted"}

    assert len(seen) == len(set(seen)) == 6


def test_the_head_of_the_queue_is_the_lowest_place_among_all_sets_of_people() -> None:
    project, queue = a_project(overlap=2, max_overlap=2, audit_share=0)
    first = makers.make_queue_item(queue, place=0.1)
    second = makers.make_queue_item(queue, place=0.2)
    ann, bob = makers.make_member(project), makers.make_member(project)
    (item,) = leasing.take(queue, ann, 1, at=NOON)
    answer(queue, ann, item)

    (next_for_bob,) = leasing.take(queue, bob, 1, at=NOON)
    (next_for_ann,) = leasing.take(queue, ann, 1, at=NOON)

    assert (next_for_bob.pk, next_for_ann.pk) == (first.pk, second.pk)


def test_a_queue_in_due_order_gives_the_oldest_first() -> None:
    project, queue = a_project(order="due", audit_share=0)
    with time_machine.travel(NOON, tick=False):
        send(project, row("z"))
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        send(project, row("a"))

    taken = leasing.take(queue, makers.make_member(project), 1, at=NOON)

    assert [item.task.payload.content for item in taken] == [
        {"text": "something about z"}
    ]
