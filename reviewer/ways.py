"""How people work on a queue: where skips go, when the model is shown, who gives reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import TextChoices

from projects import audit
from projects.refused import DoesNotFit, FieldProblem
from reviewer.leasing import MOST_SKIPS
from reviewer.models import Queue

if TYPE_CHECKING:
    from projects.models import User

KEYS: Final = ("skips_to", "pre_label", "decision_reason")
_LOOKED_AT: Final = f"After {MOST_SKIPS} people skipped it, the lead looks at it."
# What the page says before a task is skipped.
_AFTER_A_SKIP: Final[Mapping[str, str]] = {
    Queue.SkipsTo.OTHERS: f"It goes to somebody else. {_LOOKED_AT}",
    Queue.SkipsTo.ME: (
        "It comes back to you when nothing else is left for you here; "
        f"until then others may take it. {_LOOKED_AT}"
    ),
    Queue.SkipsTo.EXPERT: "It goes to an adjudicator, who settles it.",
}

_CHOICES: Final[Mapping[str, type[TextChoices]]] = {
    "skips_to": Queue.SkipsTo,
    "pre_label": Queue.Shown,
    "decision_reason": Queue.Reasons,
}
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "skips_to": ("A skipped task goes to", _LOOKED_AT),
    "pre_label": (
        "The model’s answer is shown",
        "What chance drew blind is never shown. “After a first answer” guards against "
        "following the model, not against looking: the page holds it.",
    ),
    "decision_reason": ("A reason for each decision is", "It is kept with the answer."),
}


def after_a_skip(queue: Queue) -> str:
    return _AFTER_A_SKIP[queue.skips_to]


def _skips_to(purpose: str) -> list[str]:
    expert = Queue.SkipsTo.EXPERT
    adjudicates = purpose == Queue.Purpose.ADJUDICATION
    return [e for e in Queue.SkipsTo.values if not (adjudicates and e == expert)]


def allowed(purpose: str) -> dict[str, list[str]]:
    """The values that each setting may have in a queue of this purpose."""
    return {
        "skips_to": _skips_to(purpose),
        "pre_label": list(Queue.Shown.values),
        "decision_reason": list(Queue.Reasons.values),
    }


@dataclass(frozen=True)
class Choice:
    """One setting as a form shows it."""

    key: str
    title: str
    hint: str
    chosen: str
    # value -> words
    options: dict[str, str]


def choices(queue: Queue) -> list[Choice]:
    """The settings that make a difference in this queue."""
    adjudicates = queue.purpose == Queue.Purpose.ADJUDICATION
    known = allowed(queue.purpose)
    shown = [key for key in KEYS if adjudicates or key != "decision_reason"]
    return [_choice(queue, key, known[key]) for key in shown]


def _choice(queue: Queue, key: str, values: list[str]) -> Choice:
    title, hint = _WORDS[key]
    words = dict(_CHOICES[key].choices)
    options = {value: str(words[value]) for value in values}
    return Choice(key, title, hint, getattr(queue, key), options)


@transaction.atomic
def change(queue: Queue, wanted: Mapping[str, str], by: User) -> list[str]:
    """Set what differs, and write it down; the names of what did."""
    problems = [
        FieldProblem(field=key, problem=f"must be one of: {', '.join(values)}")
        for key, values in allowed(queue.purpose).items()
        if key in wanted and wanted[key] not in values
    ]
    if problems:
        raise DoesNotFit("Choose one of the ways that are offered.", errors=problems)
    before = {key: getattr(queue, key) for key in KEYS}
    changed = {
        key: wanted[key] for key in KEYS if wanted.get(key, before[key]) != before[key]
    }
    if not changed:
        return []
    for key, value in changed.items():
        setattr(queue, key, value)
    queue.save(update_fields=list(changed))
    old = {key: before[key] for key in changed}
    audit.record(
        "queue changed", queue.project, queue.name, by=by, before=old, after=changed
    )
    return list(changed)
