"""Sends what waits: each webhook on a thread of its own, so that a slow one holds up itself.

Attempts are committed before anything is sent, and no transaction is open meanwhile. A
worker that is killed in between leaves messages that are sent again under the same id.
The threads know no database; the worker's loop writes down what they heard.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from projects.secrets import SecretUnreadable
from reviewer.models import Webhook, WebhookDelivery
from reviewer.webhooks import hooks, sending, signing
from reviewer.webhooks.sending import Heard

log = structlog.get_logger()
State = WebhookDelivery.State
# Seconds until the next attempt, as Standard Webhooks advises; then it is a dead letter.
BACKOFF = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
LONGEST_WAIT = 86_400
BATCH = 50
# So many webhooks at once; a thread each.
LANES = 32
# A lane stops after so long, and whoever is killed leaves its messages for so long.
LANE_SECONDS = 20.0
LEASE = timedelta(seconds=LANE_SECONDS + 4 * sending.SECONDS)
GONE = 410
BUSY = (429, 503)
# After so many dead letters in a row somebody should look.
FAILING = 5
KEEP_SENT = timedelta(days=30)
CLAIM = """
with due as (
  select id from reviewer_webhookdelivery
  where webhook_id = %s and state = 'waiting' and next_at <= %s
  order by next_at, id limit %s
  for update skip locked
)
update reviewer_webhookdelivery d
set attempts = attempts + 1, next_at = %s, last_at = %s
from due where d.id = due.id
returning d.id
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery as it is sent; all that a thread needs."""

    delivery: int
    attempts: int
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """Messages of one webhook, sent one after the other."""

    webhook: int
    url: str
    secrets: tuple[str, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one message; `heard` None: its turn did not come."""

    webhook: int
    message: Message
    heard: Heard | None


class Lanes:
    """The threads of this process, one for each webhook that has something to send."""

    def __init__(self) -> None:
        self._busy: dict[int, threading.Thread] = {}
        self._heard: SimpleQueue[list[Attempt]] = SimpleQueue()

    def turn(self, at: datetime) -> None:
        """Write down what was heard, and start what is due."""
        while not self._heard.empty():
            record(self._heard.get(), at)
        self._busy = {pk: each for pk, each in self._busy.items() if each.is_alive()}
        for webhook in due(at).exclude(pk__in=self._busy)[: LANES - len(self._busy)]:
            run = claim(webhook, at)
            if run is not None:
                self._start(run)

    def _start(self, run: Run) -> None:
        lane = threading.Thread(target=self._go, args=(run,), daemon=True)
        self._busy[run.webhook] = lane
        lane.start()

    def _go(self, run: Run) -> None:
        self._heard.put(send(run))


OURS = Lanes()


def turn() -> None:
    """What the worker's loop calls again and again."""
    OURS.turn(timezone.now())


def due(at: datetime) -> QuerySet[Webhook]:
    """Webhooks with something to send at that time."""
    waiting = WebhookDelivery.objects.filter(
        webhook=OuterRef("pk"), state=State.WAITING, next_at__lte=at
    )
    return Webhook.objects.filter(Exists(waiting), active=True).order_by("pk")


def claim(webhook: Webhook, at: datetime) -> Run | None:
    """Take what is due of one webhook, and commit the attempts before any is made."""
    try:
        secrets = hooks.good_secrets(webhook, at)
    except SecretUnreadable as unreadable:
        _switch_off(webhook.pk, unreadable.detail, at)
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [webhook.pk, at, BATCH, at + LEASE, at])
        found = [row[0] for row in cursor.fetchall()]
    rows = WebhookDelivery.objects.filter(pk__in=found).order_by("pk")
    messages = [
        Message(each.pk, each.attempts, each.message_id, each.body.encode())
        for each in rows
    ]
    return Run(webhook.pk, webhook.url, tuple(secrets), tuple(messages))


def send(run: Run) -> list[Attempt]:
    """Send them in order, until one fails or time is up: the others would fail as well."""
    until = time.monotonic() + LANE_SECONDS
    attempts: list[Attempt] = []
    going = True
    for message in run.messages:
        going = going and time.monotonic() < until
        heard = _send(run, message) if going else None
        attempts.append(Attempt(run.webhook, message, heard))
        going = going and heard is not None and (heard.well or _is_its_own(heard))
    return attempts


