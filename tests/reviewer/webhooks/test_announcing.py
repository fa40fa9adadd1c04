"""What happened becomes messages: each once, none passed over, and nobody waits for it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from projects import events
from projects.models import Event, Job
from reviewer.models import Webhook, WebhookDelivery
from reviewer.webhooks import announcing, hooks
from tests import makers
from tests.config.running import eventually
from tests.journeys.callers import Caller
from tests.reviewer.pages.makers import Team, make_settled, make_team
from tests.reviewer.webhooks.receiver import Receiver
from tests.reviewer.webhooks.rounds import deliver, settle

# Events are read once no older transaction is open: a test that is one would wait for itself.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(db: None) -> Team:
    team = make_team()
    makers.make_policy(team.project)
    return team


@pytest.fixture
def webhook(team: Team, receiver: Receiver) -> Webhook:
    return makers.make_webhook(team.project, receiver.url)


def announced(wanted: int) -> bool:
    """Announce until so many deliveries are there: tests beside this one hold it up."""

    def enough() -> bool:
        announcing.announce()
        return WebhookDelivery.objects.count() >= wanted

    return eventually(enough, seconds=20)


def test_a_settled_prediction_is_told_as_the_api_tells_it(
    team: Team, webhook: Webhook, receiver: Receiver
) -> None:
    inference = settle(team, "dog")

    assert announced(1)
    deliver()

    (got,) = receiver.got
    name, slug = team.endpoint.name, team.project.slug
    caller = Caller(makers.make_token(team.project))
    asked = caller.get(f"projects/{slug}/predictions/{name}/{inference}")
    assert got.told["type"] == "prediction.settled"
    assert got.told["project"] == slug
    assert got.told["data"] == asked.json()
    assert got.told["data"]["answer"] == {"label": "dog"}


def test_it_tells_of_what_happens_from_its_making_on_and_of_each_thing_once(
    team: Team, receiver: Receiver
) -> None:
    settle(team)
    webhook = makers.make_webhook(team.project, receiver.url, seen_xid=0)
    later = [settle(team) for _ in range(3)]

    assert announced(3)
    Webhook.objects.filter(pk=webhook.pk).update(seen_xid=0)
    announcing.announce()

    assert [each.subject for each in webhook.deliveries.order_by("pk")] == later


def test_an_event_that_commits_after_younger_ones_is_not_passed_over(
    team: Team, webhook: Webhook
) -> None:
    written, go_on = threading.Event(), threading.Event()
    older = make_settled(team)

    def commit_late() -> None:
        try:
            with transaction.atomic():
                Event.objects.create(
                    name="task.settled",
                    project=team.project,
                    subject=f"task {older.pk}",
                )
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=commit_late)
    thread.start()
    assert written.wait(20)
    younger = settle(team)
    for _ in range(3):
        announcing.announce()
    before = WebhookDelivery.objects.count()
    go_on.set()
    thread.join()

    assert before == 0
    assert announced(2)
    assert {each.subject for each in webhook.deliveries.all()} == {
        older.prediction.inference_id,
        younger,
    }


def test_a_task_that_comes_from_no_prediction_is_not_told_of(
    team: Team, webhook: Webhook
) -> None:
    task = makers.make_task(team.project)
    with transaction.atomic():
        events.emit("task.settled", team.project, subject=f"task {task.pk}")
    inference = settle(team)

    assert announced(1)
    assert [each.subject for each in webhook.deliveries.all()] == [inference]


def test_a_promotion_is_told_where_it_is_asked_for(
    team: Team, webhook: Webhook, receiver: Receiver
) -> None:
    hooks.change(
        webhook, hooks.Wanted(webhook.name, webhook.url, ("model.promoted",)), by=None
    )
    settle(team)
    with transaction.atomic():
        events.emit(
            "model.promoted", team.project, subject="promotion 3", to_version="2"
        )

    assert announced(1)
    deliver()

    (got,) = receiver.got
    assert got.told["type"] == "model.promoted"
    assert got.told["data"]["to_version"] == "2"


def test_while_it_is_off_nothing_is_collected(team: Team, webhook: Webhook) -> None:
    hooks.switch(webhook, by=team.lead, on=False)
    settle(team)
    hooks.switch(webhook, by=team.lead, on=True)
    Webhook.objects.filter(pk=webhook.pk).update(seen_xid=0)
    inference = settle(team)

    assert announced(1)
    assert [each.subject for each in webhook.deliveries.all()] == [inference]


def test_where_no_webhook_listens_settling_writes_nothing_for_one(
    team: Team, receiver: Receiver, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settle(team)
    with django_assert_num_queries(1):
        announcing.announce()

    assert not Job.objects.filter(handler__contains="webhook").exists()
    makers.make_webhook(team.project, receiver.url)
    settle(team)
    assert not Job.objects.filter(handler__contains="webhook").exists()


def test_thousands_of_events_are_announced_by_few_statements(
    team: Team, webhook: Webhook, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    inference = settle(team)
    (event,) = Event.objects.filter(name="task.settled")
    with transaction.atomic():
        Event.objects.bulk_create(
            Event(name=event.name, project=team.project, subject=event.subject)
            for _ in range(4_999)
        )
    with django_assert_max_num_queries(100):
        assert announced(5_000)

    assert WebhookDelivery.objects.filter(subject=inference).count() == 5_000
