"""How webhooks do: what waits, what died, what was delivered last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count

from reviewer.models import Webhook, WebhookDelivery

if TYPE_CHECKING:
    from projects.models import Project

State = WebhookDelivery.State
MOST = 50


@dataclass(frozen=True)
class Doing:
    webhook: Webhook
    waiting: int
    dead: int
    delivered_at: datetime | None


def of_project(project: Project) -> list[Doing]:
    return _doing(Webhook.objects.filter(project=project).order_by("name"))


def of(webhook: Webhook) -> Doing:
    return _doing([webhook])[0]


def _doing(webhooks: Iterable[Webhook]) -> list[Doing]:
    """Counted by small indexes: those delivered are many, and not counted."""
    found = list(webhooks)
    waiting, dead = (_counted(found, state) for state in (State.WAITING, State.DEAD))
    return [
        Doing(each, waiting.get(each.pk, 0), dead.get(each.pk, 0), _last(each))
        for each in found
    ]


def _counted(webhooks: Sequence[Webhook], state: str) -> dict[int, int]:
    of_state = WebhookDelivery.objects.filter(webhook__in=webhooks, state=state)
    return dict(of_state.values_list("webhook").annotate(n=Count("pk")))


def _last(webhook: Webhook) -> datetime | None:
    sent = webhook.deliveries.filter(state=State.SENT).order_by("-pk")
    return sent.values_list("last_at", flat=True).first()


def deliveries(webhook: Webhook, state: str) -> list[WebhookDelivery]:
    """The newest, of one state or of all."""
    found = webhook.deliveries.order_by("-pk")
    if state in State.values:
        found = found.filter(state=state)
    return list(found.defer("body")[:MOST])