def _is_its_own(heard: Heard) -> bool:
    """Refused for what it says: the next message may be taken."""
    status = heard.status or 0
    return 400 <= status < 500 and status not in (GONE, *BUSY)


def _send(run: Run, message: Message) -> Heard:
    if len(message.body) > sending.LONGEST_BODY:
        return Heard(None, "The message is larger than 1 MB.")
    at = int(time.time())
    signed = signing.headers(message.message_id, at, message.body, run.secrets)
    private = settings.WEBHOOK_PRIVATE
    return sending.post(run.url, message.body, signed, private=private)


@transaction.atomic
def record(attempts: Sequence[Attempt], at: datetime) -> None:
    """Write down what came of one run: each delivery, and how the webhook does."""
    hold = 0.0
    for attempt in attempts:
        if attempt.heard is None:
            _put_back(attempt.message, at + timedelta(seconds=hold))
            continue
        state, wait = judge(attempt.message.attempts, attempt.heard)
        hold = max(hold, 0.0 if _is_its_own(attempt.heard) else wait)
        _write(attempt.message, attempt.heard, state, at + timedelta(seconds=wait))
        _judge_webhook(attempt.webhook, attempt.heard, state, at)


def judge(attempts: int, heard: Heard) -> tuple[str, float]:
    """What becomes of a delivery after so many attempts, and when it is tried again."""
    if heard.well:
        return State.SENT, 0.0
    if heard.status == GONE or attempts > len(BACKOFF):
        return State.DEAD, 0.0
    jitter = random.uniform(1, 1.1)  # noqa: S311 (jitter, not a secret)
    asked = heard.retry_after or 0 if heard.status in BUSY else 0
    return State.WAITING, min(
        LONGEST_WAIT * 1.1, max(BACKOFF[attempts - 1] * jitter, asked)
    )


def _write(message: Message, heard: Heard, state: str, next_at: datetime) -> None:
    _ours(message).update(
        state=state, next_at=next_at, last_status=heard.status, answer=heard.text
    )


def _put_back(message: Message, next_at: datetime) -> None:
    """Not tried after all: it costs no attempt."""
    _ours(message).update(attempts=message.attempts - 1, next_at=next_at)


def _ours(message: Message) -> QuerySet[WebhookDelivery]:
    """The row while this attempt is the newest: another may have taken it over."""
    return WebhookDelivery.objects.filter(
        pk=message.delivery, attempts=message.attempts, state=State.WAITING
    )


def _judge_webhook(pk: int, heard: Heard, state: str, at: datetime) -> None:
    if heard.status == GONE:
        _switch_off(pk, "The receiver answered 410: it wants nothing more.", at)
    elif state == State.SENT:
        well = Webhook.objects.filter(pk=pk).exclude(
            dead_in_a_row=0, failing_since=None
        )
        well.update(dead_in_a_row=0, failing_since=None)
    elif state == State.DEAD:
        _count_dead(pk, at)


def _count_dead(pk: int, at: datetime) -> None:
    webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if webhook is None:
        return
    webhook.dead_in_a_row += 1
    if webhook.dead_in_a_row >= FAILING and webhook.failing_since is None:
        webhook.failing_since = at
        log.warning("webhook fails", webhook=pk, dead=webhook.dead_in_a_row)
    webhook.save(update_fields=["dead_in_a_row", "failing_since"])


def _switch_off(pk: int, why: str, at: datetime) -> None:
    log.warning("webhook is switched off", webhook=pk, why=why)
    Webhook.objects.filter(pk=pk).update(
        active=False, off_because=why[:300], failing_since=at
    )


def forget() -> int:
    """Delete what was delivered long ago, some at a time; dead letters stay."""
    old = WebhookDelivery.objects.filter(
        state=State.SENT, last_at__lt=timezone.now() - KEEP_SENT
    )
    return old.filter(pk__in=list(_some(old))).delete()[0]


def _some(found: QuerySet[WebhookDelivery]) -> Iterable[int]:
    return found.order_by("last_at").values_list("pk", flat=True)[:5_000]
