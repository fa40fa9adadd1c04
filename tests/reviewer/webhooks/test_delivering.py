"""Messages arrive at least once, under one id, whatever receivers and workers do."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from projects.models import User
from reviewer.models import Webhook, WebhookDelivery
from reviewer.webhooks import delivering, hooks
from reviewer.webhooks.sending import Heard
from tests import makers
from tests.config.running import eventually
from tests.reviewer.webhooks.receiver import Receiver, receiving, slow
from tests.reviewer.webhooks.rounds import deliver, deliver_to_the_end, soon

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
State = WebhookDelivery.State


@pytest.fixture
def lead(webhook: Webhook) -> User:
    return makers.make_member(webhook.project, "lead")


@pytest.fixture
def message(webhook: Webhook, lead: User) -> WebhookDelivery:
    return hooks.test(webhook, by=lead)


def test_a_message_arrives_signed_and_is_written_down(
    receiver: Receiver, lead: User
) -> None:
    webhook = makers.make_webhook(url=receiver.url, secret=SECRET)
    message = hooks.test(webhook, by=lead)

    deliver()

    message.refresh_from_db()
    (got,) = receiver.got
    assert got.is_signed(SECRET)
    assert got.id == message.message_id
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 60
    assert got.headers["content-type"] == "application/json"
    assert (message.state, message.attempts, message.last_status) == ("sent", 1, 204)
    assert deliver() == 0


def test_it_is_tried_ten_times_over_days_and_then_kept_as_a_dead_letter(
    receiver: Receiver, webhook: Webhook, message: WebhookDelivery
) -> None:
    receiver.says(500)

    tried = deliver_to_the_end(webhook)

    message.refresh_from_db()
    waits = [(b - a).total_seconds() for a, b in pairwise(tried)]
    assert len(tried) == len(delivering.BACKOFF) + 1
    assert all(
        planned <= waited <= planned * 1.1
        for planned, waited in zip(delivering.BACKOFF, waits, strict=True)
    )
    assert (message.state, message.last_status, message.answer) == (
        "dead",
        500,
        "said so",
    )
    assert {got.id for got in receiver.got} == {message.message_id}
    assert {got.body for got in receiver.got} == {message.body.encode()}


def test_one_that_comes_back_gets_it_then(
    receiver: Receiver, webhook: Webhook, message: WebhookDelivery
) -> None:
    receiver.says(503, 502, 204)

    deliver_to_the_end(webhook)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 3)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_receiver_says_when_to_come_again(
    receiver: Receiver, message: WebhookDelivery, status: int
) -> None:
    receiver.says((status, {"Retry-After": "1000"}, b""))
    at = soon()

    deliver(at)

    message.refresh_from_db()
    assert message.next_at == at + timedelta(seconds=1000)


def test_a_receiver_cannot_put_it_off_for_ever() -> None:
    _, wait = delivering.judge(1, Heard(503, "", retry_after=9_999_999))

    assert wait <= delivering.LONGEST_WAIT * 1.1


def test_a_receiver_that_is_gone_switches_the_webhook_off(
    receiver: Receiver, webhook: Webhook, message: WebhookDelivery
) -> None:
    receiver.says(410)

    deliver()

    webhook.refresh_from_db()
    message.refresh_from_db()
    assert (webhook.active, message.state) == (False, "dead")
    assert "410" in webhook.off_because


def test_a_worker_killed_between_sending_and_writing_sends_it_again_under_its_id(
    receiver: Receiver, webhook: Webhook, message: WebhookDelivery
) -> None:
    at = soon()
    run = delivering.claim(webhook, at)
    assert run is not None
    lost = delivering.send(run)

    assert deliver(at) == 0
    assert deliver(at + delivering.LEASE) == 1
    delivering.record(lost, at)

    message.refresh_from_db()
    assert [got.id for got in receiver.got] == [message.message_id] * 2
    assert (message.state, message.attempts) == ("sent", 2)


def test_after_one_failure_the_others_wait_with_it_and_lose_no_attempt(
    receiver: Receiver, webhook: Webhook, lead: User
) -> None:
    messages = [hooks.test(webhook, by=lead) for _ in range(5)]
    receiver.says(500, 204)
    at = soon()

    assert deliver(at) == 1
    assert deliver(at + timedelta(seconds=1)) == 0
    assert deliver(at + timedelta(seconds=6)) == 5

    found = [WebhookDelivery.objects.get(pk=each.pk) for each in messages]
    assert [each.attempts for each in found] == [2, 1, 1, 1, 1]
    assert {each.state for each in found} == {"sent"}


def test_what_a_receiver_refuses_for_itself_does_not_hold_up_the_rest(
    receiver: Receiver, webhook: Webhook, lead: User
) -> None:
    for _ in range(3):
        hooks.test(webhook, by=lead)
    receiver.says(422, 204)

    assert deliver() == 3
    assert webhook.deliveries.filter(state="sent").count() == 2


def test_a_message_that_is_too_large_is_not_sent(
    receiver: Receiver, message: WebhookDelivery
) -> None:
    WebhookDelivery.objects.filter(pk=message.pk).update(body="x" * (2**20 + 1))

    deliver()

    message.refresh_from_db()
    assert receiver.got == []
    assert "1 MB" in message.answer


def test_dead_letters_in_a_row_make_it_fail_and_one_that_arrives_mends_it(
    receiver: Receiver, webhook: Webhook, lead: User
) -> None:
    receiver.says(422)
    for _ in range(delivering.FAILING):
        hooks.test(webhook, by=lead)
    deliver_to_the_end(webhook)
    webhook.refresh_from_db()
    assert webhook.failing_since is not None

    receiver.says(204)
    hooks.test(webhook, by=lead)
    deliver()

    mended = Webhook.objects.get(pk=webhook.pk)
    assert (mended.failing_since, mended.dead_in_a_row) == (None, 0)


def test_dead_letters_are_sent_again_under_their_ids(
    receiver: Receiver, webhook: Webhook, lead: User
) -> None:
    for _ in range(3):
        hooks.test(webhook, by=lead)
    receiver.says(422)
    deliver_to_the_end(webhook)
    ids = {got.id for got in receiver.got}
    receiver.says(204)
    receiver.got.clear()
    first = webhook.deliveries.order_by("pk")[0]

    assert hooks.replay(webhook, by=lead, delivery=first.pk) == 1
    deliver()
    assert [got.id for got in receiver.got] == [first.message_id]

    assert hooks.replay(webhook, by=lead) == 2
    deliver()
    assert {got.id for got in receiver.got} == ids
    assert {each.state for each in webhook.deliveries.all()} == {State.SENT}


def test_while_the_secret_changes_both_are_good_and_then_the_new_one_only(
    receiver: Receiver, lead: User
) -> None:
    webhook = makers.make_webhook(url=receiver.url, secret=SECRET)
    at = timezone.now()
    new = hooks.rotate(webhook, by=lead, at=at)
    for wait in (timedelta(hours=1), hooks.BOTH_GOOD + timedelta(hours=1)):
        hooks.test(webhook, by=lead)
        deliver(at + wait)

    during, after = receiver.got
    assert during.is_signed(SECRET)
    assert during.is_signed(new)
    assert after.is_signed(new)
    assert not after.is_signed(SECRET)


def test_an_unreadable_secret_switches_the_webhook_off(
    webhook: Webhook, message: WebhookDelivery
) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(secret=b"of another key")

    deliver()

    webhook.refresh_from_db()
    assert not webhook.active
    assert "OVERREAD_CONNECTION_KEYS" in webhook.off_because


def test_nothing_is_sent_while_it_is_off(
    receiver: Receiver, webhook: Webhook, message: WebhookDelivery, lead: User
) -> None:
    hooks.switch(webhook, by=lead, on=False)
    assert deliver() == 0
    hooks.switch(webhook, by=lead, on=True)
    assert deliver() == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_holds_up_nobody_else(receiver: Receiver, lead: User) -> None:
    receiver.before = slow(3)
    lanes = delivering.Lanes()
    with receiving() as quick:
        slow_one = makers.make_webhook(url=receiver.url)
        quick_one = makers.make_webhook(url=quick.url)
        for _ in range(3):
            hooks.test(slow_one, by=lead)
            hooks.test(quick_one, by=lead)
        began = time.monotonic()
        lanes.turn(soon())
        turned = time.monotonic() - began

        assert turned < 1
        assert eventually(lambda: len(quick.got) == 3, seconds=2)
        assert eventually(lambda: _recorded(lanes, quick_one) == 3, seconds=2)
        assert eventually(lambda: _recorded(lanes, slow_one) == 3, seconds=15)


def _recorded(lanes: delivering.Lanes, webhook: Webhook) -> int:
    lanes.turn(soon())
    return webhook.deliveries.filter(state=State.SENT).count()


def test_what_was_delivered_long_ago_is_forgotten_and_dead_letters_are_kept(
    webhook: Webhook, lead: User
) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    for state in (State.SENT, State.DEAD):
        message = hooks.test(webhook, by=lead)
        WebhookDelivery.objects.filter(pk=message.pk).update(
            state=state, last_at=long_ago
        )

    assert delivering.forget() == 1
    assert [each.state for each in webhook.deliveries.all()] == [State.DEAD]
