"""Looks at what has settled, says whether a gate is open, and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from registry_bridge import comparison, drawn, retraining, snapshots
from registry_bridge.models import (
    Gate,
    GateCheck,
    Promotion,
    RegisteredModel,
    Snapshot,
    SnapshotItem,
    Training,
)
from reviewer import quality
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.models import Project

log = structlog.get_logger()
Verdict = GateCheck.Verdict
Condition = Gate.Condition

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    Condition.ENOUGH_GOLD: {"rows": 500, "usable_test": 30, "cool_down_minutes": 0},
    Condition.QUALITY_BELOW: {
        "line": 0.9,
        "days": 30,
        "new_rows": 50,
        "usable_test": 30,
        "cool_down_minutes": 60,
    },
    Condition.CHALLENGER_BETTER: {"by": 0.0, "rule": "interval"},
}
RULES: Final = ("interval", "test", "both")


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: str
    words: str
    evidence: dict[str, Any]

    @property
    def is_open(self) -> bool:
        return self.verdict == Verdict.OPEN


def look(project: Project) -> Training | None:
    """Look at each gate that retrains; the first open one starts a training."""
    model = RegisteredModel.objects.filter(project=project).first()
    if model is None or _busy(project):
        return None
    for gate in Gate.objects.that_retrain().filter(project=project):
        found = _finding(gate, model)
        remember(gate, found)
        if found.is_open:
            return _start(gate)
    return None


def _busy(project: Project) -> bool:
    """One training at a time; and none while a lead still has to decide on the last."""
    under_way = Training.objects.under_way().filter(project=project).exists()
    return under_way or Promotion.objects.open().filter(project=project).exists()


def _start(gate: Gate) -> Training | None:
    try:
        return retraining.start(gate.project, gate=gate)
    except (retraining.TrainingUnderWay, retraining.NothingToTrainOn) as refused:
        log.info("gate open, no training", gate=gate.name, why=refused.detail)
        return None


def _finding(gate: Gate, model: RegisteredModel) -> Finding:
    settings = settings_of(gate)
    last = Training.objects.filter(project=gate.project).order_by("-pk").first()
    rest = timedelta(minutes=settings["cool_down_minutes"])
    if last and last.ended_at and timezone.now() < last.ended_at + rest:
        words = f"Rests until {last.ended_at + rest:%H:%M} UTC after the last training."
        return Finding(Verdict.SHUT, words, {"new_rows": new_rows(model)})
    if gate.condition == Condition.ENOUGH_GOLD:
        return _enough_gold(model, settings)
    return _quality_below(model, settings)


def settings_of(gate: Gate) -> dict[str, Any]:
    return {**DEFAULTS[gate.condition], **gate.settings}


def new_rows(model: RegisteredModel) -> int:
    """Current gold that the last snapshot did not hold."""
    gold = drawn.gold_of(model)
    last = Snapshot.objects.filter(project=model.project_id).order_by("-pk").first()
    if last is None:
        return gold.count()
    held = SnapshotItem.objects.filter(snapshot=last)
    return gold.exclude(pk__in=held.values("gold")).count()


def _enough_gold(model: RegisteredModel, settings: Mapping[str, Any]) -> Finding:
    fresh, wanted = new_rows(model), settings["rows"]
    evidence: dict[str, Any] = {"new_rows": fresh, "wanted": wanted}
    if fresh < wanted:
        words = f"{fresh:,} of {wanted:,} new gold rows are there."
        return Finding(Verdict.NOT_ENOUGH, words, evidence)
    words = f"{fresh:,} new gold rows since the last snapshot; {wanted:,} were wanted."
    return _if_comparable(model, settings, words, evidence)


def _if_comparable(
    model: RegisteredModel,
    settings: Mapping[str, Any],
    words: str,
    evidence: dict[str, Any],
) -> Finding:
    """Open only if a comparison could follow; a training without one helps nobody."""
    usable = snapshots.count(snapshots.rows_now(model)).usable
    evidence |= {"usable_test": usable, "wanted_usable_test": settings["usable_test"]}
    if usable >= settings["usable_test"]:
        return Finding(Verdict.OPEN, words, evidence)
    words += (
        f" But only {usable:,} answers on the test side were drawn blind and in turn; "
        f"a comparison needs {settings['usable_test']:,}."
    )
    return Finding(Verdict.NOT_ENOUGH, words, evidence)


def _quality_below(model: RegisteredModel, settings: Mapping[str, Any]) -> Finding:
    if not model.champion:
        return Finding(Verdict.NOT_ENOUGH, "No version is in use yet.", {})
    found = live_accuracy(model, settings["days"])
    fresh, line = new_rows(model), float(settings["line"])
    evidence = {"new_rows": fresh, "line": line, "accuracy": found.as_json()}
    if isinstance(found, NotEnough):
        words = (
            f"No estimate of version {model.champion} yet; missing: {found.missing}."
        )
        return Finding(Verdict.NOT_ENOUGH, words, evidence)
    said = f"Version {model.champion} is right in {_share(found)}"
    if found.high >= line:
        words = f"{said}; the line is {line:.1%}."
        return Finding(Verdict.SHUT, words, evidence)
    if fresh < settings["new_rows"]:
        words = (
            f"{said}, below the line of {line:.1%}; {fresh:,} of "
            f"{settings['new_rows']:,} new gold rows to learn from are there."
        )
        return Finding(Verdict.NOT_ENOUGH, words, evidence)
    words = f"{said}: all of the interval is below the line of {line:.1%}."
    return _if_comparable(model, settings, words, evidence)


def live_accuracy(model: RegisteredModel, days: int | None) -> Estimate | NotEnough:
    """How often the version in use is right, by what reviewers found meanwhile."""
    for each in quality.of_versions(model.project, timezone.now(), days):
        named = each.version.endpoint, each.version.number
        if named == (model.endpoint, model.champion):
            return each.estimate
    return NotEnough("predictions of this version", 0)


def _share(found: Estimate) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%}, n = {found.n:,})"


def judge(gate: Gate, evidence: Mapping[str, Any]) -> Finding:
    """Whether a challenger's comparison opens the gate that proposes promotions."""
    settings = settings_of(gate)
    found = comparison.difference(evidence)
    kept = {"comparison": evidence.get("comparison"), "settings": settings}
    if isinstance(found, NotEnough):
        words = f"No comparison yet; missing: {found.missing} (n = {found.n:,})."
        return Finding(Verdict.NOT_ENOUGH, words, kept)
    by, p = float(settings["by"]), float(evidence["comparison"]["p_value"])
    beyond, significant = found.low > by, p <= 1 - found.level
    passed = {
        "interval": beyond,
        "test": significant,
        "both": beyond and significant,
    }[settings["rule"]]
    words = _judged(found, by, p, passed)
    return Finding(Verdict.OPEN if passed else Verdict.SHUT, words, kept)


