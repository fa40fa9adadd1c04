"""What the worker's loop does with webhooks, step by step and at a given time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from reviewer.models import Webhook, WebhookDelivery
from reviewer.webhooks import delivering
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn

DAY = timedelta(days=1)


def soon() -> datetime:
    """A moment after everything that was made now."""
    return timezone.now() + timedelta(seconds=1)


def deliver(at: datetime | None = None) -> int:
    """Send everything due at that time, here and now; how many attempts."""
    at = at or soon()
    count = 0
    for webhook in delivering.due(at):
        run = delivering.claim(webhook, at)
        if run is not None:
            attempts = delivering.send(run)
            delivering.record(attempts, at)
            count += sum(each.heard is not None for each in attempts)
    return count


def deliver_to_the_end(webhook: Webhook) -> list[datetime]:
    """As often as it is tried; when."""
    tried: list[datetime] = []
    at = soon()
    while True:
        waiting = webhook.deliveries.filter(state=WebhookDelivery.State.WAITING)
        first = waiting.order_by("next_at").first()
        if first is None:
            return tried
        at = max(at, first.next_at)
        deliver(at)
        tried.append(at)


def settle(team: Team, label: str = "dog") -> str:
    """A prediction that people answered; its inference id."""
    from django.db import transaction

    from projects import events

    with transaction.atomic():
        task = make_drawn(team)
        makers.make_gold(task, label)
        events.emit("task.settled", team.project, subject=f"task {task.pk}")
    return str(task.prediction.inference_id)
