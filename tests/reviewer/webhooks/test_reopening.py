"""An answer that was told and holds no more: whoever heard it hears that too, once."""

from __future__ import annotations

import pytest

from labeling.models import Task
from reviewer.models import Webhook
from reviewer.webhooks import announcing, signing
from tests import makers
from tests.reviewer.test_withdrawing import Desk, make_desk
from tests.reviewer.webhooks.receiver import Receiver
from tests.reviewer.webhooks.rounds import deliver
from tests.reviewer.webhooks.test_announcing import announced

# Events are read once no older transaction is open: a test that is one would wait for itself.
pytestmark = pytest.mark.django_db(transaction=True)
SECRET = signing.new_secret()


def predicted(desk: Desk, task: Task) -> str:
    makers.make_policy(desk.project)
    endpoint = makers.make_endpoint(desk.project)
    made = makers.make_prediction(endpoint, label="dog", task=task)
    return str(made.inference_id)


def told(receiver: Receiver) -> list[tuple[str, str, object]]:
    return [
        (got.told["type"], got.told["data"]["state"], got.told["data"]["answer"])
        for got in receiver.got
    ]


def test_a_withdrawn_answer_is_told_signed_and_once(receiver: Receiver) -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    webhook = makers.make_webhook(desk.project, receiver.url, secret=SECRET)
    task = desk.task((desk.ann, "dog"))
    inference = predicted(desk, task)
    assert announced(1)
    deliver()

    desk.withdraw(desk.ann)
    assert announced(2)
    deliver()
    # read from the start again, as after a restored database
    Webhook.objects.filter(pk=webhook.pk).update(seen_xid=0, seen_id=0)
    announcing.announce()
    deliver()

    assert told(receiver) == [
        ("prediction.settled", "settled", {"label": "dog"}),
        ("prediction.reopened", "open", None),
    ]
    assert receiver.got[-1].told["data"]["inference_id"] == inference
    assert receiver.got[-1].is_signed(SECRET)


def test_a_task_that_keeps_its_value_is_not_told(receiver: Receiver) -> None:
    desk = make_desk()
    makers.make_webhook(desk.project, receiver.url, events=["prediction.reopened"])
    kept = desk.task((desk.ann, "dog"), (desk.bob, "cat"), (desk.cid, "dog"))
    gone = desk.task((desk.bob, "cat"), (desk.ann, "cat"))
    endpoint = makers.make_endpoint(desk.project)
    makers.make_policy(desk.project)
    for task in (kept, gone):
        makers.make_prediction(endpoint, label="dog", task=task)

    desk.withdraw(desk.bob)
    assert announced(1)
    deliver()

    kept.refresh_from_db()
    assert kept.state == Task.State.SETTLED
    (only,) = receiver.got
    assert only.told["data"]["task"] == gone.pk


def test_a_task_of_no_prediction_is_nobodys_news(receiver: Receiver) -> None:
    desk = make_desk(overlap=1, max_overlap=1)
    webhook = makers.make_webhook(desk.project, receiver.url)
    desk.task((desk.ann, "dog"))
    desk.withdraw(desk.ann)
    told_of = desk.task((desk.bob, "dog"))
    predicted(desk, told_of)

    assert announced(1)

    (only,) = webhook.deliveries.all()
    assert only.event == "prediction.settled"
