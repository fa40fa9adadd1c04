"""Turns of the worker that need not wait, and the recounts that they must equal."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from labeling.models import Annotation
from reviewer.models import Assignment, Mark, Prediction, QueueItem
from reviewer.rollups import answers, confidences, intake, queue_counts, queued, turn
from reviewer.rollups.hours import EVER


def later() -> None:
    """As if two seconds had gone by since rows were seen."""
    Mark.objects.update(seen_at=F("seen_at") - timedelta(seconds=3))


def get_ready() -> None:
    """All that is there now may be counted at the next step."""
    turn.take()
    later()
    turn.take()
    wait_for_others()


def count_all() -> None:
    """Enough turns for all that can be counted."""
    for _ in range(3):
        turn.take()
        later()
        wait_for_others()


# Of other tests that run beside this one, and of the server itself.
OTHERS = """
select coalesce(array_agg(backend_xid::text), '{}') from pg_stat_activity
where backend_xid is not null
  and (datname is distinct from current_database() or backend_type <> 'client backend')
"""


def wait_for_others() -> None:
    """Until the transactions that are open elsewhere have ended: a mark waits for them."""
    open_ = _others()
    until = time.monotonic() + 60
    while open_ and time.monotonic() < until:
        time.sleep(0.02)
        open_ &= _others()


def _others() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return set(cursor.fetchone()[0])


def count_everything() -> None:
    """As many turns as it takes: the server itself has transactions now and then."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        count_all()
        if counted("intake") == Prediction.objects.latest("pk").pk:
            return
        time.sleep(0.05)


def counted(name: str) -> int:
    return Mark.objects.get(name=name).counted


def told() -> dict[str, Any]:
    """What pages say of everything."""
    every = sorted(set(Prediction.objects.values_list("endpoint", flat=True)))
    queues = sorted(set(QueueItem.objects.values_list("queue", flat=True)))
    people = sorted(set(Annotation.objects.values_list("author", flat=True)))
    sent: Counter[tuple[object, ...]] = Counter()
    for each in intake.since(every, EVER):
        sent[each.endpoint, each.version, each.verdict, each.repeats] += each.n
    sure: Counter[tuple[object, ...]] = Counter()
    for one in confidences.since(every, EVER):
        sure[one.endpoint, one.version, one.said] += one.n
    return {
        "sent": sent,
        "sure": sure,
        "arrived": queued.arrived(queues, EVER),
        "submitted": queued.submitted(queues, EVER),
        "answers": {who: answers.of_person(who, EVER) for who in people},
    }


def recounted() -> dict[str, Any]:
    """The same, from the rows themselves."""
    sent = Prediction.objects.values_list(
        "endpoint", "model_version", "verdict", "repeats"
    )
    once = Prediction.objects.filter(repeats=False)
    done = Assignment.objects.filter(outcome="submitted")
    first = Annotation.objects.filter(supersedes=None)
    people = set(Annotation.objects.values_list("author", flat=True))
    given = Counter(first.values_list("author", flat=True))
    return {
        "sent": Counter(sent),
        "sure": Counter(once.values_list("endpoint", "model_version", "label")),
        "arrived": dict(Counter(QueueItem.objects.values_list("queue", flat=True))),
        "submitted": dict(Counter(done.values_list("item__queue", flat=True))),
        "answers": {who: given[who] for who in people},
    }


def states_told(*queues: int) -> dict[int, tuple[int, ...]]:
    return {
        queue: tuple(found)
        for queue, found in queue_counts.of(list(queues)).items()
        if any(found)
    }


def states_recounted(*queues: int) -> dict[int, tuple[int, ...]]:
    rows = QueueItem.objects.filter(queue__in=queues).values_list("queue", "state")
    found = Counter(rows)
    return {
        queue: tuple(found[queue, state] for state in range(5))
        for queue in queues
        if any(found[queue, state] for state in range(5))
    }


def open_connection() -> Any:
    """One more session, as another web process would have."""
    return connection.copy()
