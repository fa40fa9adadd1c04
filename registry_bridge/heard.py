"""Whether every kind of prediction has a say on the test side of a snapshot.

While a queue is unfinished, only items before its first open one count. Where a kind of
item (queue, priority, audit or not) waits and none of it counts, no weight of others
stands for it: there is nothing to compare then, as there is no estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q, Sum

from registry_bridge import drawn
from registry_bridge.drawn import Stratum
from registry_bridge.models import SnapshotItem
from reviewer.models import Queue
from reviewer.stats import estimation

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from registry_bridge.models import RegisteredModel, Snapshot
    from reviewer.models import QueueItem
    from reviewer.stats.estimates import NotEnough


def lacking(model: RegisteredModel, snapshot: Snapshot, known: int) -> NotEnough | None:
    """None where what waited at the freeze, of kinds that are not heard, is at most 1 %."""
    share = unheard(model, snapshot)
    if share <= estimation.TOLERATED_NONRESPONSE:
        return None
    return estimation.lacking(share, known)


def unheard(model: RegisteredModel, snapshot: Snapshot) -> float:
    """Of all predictions before the freeze, by weight, the share of kinds not heard."""
    before = _drawn(model).filter(
        task__prediction__received_at__lte=snapshot.created_at
    )
    silent = _waited(before, snapshot) - _heard(snapshot)
    sizes = _sizes(before) if silent else {}
    missing = sum(sizes.get(kind, 0.0) for kind in silent)
    return missing / sum(sizes.values()) if missing else 0.0


def _drawn(model: RegisteredModel) -> QuerySet[QueueItem]:
    return drawn.reviews(model.project).filter(
        check_task=False,
        task__prediction__endpoint__name=model.endpoint,
        task__prediction__blind=True,
        task__prediction__repeats=False,
    )


def _sizes(found: QuerySet[QueueItem]) -> dict[Stratum, float]:
    """Each kind, and how many predictions its items were drawn from."""
    one = 1.0 / (F("task__prediction__pi") * F("task__prediction__b"))
    rows = found.values_list(*Stratum._fields).annotate(size=Sum(one))
    return {Stratum(*kind): size for *kind, size in rows}


def _waited(found: QuerySet[QueueItem], snapshot: Snapshot) -> set[Stratum]:
    """Kinds of which something was open at the freeze, or settled before its turn."""
    at = snapshot.created_at
    settled_since = Q(task__gold__supersedes=None, task__gold__created_at__gt=at)
    open_ = found.filter(settled_since | Q(task__state__in=drawn.UNSETTLED))
    open_ = open_.exclude(state__in=drawn.CLOSED)
    open_ = open_.filter(Q(due_at=None) | Q(due_at__gte=at))
    early = snapshot.items.unusable().filter(left_out=drawn.TOO_EARLY)
    kinds = open_.values_list(*Stratum._fields).distinct()
    return {Stratum(*kind) for kind in kinds} | _of(early)


def _heard(snapshot: Snapshot) -> set[Stratum]:
    return _of(snapshot.items.usable())


def _of(items: QuerySet[SnapshotItem]) -> set[Stratum]:
    place = "gold__task__queue_items__"
    rows = items.filter(
        **{f"{place}check_task": False, f"{place}queue__purpose": Queue.Purpose.REVIEW}
    )
    names = [f"{place}{name}" for name in Stratum._fields]
    return {Stratum(*kind) for kind in rows.values_list(*names).distinct()}