def _judged(found: Estimate, by: float, p: float, passed: bool) -> str:
    gap = (
        f"{found.value * 100:+.1f} points ({found.low * 100:+.1f} to "
        f"{found.high * 100:+.1f}, n = {found.n:,}, p = {p:.3g})"
    )
    unit = "point" if by * 100 == 1 else "points"
    goal = "better" if by == 0 else f"better by {by * 100:g} {unit}"
    proven = "is" if passed else "is not proven to be"
    return f"The challenger {proven} {goal}: {gap}."


@transaction.atomic
def remember(gate: Gate, found: Finding) -> GateCheck:
    """One row for each change of verdict; the newest row follows the count."""
    Gate.objects.select_for_update().get(pk=gate.pk)
    newest = gate.checks.order_by("-pk").first()
    if newest and newest.verdict == found.verdict and not _acted_upon(newest):
        newest.words, newest.evidence = found.words[:400], found.evidence
        newest.at = timezone.now()
        newest.save(update_fields=["words", "evidence", "at"])
        return newest
    return GateCheck.objects.create(
        gate=gate,
        verdict=found.verdict,
        evidence=found.evidence,
        words=found.words[:400],
        at=timezone.now(),
    )


def _acted_upon(check: GateCheck) -> bool:
    """What a training or a proposal rests on is never written over."""
    if check.gate.action == Gate.Action.PROPOSE:
        return True
    return check.gate.trainings.filter(created_at__gte=check.at).exists()
