"""Looks at what has settled, says whether a gate is open, and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from projects import events, jobs
from registry_bridge import (
    accuracy_watch,
    comparison,
    gate_metrics,
    new_gold,
    retraining,
    snapshots,
    study_terms,
    triggers,
)
from registry_bridge.models import (
    Gate,
    GateCheck,
    RegisteredModel,
    Study,
    Training,
)
from reviewer import quality
from reviewer.stats.detectors import Detector
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.models import Project
    from registry_bridge.models import Watch

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
        # Answers between two false alarms, on average, where accuracy is at the line.
        "run_length": 2_000,
    },
    Condition.CHALLENGER_BETTER: {
        "by": 0.0,
        "rule": "interval",
        **study_terms.DEFAULTS,
    },
    Condition.CHALLENGER_NOT_WORSE: {
        "margin": study_terms.MARGIN,
        **study_terms.DEFAULTS,
    },
    # Of these, what is None is not asked for; one of them must be.
    Condition.CALIBRATION: {"at_most": None, "margin": None},
    Condition.LATENCY: {"at_most_ms": None, "margin": None},
    Condition.COST: {"reviews_a_day": None, "minutes_per_1000": None},
}
RULES: Final = ("interval", "test", "both", study_terms.BY_STUDY)
LOOK: Final = "registry_bridge.handlers.gold_settled"


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
    if model is None or any(triggers.busy(model)):
        return None
    for gate in Gate.objects.that_retrain().filter(project=project):
        found = _finding(gate, model)
        remember(gate, found)
        if found.is_open and not triggers.why_not(model, timezone.now()):
            return _start(gate)
    return None


def ask() -> None:
    """Every minute: predictions that came late are evidence by now."""
    watching = Gate.objects.that_retrain().filter(condition=Condition.QUALITY_BELOW)
    for project in watching.values_list("project", flat=True).distinct():
        jobs.ask(LOOK, f"gates:{project}", payload={"project": project})


def _start(gate: Gate) -> Training | None:
    try:
        return _started(gate)
    except (retraining.TrainingUnderWay, retraining.NothingToTrainOn) as refused:
        log.info("gate open, no training", gate=gate.name, why=refused.detail)
        return None


@transaction.atomic
def _started(gate: Gate) -> Training:
    """Training and the end of the alarm that asked for it are one transaction."""
    started = retraining.start(gate.project, gate=gate)
    for watch in gate.watches.filter(ended_at=None):
        accuracy_watch.end(watch)
    return started


def _finding(gate: Gate, model: RegisteredModel) -> Finding:
    settings = settings_of(gate)
    last = Training.objects.filter(project=gate.project).order_by("-pk").first()
    rest = timedelta(minutes=settings["cool_down_minutes"])
    if last and last.ended_at and timezone.now() < last.ended_at + rest:
        words = f"Rests until {last.ended_at + rest:%H:%M} UTC after the last training."
        return Finding(Verdict.SHUT, words, {"new_rows": new_gold.count(model)})
    if gate.condition == Condition.ENOUGH_GOLD:
        return _enough_gold(model, settings)
    return _quality_below(gate, model, settings)


def settings_of(gate: Gate) -> dict[str, Any]:
    return {**DEFAULTS[gate.condition], **gate.settings}


def _enough_gold(model: RegisteredModel, settings: Mapping[str, Any]) -> Finding:
    fresh, wanted = new_gold.count(model), settings["rows"]
    evidence: dict[str, Any] = {"new_rows": fresh, "wanted": wanted}
    if fresh < wanted:
        words = f"{fresh:,} of {wanted:,} new gold rows are there."
        return Finding(Verdict.NOT_ENOUGH, words, evidence)
    words = f"{fresh:,} new gold rows since the last training; {wanted:,} were wanted."
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


def _quality_below(
    gate: Gate, model: RegisteredModel, settings: Mapping[str, Any]
) -> Finding:
    if not model.champion:
        return Finding(Verdict.NOT_ENOUGH, "No version is in use yet.", {})
    watch = accuracy_watch.look(gate, model, settings, timezone.now())
    found = live_accuracy(model, settings["days"])
    fresh, line = new_gold.count(model), float(settings["line"])
    evidence = {
        "new_rows": fresh,
        "line": line,
        "accuracy": found.as_json(),
        "watch": _watched(watch),
    }
    said = _said(model, found)
    if watch is None or not (watch.alarm_at or watch.detector["n"]):
        return Finding(Verdict.NOT_ENOUGH, said, evidence)
    if not watch.alarm_at:
        words = f"{said} The line is {line:.1%}; {_evidence(watch)}."
        return Finding(Verdict.SHUT, words, evidence)
    if fresh < settings["new_rows"]:
        words = (
            f"{said} It is below the line of {line:.1%}; {fresh:,} of "
            f"{settings['new_rows']:,} new gold rows to learn from are there."
        )
        return Finding(Verdict.NOT_ENOUGH, words, evidence)
    words = f"{said} It is below the line of {line:.1%}: {_evidence(watch)}."
    return _if_comparable(model, settings, words, evidence)


def _said(model: RegisteredModel, found: Estimate | NotEnough) -> str:
    if isinstance(found, NotEnough):
        missing = f"missing: {found.missing}"
        return f"No estimate of version {model.champion} yet; {missing}."
    return f"Version {model.champion} is right in {_share(found)}."


def _watched(watch: Watch | None) -> dict[str, Any] | None:
    """The numbers of a look, without the bets behind them."""
    if watch is None:
        return None
    detector = Detector.from_json(watch.detector)
    return {
        "answers": detector.n,
        "wrong": watch.wrong,
        "overdue": watch.overdue,
        "level": detector.level,
        "run_length": detector.run_length,
        "alarm": watch.alarm_at is not None,
        "since": watch.began_at.isoformat(),
    }


def _evidence(watch: Watch) -> str:
    detector = Detector.from_json(watch.detector)
    e = detector.level * detector.run_length
    shown = f"{e:,.0f}" if e >= 10 else f"{e:.1f}"
    return (
        f"evidence of a fall {shown} of {detector.run_length:,.0f} needed, from "
        f"{detector.n:,} answers in the order of intake, {watch.wrong:,} of them wrong"
    )


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
    sliced = evidence.get("slices") or {}
    kept = {
        "comparison": evidence.get("comparison"),
        "slices": sliced,
        "settings": settings,
    }
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
    if sliced.get("harmed"):
        return Finding(Verdict.SHUT, f"{_harmed(sliced)} Over all: {words}", kept)
    if sliced:
        words += f" No harm is proven on any of {len(sliced['parts'])} slices (Holm)."
    return Finding(Verdict.OPEN if passed else Verdict.SHUT, words, kept)


def _harmed(sliced: Mapping[str, Any]) -> str:
    names = (
        f"{name} (p = {sliced['parts'][name]['p']:.2g})" for name in sliced["harmed"]
    )
    return f"The challenger is worse on: {', '.join([*names][:5])}, by Holm."


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
def remember(gate: Gate, found: Finding, *, study: Study | None = None) -> GateCheck:
    """One row for each change of verdict; the newest row follows the count."""
    Gate.objects.select_for_update(no_key=True).get(pk=gate.pk)
    newest = gate.checks.order_by("-pk").first()
    same = newest and (newest.verdict, newest.study) == (found.verdict, study)
    if newest and same and study and found.is_open:
        # a proposal rests, or will rest, on what first opened it
        return newest
    if newest and same and not _acted_upon(newest):
        newest.words, newest.evidence = found.words[:400], found.evidence
        newest.at = timezone.now()
        newest.save(update_fields=["words", "evidence", "at"])
        return newest
    check = GateCheck.objects.create(
        gate=gate,
        study=study,
        verdict=found.verdict,
        evidence=found.evidence,
        words=found.words[:400],
        at=timezone.now(),
    )
    gate_metrics.ask(check)
    if found.is_open and gate.condition == Condition.QUALITY_BELOW:
        subject = f"gate {gate.name}"
        events.emit("gate.opened", gate.project, subject=subject, check=check.pk)
    return check


def last_looks(project: Project) -> list[tuple[Gate, GateCheck | None]]:
    """Each gate with its last look, in two queries."""
    found = list(Gate.objects.filter(project=project, active=True))
    newest = GateCheck.objects.filter(gate__in=found).order_by("gate_id", "-pk")
    last = {check.gate_id: check for check in newest.distinct("gate_id")}
    return [(gate, last.get(gate.pk)) for gate in found]


def _acted_upon(check: GateCheck) -> bool:
    """What a training or a proposal rests on is never written over."""
    if check.gate.action != Gate.Action.RETRAIN:
        return check.study is None
    return check.gate.trainings.filter(created_at__gte=check.at).exists()
