"""What each may see of a task: names only once it is decided, the model only when it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Annotation
from projects.refused import NotFound
from reviewer import leasing, sent_back, sight, story
from reviewer.models import Queue, QueueItem
from tests.makers import make_member, make_queue_item, make_task, sign_in
from tests.reviewer.disputes import Dispute, answer, make_dispute

pytestmark = pytest.mark.django_db


def told(given: Dispute, user: Any, role: str = "reviewer") -> dict[str, Any]:
    return story.of(sight.of(given.member(user, role), given.task.pk))


def test_an_adjudicator_sees_letters_until_it_is_decided() -> None:
    given = make_dispute()

    before = told(given, given.adjudicator, "adjudicator")
    answer(given.experts, given.adjudicator, "dog")
    after = told(given, given.adjudicator, "adjudicator")

    assert [each["who"] for each in before["answers"]] == ["A", "B"]
    assert [each["who"] for each in after["answers"]] == [
        str(given.one),
        str(given.two),
        "You",
    ]


def test_a_reviewer_sees_only_their_own_until_it_is_settled() -> None:
    given = make_dispute()

    before = told(given, given.one)
    answer(given.experts, given.adjudicator, "dog")
    after = told(given, given.one)

    assert [each["who"] for each in before["answers"]] == ["You"]
    assert before["state"] == "open"
    assert not before["gold"]
    assert [each["who"] for each in after["answers"]] == ["You", "B", "Adjudicator"]
    assert after["gold"]["label"]["value"] == "dog"


def test_a_lead_who_has_it_in_hand_sees_what_their_work_shows() -> None:
    given = make_dispute()
    lead = make_member(given.project, "lead")
    make_queue_item(given.review, make_task(given.project), wanted=1)
    waiting = make_queue_item(
        Queue.objects.create(project=given.project, name="more", title="More"),
        given.task,
        wanted=1,
    )
    leasing.take(waiting.queue, lead, 1, at=timezone.now())

    assert told(given, lead, "lead")["answers"] == []


def test_a_reviewer_finds_no_task_that_was_never_theirs() -> None:
    given = make_dispute()

    with pytest.raises(NotFound):
        told(given, make_member(given.project))


def test_a_blind_task_hides_the_model_from_whoever_answers() -> None:
    given = make_dispute()
    given.task.blind = True
    given.task.save(update_fields=["blind"])

    assert told(given, given.one)["pre_label"] is None
    assert told(given, make_member(given.project, "lead"), "lead")["pre_label"]


@pytest.mark.parametrize(
    ("shown", "before", "after"),
    [("at_once", True, True), ("after_guess", False, True), ("never", False, False)],
)
def test_the_history_keeps_the_model_back_as_the_queue_does(
    shown: str, *, before: bool, after: bool
) -> None:
    given = make_dispute(pre_label=shown)
    person = make_member(given.project)
    task = make_task(given.project, label="cat")
    make_queue_item(given.review, task, wanted=1)
    leasing.take(given.review, person, 1, at=timezone.now())
    who = given.member(person, "reviewer")

    first = story.of(sight.of(who, task.pk))
    answer(given.review, person, "dog")
    then = story.of(sight.of(who, task.pk))

    assert (first["pre_label"] is not None) is before
    assert (then["pre_label"] is not None) is after


def test_a_check_task_never_looks_settled_to_whoever_it_measures() -> None:
    given = make_dispute("cat", "cat")
    QueueItem.objects.filter(task=given.task).update(check_task=True)

    seen = told(given, given.one)

    assert seen["state"] == "open"
    assert not seen["gold"]
    assert not any(each["check"] for each in seen["answers"])


def test_comments_carry_roles_and_letters_and_no_names() -> None:
    given = make_dispute()
    client = sign_in(given.one)
    address = f"/api/v1/tasks/{given.task.pk}/comments"
    number = "0d9e2c1e-9d53-4b6e-9f77-0a8f5a0f2f11"
    body = {"text": "A cat?", "client_id": number}
    client.post(address, body, content_type="application/json")

    theirs = sign_in(given.two).get(address).json()["comments"]
    judged = sign_in(given.adjudicator).get(address).json()["comments"]

    assert [each["who"] for each in theirs] == ["A reviewer"]
    assert [each["who"] for each in judged] == ["A"]
    assert not theirs[0]["may_resolve"]
    assert judged[0]["may_resolve"]


def test_what_was_sent_back_is_told_to_its_author_by_role() -> None:
    given = make_dispute()
    sent_back.send(given.first().pk, given.judge, "Look at the ears")

    (mine,) = told(given, given.one)["sent_back"]

    assert (mine["by"], mine["reason"]) == ("An adjudicator", "Look at the ears")
    assert told(given, given.two)["sent_back"] == []


def test_an_answer_tells_what_was_said_before_and_why() -> None:
    given = make_dispute()
    Annotation.objects.filter(author=given.one).update(
        guess={"label": "dog"}, note="The ears"
    )

    (mine,) = told(given, given.one)["answers"]

    assert (mine["guess"], mine["note"]) == ({"label": "dog"}, "The ears")
