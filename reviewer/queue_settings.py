"""Sets what leads set on a queue, and writes down what it was before: one way for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from projects import audit
from reviewer import expert_checks

if TYPE_CHECKING:
    from projects.models import User
    from reviewer.models import Queue

EXPERTS: Final = "expert_share"


def assign(queue: Queue, wanted: Mapping[str, Any]) -> None:
    """A new share of experts counts from now on; saved by the caller."""
    for key, value in wanted.items():
        if key == EXPERTS:
            expert_checks.begin(queue, value, timezone.now())
        else:
            setattr(queue, key, value)


def keep(
    queue: Queue, wanted: Mapping[str, Any], by: User | None
) -> dict[str, tuple[Any, Any]]:
    """Save and audit what differs, in the caller's transaction: field -> before, after."""
    before = {key: getattr(queue, key) for key in wanted}
    changed = {key: value for key, value in wanted.items() if before[key] != value}
    if not changed:
        return {}
    assign(queue, changed)
    also = ["expert_since"] if EXPERTS in changed else []
    queue.save(update_fields=[*changed, *also])
    old = {key: before[key] for key in changed}
    audit.record(
        "queue changed", queue.project, queue.name, by=by, before=old, after=changed
    )
    return {key: (old[key], changed[key]) for key in changed}
