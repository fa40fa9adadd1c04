"""A study as its page shows it: where it is, what was counted, which claims that bears out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import F, Q
from django.utils.translation import gettext as _

from labeling.models import Task
from registry_bridge import study_gates
from registry_bridge.models import RegisteredModel, Study, Training
from reviewer import slices
from reviewer.models import Selection
from reviewer.stats import disagreements
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from labeling.kinds.base import Label
    from registry_bridge.models import GateCheck
    from registry_bridge.study_gates import Look
    from reviewer.stats.disagreements import Claim, Seen
    from reviewer.stats.sequential import PairedTest

GREATEST: Final = study_gates.GREATEST
UNSETTLED: Final = (Task.State.OPEN, Task.State.DISPUTED)
CHECKS: Final = 20
# An interval that holds at every look costs some milliseconds.
DIFFERENCES: Final = 20


@dataclass(frozen=True)
class Shown:
    """A claim, the evidence beside what is needed, and about how many labels decide it."""

    name: str
    evidence: float
    best: float
    needed: float
    holds: bool
    # None: decided, or not in sight since the evidence does not grow.
    more: Estimate | None

    @property
    def over(self) -> bool:
        return self.evidence >= GREATEST


@dataclass(frozen=True)
class Slice:
    # As it is kept, and as people call it.
    key: str
    name: str
    seen: Seen
    # As the study's own, of the slice alone; None: not one of the largest that are judged.
    difference: Estimate | NotEnough | None
    # None: too few items to say that the challenger is not worse here.
    not_worse: Shown | None
    harmed: bool


@dataclass(frozen=True)
class Page:
    study: Study
    look: Look
    # Challenger minus champion, in shares of right answers; holds at every look.
    difference: Estimate | NotEnough
    claims: tuple[Shown, ...]
    slices: tuple[Slice, ...]
    checks: tuple[GateCheck, ...]
    waiting: int
    oldest: datetime | None

    @property
    def whole(self) -> Seen:
        return self.look.whole

    @property
    def only_challenger(self) -> int:
        return self.whole.labelled.seen(1)

    @property
    def only_champion(self) -> int:
        return self.whole.labelled.seen(-1)

    @property
    def neither(self) -> int:
        return self.whole.labelled.seen(0)

    @property
    def overdue(self) -> int:
        return round(self.whole.overdue.n)


def read(study: Study, labels: Sequence[Label]) -> Page:
    look = study_gates.look(study)
    waiting = _waiting(study)
    first = waiting.order_by("pk").values_list("created_at", flat=True).first()
    checks = study.checks.select_related("gate").order_by("-pk")[:CHECKS]
    return Page(
        study=study,
        look=look,
        difference=disagreements.difference(look.whole, look.terms),
        claims=_claims(look),
        slices=_slices(look, {label.id: label.name for label in labels}, study.slices),
        checks=tuple(checks),
        waiting=waiting.count(),
        oldest=first,
    )


def _waiting(study: Study) -> QuerySet[Selection]:
    """Drawn, and not answered yet."""
    open_ = Q(task__state__in=UNSETTLED)
    own = Q(task=None, prediction__task__state__in=UNSETTLED)
    drawn = Selection.objects.filter(design=study.design, u__lt=F("pi"))
    return drawn.filter(open_ | own)


def _claims(look: Look) -> tuple[Shown, ...]:
    margin = f"{look.terms.margin * 100:g}"
    not_worse = _("The challenger is worse by less than %(margin)s points")
    better, bounded = look.terms.tests
    return (
        _shown(_("The challenger is better"), look.better, look, better),
        _shown(not_worse % {"margin": margin}, look.not_worse, look, bounded),
        _shown(_("The challenger is worse"), look.worse),
    )


def _shown(
    name: str, claim: Claim, look: Look | None = None, test: PairedTest | None = None
) -> Shown:
    more = disagreements.more(look.whole, test) if look and test else None
    return Shown(
        name=name,
        evidence=_e(claim.log_e),
        best=_e(claim.peak),
        needed=claim.needed,
        holds=claim.holds,
        more=more if isinstance(more, Estimate) and not claim.holds else None,
    )


def _e(log_e: float) -> float:
    return math.exp(min(log_e, math.log(GREATEST)))


def _slices(look: Look, names: Mapping[str, str], by: str) -> tuple[Slice, ...]:
    by_label = by == slices.LABEL
    found = sorted(look.evidence.slices.items(), key=lambda each: -each[1].n)
    judged = [name for name, _seen in found if name in look.slices][:DIFFERENCES]
    return tuple(
        Slice(
            key=name,
            name=names.get(name, name) if by_label else name,
            seen=seen,
            difference=disagreements.difference(seen, look.terms)
            if name in judged
            else None,
            not_worse=_shown("", look.slices[name]) if name in look.slices else None,
            harmed=name in look.harmed,
        )
        for name, seen in found
    )


def may_begin(training: Training, model: RegisteredModel | None) -> bool:
    """Whether a lead could start one; what else is in the way is told when they try."""
    if model is None or training.state != Training.State.DONE or not training.version:
        return False
    return bool(training.champion) and training.champion == model.champion
