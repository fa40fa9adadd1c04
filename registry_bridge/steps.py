"""The steps of a promotion that is carried out: each kept once, with words and time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from registry_bridge import promotion
from registry_bridge.models import Promotion


def take(decided: Promotion, to: str, step: str, words: str, **fields: Any) -> bool:
    """On to the next state; False: another worker was faster."""
    done = {"step": step, "words": words, "at": timezone.now().isoformat()}
    kept = {"steps": [*decided.steps, done], "doing": "", **fields}
    return promotion.move(decided, to, **kept)


def note(decided: Promotion, words: str) -> None:
    """How the step that is under way stands, for its page."""
    same = Promotion.objects.filter(pk=decided.pk, state=decided.state)
    same.exclude(doing=words).update(doing=words)


def last_at(decided: Promotion) -> datetime:
    """When the last step was done, or the decision made."""
    if decided.steps:
        return datetime.fromisoformat(decided.steps[-1]["at"])
    return decided.decided_at or decided.proposed_at
