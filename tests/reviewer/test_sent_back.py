"""Answers go back to whoever gave them, with a reason; they correct them or stand by them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Gold, Task
from projects.models import AuditEntry, Membership
from projects.refused import NotAllowed, NotFound
from reviewer import leasing, sent_back, submission
from reviewer.models import SentBack
from reviewer.sent_back import NotCorrectable, SentBackAlready
from reviewer.submission import Submission
from tests.makers import make_member, make_project, new_uuid, sign_in
from tests.reviewer.disputes import Dispute, answer, make_dispute

pytestmark = pytest.mark.django_db
State = SentBack.State


def send(given: Dispute, reason: str = "Look at the ears") -> SentBack:
    return sent_back.send(given.first().pk, given.judge, reason)


def correct(given: Dispute, label: str, note: str = "") -> SentBack:
    """As the page does: by the lease under which it was answered."""
    sent = SentBack.objects.get()
    again = Submission(
        sent.item_id, sent.token, new_uuid(), {"label": label}, 2.0, note
    )
    submission.submit(given.review, given.one, again, timezone.now())
    sent.refresh_from_db()
    return sent


def claim(given: Dispute) -> Any:
    client = sign_in(given.one)
    address = f"/api/v1/queues/{given.review.pk}/claim"
    return client.post(address, {}, content_type="application/json").json()


def test_its_author_finds_it_first_with_the_reason_and_no_name() -> None:
    given = make_dispute()
    send(given)

    first = claim(given)["assignments"][0]

    assert first["returned"]["reason"] == "Look at the ears"
    assert first["returned"]["by"] == "An adjudicator"
    assert first["answer"] == {"label": "cat"}
    assert str(given.adjudicator) not in str(first)


def test_a_correction_answers_it_and_nothing_waits_any_more() -> None:
    given = make_dispute()
    send(given)

    sent = correct(given, "dog")

    assert sent.state == State.CORRECTED
    assert given.first().answer == {"label": "dog"}
    assert not claim(given)["assignments"]


def test_the_same_answer_again_stands_with_its_reason() -> None:
    given = make_dispute()
    send(given)

    sent = correct(given, "cat", "The ears are those of a cat")

    assert (sent.state, sent.reply) == (State.STANDS, "The ears are those of a cat")


def test_the_answer_and_what_it_settled_stay_until_then() -> None:
    given = make_dispute("cat", "cat")
    before = list(Gold.objects.values_list("value", flat=True))

    send(given)

    assert before == ["cat"]
    assert list(Gold.objects.values_list("value", flat=True)) == before
    assert Task.objects.get(pk=given.task.pk).state == Task.State.SETTLED


def test_an_answer_waits_for_its_author_once_at_a_time() -> None:
    given = make_dispute()
    send(given)

    with pytest.raises(SentBackAlready):
        send(given)

    correct(given, "dog")
    assert send(given).state == State.WAITS


def test_nobody_sends_back_their_own_answer() -> None:
    given = make_dispute()
    answer(given.experts, given.adjudicator, "dog")
    own = given.adjudicator.annotations.get()

    with pytest.raises(NotCorrectable):
        sent_back.send(own.pk, given.judge, "why")


def test_an_answer_that_measures_its_author_stays() -> None:
    given = make_dispute()
    first = given.first()
    first.check_task = True
    first.save(update_fields=["check_task"])

    with pytest.raises(NotCorrectable):
        send(given)


def test_whoever_left_gets_nothing_back() -> None:
    given = make_dispute()
    Membership.objects.filter(user=given.one).update(ended_at=timezone.now())

    with pytest.raises(NotCorrectable):
        send(given)


def test_reviewers_send_nothing_back_and_others_find_nothing() -> None:
    given = make_dispute()
    elsewhere = make_project()
    stranger = make_member(elsewhere, "lead")
    foreign = given.member(stranger, "lead").__class__(
        stranger, elsewhere, "lead", by_token=False
    )

    with pytest.raises(NotAllowed):
        sent_back.send(given.first().pk, given.member(given.two, "reviewer"), "why")
    with pytest.raises(NotFound):
        sent_back.send(given.first().pk, foreign, "why")


def test_it_is_written_down_who_sent_what_back_and_why() -> None:
    given = make_dispute()

    send(given)

    entry = AuditEntry.objects.get(action="answer sent back")
    assert (entry.actor, entry.reason) == (given.adjudicator, "Look at the ears")


def test_the_task_in_hand_comes_back_to_whoever_settles_it_last() -> None:
    given = make_dispute()
    at = timezone.now()
    (item,) = leasing.take(given.experts, given.adjudicator, 1, at=at)
    client = sign_in(given.adjudicator)

    answered = client.post(
        f"/api/v1/annotations/{given.first().pk}/send-back",
        {"reason": "why", "assignment": str(item.pk), "token": item.token},
        content_type="application/json",
    )

    assert answered.status_code == 200
    (again,) = leasing.take(given.experts, given.adjudicator, 1, at=at)
    assert again.pk == item.pk
    assert again.token > item.token
