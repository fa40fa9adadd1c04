"""Which queues will miss a due time, should people go on as fast as in the last 24 hours.

Told only where it is certain at that pace: even if what is due first were done first, some
answers would come too late. A queue is told of once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from projects import notices
from projects.notices import Kind, Said
from reviewer.models import Queue
from reviewer.rollups import hours, queued

if TYPE_CHECKING:
    from collections.abc import Iterator

HORIZON: Final = timedelta(hours=24)
PACE_HOURS: Final = 24
# So many of the first due are looked at, by the index of due times.
MOST: Final = 20_000
# Answers that are still wanted, by the hour in which they are due.
DUE: Final = """
select w.queue, d.hour, d.answers from unnest(%(queues)s::bigint[]) w (queue)
cross join lateral (
  select greatest(date_trunc('hour', due_at, 'UTC'), date_trunc('hour', %(at)s, 'UTC')) as hour,
    sum(wanted - done) as answers
  from (
    select due_at, wanted, done from reviewer_queueitem
    where queue_id = w.queue and state = 0 and due_at < %(until)s
    order by due_at limit %(most)s
  ) soon group by 1
) d order by 1, 2
"""


@dataclass(frozen=True)
class Late:
    """The first hour whose answers cannot all be given in time, and what was measured."""

    queue: Queue
    due: datetime
    # Wanted by the end of that hour, and likely to be given by then.
    wanted: int
    likely: int
    # Answers in the last 24 hours: what the forecast rests on.
    measured: int


def look() -> None:
    """Every so often: tell of each queue that is going to be late."""
    at = timezone.now()
    queues = Queue.objects.filter(paused=False).select_related("project")
    for late in forecast(list(queues.order_by("pk")), at):
        key = f"queue:{late.queue.pk}:{at:%Y-%m-%d}"
        notices.tell(late.queue.project, Kind.QUEUE, key, _said(late))


def _said(late: Late) -> Said:
    return Said(
        title=gettext_noop("%(queue)s will miss its due time"),
        words=gettext_noop(
            "Until %(due)s UTC it wants %(wanted)s more answers; at the pace of the last "
            "24 hours (%(measured)s answers), about %(likely)s will be there."
        ),
        values={
            "queue": late.queue.title,
            "due": f"{late.due:%Y-%m-%d %H:%M}",
            "wanted": late.wanted,
            "likely": late.likely,
            "measured": late.measured,
        },
        path=reverse("queues", args=[late.queue.project.slug]),
    )


def forecast(queues: Sequence[Queue], at: datetime) -> list[Late]:
    """Queues that will be late in the next HORIZON, in the order given."""
    numbers = [queue.pk for queue in queues]
    since = hours.begin(at, PACE_HOURS)
    done = queued.submitted(numbers, since)
    span = (at - since) / timedelta(hours=1)
    due = _due(numbers, at)
    found = (
        _late(queue, due.get(queue.pk, []), done.get(queue.pk, 0), span, at)
        for queue in queues
    )
    return [each for each in found if each is not None]


def _late(
    queue: Queue,
    due: Sequence[tuple[datetime, int]],
    done: int,
    span: float,
    at: datetime,
) -> Late | None:
    for hour, wanted in _added_up(due):
        end = hour + timedelta(hours=1)
        likely = int(done / span * ((end - at) / timedelta(hours=1)))
        if wanted > likely:
            return Late(queue, end, wanted, likely, done)
    return None


def _added_up(due: Sequence[tuple[datetime, int]]) -> Iterator[tuple[datetime, int]]:
    total = 0
    for hour, answers in due:
        total += answers
        yield hour, total


def _due(queues: Sequence[int], at: datetime) -> dict[int, list[tuple[datetime, int]]]:
    values: dict[str, Any] = {
        "queues": list(queues),
        "at": at,
        "until": at + HORIZON,
        "most": MOST,
    }
    found: dict[int, list[tuple[datetime, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        for queue, hour, answers in cursor.fetchall():
            found.setdefault(queue, []).append((hour, int(answers)))
    return found
