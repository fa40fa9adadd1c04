"""How people work on a queue: where skips go, when the model is shown, who gives reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext, gettext_noop

from projects.refused import DoesNotFit, FieldProblem
from reviewer import queue_settings
from reviewer.leasing import MOST_SKIPS
from reviewer.models import Queue
from reviewer.queue_settings import EXPERTS
from reviewer.templatetags.figures import percent

if TYPE_CHECKING:
    from projects.models import User

KEYS: Final = ("skips_to", "pre_label", "decision_reason")
# What the page offers; a project file may say any share.
_SHARES: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_LOOKED_AT: Final = gettext_noop(
    "After %(most)s people skipped it, the lead looks at it."
)
# What the page says before a task is skipped.
_AFTER_A_SKIP: Final[Mapping[str, str]] = {
    Queue.SkipsTo.OTHERS: gettext_noop(
        "It goes to somebody else. "
        "After %(most)s people skipped it, the lead looks at it."
    ),
    Queue.SkipsTo.ME: gettext_noop(
        "It comes back to you when nothing else is left for you here; "
        "until then others may take it. "
        "After %(most)s people skipped it, the lead looks at it."
    ),
    Queue.SkipsTo.EXPERT: gettext_noop("It goes to an adjudicator, who settles it."),
}

_CHOICES: Final[Mapping[str, type[TextChoices]]] = {
    "skips_to": Queue.SkipsTo,
    "pre_label": Queue.Shown,
    "decision_reason": Queue.Reasons,
}
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "skips_to": (gettext_noop("A skipped task goes to"), _LOOKED_AT),
    "pre_label": (
        gettext_noop("The model’s answer is shown"),
        gettext_noop(
            "What chance drew blind is never shown. “After a first answer” guards "
            "against following the model, not against looking: the page holds it."
        ),
    ),
    "decision_reason": (
        gettext_noop("A reason for each decision is"),
        gettext_noop("It is kept with the answer."),
    ),
    "expert_share": (
        gettext_noop("Of what is settled blind, experts check"),
        gettext_noop(
            "A random part is answered anew by an adjudicator, who sees nobody’s answer. "
            "It corrects the accuracy of predictions that come from then on."
        ),
    ),
}


def after_a_skip(queue: Queue) -> str:
    return _said(_AFTER_A_SKIP[queue.skips_to])


def _said(text: str) -> str:
    """In the reader's language."""
    return gettext(text) % {"most": MOST_SKIPS}


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
    found = [_choice(queue, key, known[key]) for key in shown]
    return found if adjudicates else [*found, _experts(queue)]


def _experts(queue: Queue) -> Choice:
    title, hint = _WORDS[EXPERTS]
    options = {share: percent(float(share)) for share in _shares(queue)}
    chosen = str(queue.expert_share)
    return Choice(EXPERTS, _said(title), _said(hint), chosen, options)


def _shares(queue: Queue) -> list[str]:
    return [str(share) for share in sorted({*_SHARES, queue.expert_share})]


def _choice(queue: Queue, key: str, values: list[str]) -> Choice:
    title, hint = _WORDS[key]
    words = dict(_CHOICES[key].choices)
    options = {value: str(words[value]) for value in values}
    return Choice(key, _said(title), _said(hint), getattr(queue, key), options)


@transaction.atomic
def change(queue: Queue, wanted: Mapping[str, str], by: User) -> list[str]:
    """Set what differs, and write it down; the names of what did."""
    problems = _unfit_share(queue, wanted)
    problems += [
        FieldProblem(field=key, problem=f"must be one of: {', '.join(values)}")
        for key, values in allowed(queue.purpose).items()
        if key in wanted and wanted[key] not in values
    ]
    if problems:
        raise DoesNotFit("Choose one of the ways that are offered.", errors=problems)
    given: dict[str, Any] = {key: wanted[key] for key in KEYS if key in wanted}
    if EXPERTS in wanted:
        given[EXPERTS] = float(wanted[EXPERTS])
    return list(queue_settings.keep(queue, given, by))


def _unfit_share(queue: Queue, wanted: Mapping[str, str]) -> list[FieldProblem]:
    if EXPERTS not in wanted:
        return []
    known = [] if queue.purpose == Queue.Purpose.ADJUDICATION else _shares(queue)
    if wanted[EXPERTS] in known:
        return []
    problem = f"must be one of: {', '.join(known)}" if known else "is for reviews"
    return [FieldProblem(field=EXPERTS, problem=problem)]
