"""What of models people are told without looking: decisions, roll backs, failures, gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from projects import notices
from projects.notices import Kind, Said
from registry_bridge.models import GateCheck, Promotion, Training

if TYPE_CHECKING:
    from collections.abc import Callable

    from projects.models import Project

Payload = dict[str, Any]


def happened(payload: Payload) -> None:
    """One event of those in TOLD; told once, however often its job runs."""
    TOLD[payload["event"]](payload)


def _proposed(payload: Payload) -> None:
    promotion = _promotion(payload)
    if promotion.kind == Promotion.Kind.ROLLBACK:
        title = gettext_noop(
            "A roll back from version %(before)s to %(version)s is proposed"
        )
        _tell(promotion, "proposed", Kind.ROLLBACK, title)
        return
    title = gettext_noop("Version %(version)s waits for a decision")
    _tell(promotion, "proposed", Kind.DECISION, title, promotion.proposal_reason)


def _promoted(payload: Payload) -> None:
    promotion = _promotion(payload)
    if promotion.kind == Promotion.Kind.ROLLBACK:
        title = gettext_noop("Version %(version)s is in use again: %(before)s is out")
        _tell(promotion, "rolled-back", Kind.ROLLBACK, title, promotion.reason)


def _failed(payload: Payload) -> None:
    promotion = _promotion(payload)
    title = gettext_noop("Version %(version)s could not be put in use")
    _tell(promotion, "failed", Kind.ROLLBACK, title, promotion.failure)


def _tell(
    promotion: Promotion, what: str, kind: Kind, title: str, why: str = ""
) -> None:
    said = Said(
        title=title,
        words=gettext_noop("Reason: %(why)s") if why else "",
        values={
            "version": promotion.to_version,
            "before": promotion.from_version,
            "why": why[:500],
        },
        path=reverse("promotion", args=[promotion.project.slug, promotion.pk]),
    )
    key = f"promotion:{promotion.pk}:{what}"
    # whoever proposes a promotion knows, and may not decide on it
    known = what == "proposed" and promotion.kind == Promotion.Kind.PROMOTE
    but = promotion.proposed_by_id if known else None
    notices.tell(promotion.project, kind, key, said, but=but)


def _training_failed(payload: Payload) -> None:
    training = Training.objects.select_related("project").get(pk=payload["training"])
    said = Said(
        title=gettext_noop("The training %(training)s failed"),
        words=gettext_noop("Reason: %(why)s") if training.reason else "",
        values={"training": training.job_name, "why": training.reason[:500]},
        path=reverse("training", args=[training.project.slug, training.pk]),
    )
    key = f"training:{training.pk}:failed"
    notices.tell(training.project, Kind.TRAINING, key, said)


def _gate_opened(payload: Payload) -> None:
    check = GateCheck.objects.select_related("gate__project").get(pk=payload["check"])
    project: Project = check.gate.project
    said = Said(
        title=gettext_noop("The gate %(gate)s opened"),
        # kept as it was said then, in English
        words=gettext_noop("It saw: %(seen)s"),
        values={"gate": check.gate.name, "seen": check.words},
        path=reverse("trainings", args=[project.slug]),
    )
    notices.tell(project, Kind.GATE, f"gate-check:{check.pk}", said)


def _promotion(payload: Payload) -> Promotion:
    found = Promotion.objects.select_related("project").defer("evidence")
    return found.get(pk=payload["promotion"])


TOLD: dict[str, Callable[[Payload], None]] = {
    "promotion.proposed": _proposed,
    "model.promoted": _promoted,
    "promotion.failed": _failed,
    "training.failed": _training_failed,
    "gate.opened": _gate_opened,
}
