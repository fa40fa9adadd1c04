"""The line below which a new version must not fall: what the one before was known to reach.

Frozen once the promotion is approved, before a call reaches the new version: never above
the lower end of the old version's interval, so that an equal one stays above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from registry_bridge import gates
from registry_bridge.models import Promotion
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel

DAYS: Final = 30
# A line at 1 would sound at the first mistake; there is always one.
HIGHEST: Final = 0.9999


def freeze(model: RegisteredModel, decided: Promotion) -> None:
    """Keep it with the promotion; one that is kept stays as it is."""
    if decided.kind != Promotion.Kind.PROMOTE or not model.watch_days or decided.line:
        return
    line = of(model)
    if Promotion.objects.filter(pk=decided.pk, line={}).update(line=line):
        decided.line = line


def of(model: RegisteredModel) -> dict[str, Any]:
    """Estimate, margin and line of the version in use, as plain JSON."""
    found = gates.live_accuracy(model, DAYS)
    kept = {
        "version": model.champion,
        "days": DAYS,
        "estimate": found.as_json(),
        "margin": model.watch_margin,
    }
    if isinstance(found, NotEnough):
        return {**kept, "line": None}
    line = min(found.low, found.value - model.watch_margin, HIGHEST)
    return {**kept, "line": line if line > 0 else None}
