"""Turns what happened into messages: reads events on from where each webhook was.

Nothing is done in the transaction that settles a task: a reviewer never waits for this.
Ids of events become visible out of order, so they are read in the order of transactions,
and only those older than every transaction that is still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import connection, transaction

from projects.models import Event
from reviewer import fates
from reviewer.models import Webhook
from reviewer.models.webhook import EVENTS
from reviewer.webhooks import hooks

if TYPE_CHECKING:
    from reviewer.fates import Fate

BATCH = 1_000
# The loop has other work too: what is left comes with its next turn.
MOST_BATCHES = 10
OLDEST_OPEN = "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
BEHIND = f"""
select w.id from reviewer_webhook w
where w.active and exists (
  select 1 from projects_event e
  where e.project_id = w.project_id and (e.xid, e.id) > (w.seen_xid, w.seen_id)
    and e.xid < {OLDEST_OPEN})
order by w.id
"""  # noqa: S608 (no value comes from outside)
NEXT = f"""
select * from projects_event
where project_id = %s and (xid, id) > (%s, %s) and xid < {OLDEST_OPEN}
order by xid, id limit {BATCH}
"""  # noqa: S608 (no value comes from outside)
WRITE = """
insert into reviewer_webhookdelivery
  (webhook_id, message_id, event, subject, body,
   state, attempts, answer, next_at, created_at)
select %s, m.id, m.event, m.subject, m.body, 'waiting', 0, '', now(), now()
from unnest(%s::text[], %s::text[], %s::text[], %s::text[])
  as m (id, event, subject, body)
on conflict do nothing
"""
# Events about a task, told as what became of its prediction.
OF_TASKS = {EVENTS["prediction.settled"], EVENTS["prediction.reopened"]}
# Its id, the event's name, what it is about, its bytes.
Message: TypeAlias = tuple[str, str, str, str]


def announce() -> int:
    """Write a delivery for everything that webhooks have not heard of; how many."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND)
        behind = [row[0] for row in cursor.fetchall()]
    return sum(_catch_up(webhook) for webhook in behind)


def _catch_up(webhook: int) -> int:
    count = 0
    for _ in range(MOST_BATCHES):
        read, written = _announce_some(webhook)
        count += written
        if read < BATCH:
            break
    return count


@transaction.atomic
def _announce_some(pk: int) -> tuple[int, int]:
    """The next events of one webhook: its deliveries and its place, in one transaction."""
    webhook = _locked(pk)
    if webhook is None:
        return 0, 0
    place = [webhook.project_id, webhook.seen_xid, webhook.seen_id]
    events = list(Event.objects.raw(NEXT, place))
    if not events:
        return 0, 0
    found = _messages(webhook, events)
    _write(webhook, found)
    webhook.seen_xid, webhook.seen_id = events[-1].xid, events[-1].pk
    webhook.save(update_fields=["seen_xid", "seen_id"])
    return len(events), len(found)


def _locked(pk: int) -> Webhook | None:
    """None when another worker is at it, or it was switched off meanwhile."""
    found = Webhook.objects.select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    return found.select_related("project").filter(pk=pk, active=True).first()


def _messages(webhook: Webhook, events: Sequence[Event]) -> list[Message]:
    wanted = {EVENTS[name]: name for name in webhook.events}
    new = [event for event in events if event.created_at >= webhook.since]
    heard = [event for event in new if event.name in wanted]
    known = _fates([_task(event) for event in heard if event.name in OF_TASKS])
    return [
        _message(webhook, event, wanted[event.name], subject, data)
        for event in heard
        for subject, data in [_told(event, known)]
        if data
    ]


def _told(event: Event, known: dict[int | None, Fate]) -> tuple[str, dict[str, Any]]:
    """What is told of it: nothing of tasks that come from no prediction."""
    if event.name not in OF_TASKS:
        return event.subject, event.payload
    fate = known.get(_task(event))
    return (fate.told["inference_id"], fate.told) if fate else ("", {})


def _message(
    webhook: Webhook, event: Event, name: str, subject: str, data: dict[str, Any]
) -> Message:
    body = hooks.body(webhook, name, event.created_at, data)
    # read twice, it is still one message
    return f"msg_{event.pk}", name, subject, body


def _write(webhook: Webhook, messages: Sequence[Message]) -> None:
    """A delivery for each, by one statement."""
    if not messages:
        return
    columns = [list(column) for column in zip(*messages, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [webhook.pk, *columns])


def _task(event: Event) -> int:
    return int(event.subject.removeprefix("task "))


def _fates(tasks: Sequence[int]) -> dict[int | None, Fate]:
    if not tasks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(fates.BY_TASK, [list(tasks)])
        found = [fates.read(row) for row in cursor.fetchall()]
    return {fate.task: fate for fate in found}
