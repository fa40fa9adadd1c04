"""New gold: what no training has learned from yet. Gates and the schedule count the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_bridge import drawn
from registry_bridge.models import SnapshotItem, Training

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel


def count(model: RegisteredModel) -> int:
    """Current gold that the last training was not given.

    A snapshot that somebody froze and nobody trained on makes nothing old, and neither
    does a training that was only run again.
    """
    gold = drawn.gold_of(model)
    trained = Training.objects.filter(
        project=model.project_id, snapshot__isnull=False, repeats=None
    )
    last = trained.order_by("-pk").values_list("snapshot", flat=True).first()
    if last is None:
        return gold.count()
    held = SnapshotItem.objects.filter(snapshot=last)
    return gold.exclude(pk__in=held.values("gold")).count()
