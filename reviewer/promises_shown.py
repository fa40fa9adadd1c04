"""What a policy's promise is worth now, for its page: thresholds, evidence, what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewer import fits_in_use, policies_in_use, promise_terms, routing
from reviewer.models import Fit, PromiseProcess
from reviewer.promise_start import FEWEST
from reviewer.rollups import hours, intake
from reviewer.stats import promises, threshold_process
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.promises import Fitted
from reviewer.stats.threshold_state import Process

if TYPE_CHECKING:
    from datetime import datetime

    from reviewer import policies
    from reviewer.models import Policy

Key = tuple[str, str, str]
PACE_DAYS: Final = 7
MOST_FITS: Final = 30
_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Kept:
    """The promise about one model version (and label)."""

    name: str
    version: str
    label: str
    # The newest threshold; None before the first one, and while suspended.
    fit: Fit | None
    suspended: bool
    accepted: Estimate | NotEnough
    wrong: Estimate | NotEnough
    # Audits and other blind answers that are used so far; those nobody gave in time.
    answers: int
    overdue: int
    # Answers without an error that it takes at least, and days until then at this pace.
    needed: int
    days: int | None


@dataclass(frozen=True)
class Shown:
    """All of one policy's promise."""

    promise: policies.Promise
    # Answers without an error that a promise would take which is made only once.
    once: int
    kept: list[Kept]
    fits: list[Fit]
    # Of the chance that the promise may fail, 1 - sure, what fits have spent.
    spent: float
    allowed: float
    # What is looked at, at least, where nothing is promised; and from which prediction
    # of a version on evidence is gathered.
    cautious: float
    fewest: int = FEWEST


def of_policy(policy: Policy, at: datetime) -> Shown | None:
    """None where the policy promises nothing."""
    rules = policies_in_use.read(policy)
    if rules.promise is None:
        return None
    allowed = 1 - rules.promise.sure
    processes = _newest(policy)
    fits = fits_in_use.newest(policy)
    pace = _pace(policy.project_id, at)
    keys = sorted({*processes, *fits}, reverse=True)
    held = Fit.objects.filter(project=policy.project_id, process__isnull=False)
    return Shown(
        promise=rules.promise,
        once=promises.labels_needed(rules.promise.wrong, allowed),
        kept=[_kept(key, processes[key], fits.get(key), pace) for key in keys],
        fits=list(held.order_by("-number")[:MOST_FITS]),
        spent=_spent(policy.project_id),
        allowed=allowed,
        cautious=routing.cautious(rules),
    )


def _newest(policy: Policy) -> dict[Key, PromiseProcess]:
    terms = promise_terms.terms(policies_in_use.read(policy))
    held = PromiseProcess.objects.filter(project=policy.project_id, terms=terms)
    key = ("model_name", "model_version", "label")
    return {each.key: each for each in held.order_by(*key, "-number").distinct(*key)}


def _kept(
    key: Key,
    process: PromiseProcess,
    fit: Fit | None,
    pace: dict[tuple[str, str], float],
) -> Kept:
    name, version, label = key
    holds = fit is not None and fit.kind == Fit.Kind.THRESHOLD
    accepted, wrong = _numbers(process, fit if holds else None)
    needed = promises.labels_needed(process.state["alpha"], process.delta)
    a_day = 0.0 if label else pace.get((name, version), 0.0)
    more = max(0, needed - process.answers)
    return Kept(
        name=name,
        version=version,
        label=label,
        fit=fit if holds else None,
        suspended=fit is not None and not holds,
        accepted=accepted,
        wrong=wrong,
        answers=process.answers,
        overdue=process.overdue,
        needed=needed,
        days=None if holds or not more or not a_day else math.ceil(more / a_day),
    )


def _numbers(
    process: PromiseProcess, fit: Fit | None
) -> tuple[Estimate | NotEnough, Estimate | NotEnough]:
    """Share accepted, share wrong: of this moment where the fit's process still goes on."""
    if fit is None or fit.process_id == process.pk:
        found = threshold_process.fitted(Process.from_json(process.state))
        if isinstance(found, Fitted) and fit is not None:
            return found.accepted, found.wrong
        missing = found if isinstance(found, NotEnough) else _begins_anew(process)
        return missing, missing
    told = fit.evidence["found"]
    return Estimate(**told["accepted"]), Estimate(**told["wrong"])


def _begins_anew(process: PromiseProcess) -> NotEnough:
    needed = promises.labels_needed(process.state["alpha"], process.delta)
    return NotEnough(f"{needed} more answers", 0)


def _pace(project_id: int, at: datetime) -> dict[tuple[str, str], float]:
    """Predictions drawn blind a day, of each version, over the last days."""
    begin = hours.begin_days(at, PACE_DAYS)
    counts: dict[tuple[str, str], int] = {}
    since: dict[tuple[str, str], datetime] = {}
    for each in intake.of_project(project_id, begin):
        key = (each.name, each.version)
        counts[key] = counts.get(key, 0) + (each.n if each.is_evidence else 0)
        since[key] = min(since.get(key, each.first_at), each.first_at)
    return {
        key: n / max(1.0, (at - since[key]).total_seconds() / _SECONDS)
        for key, n in counts.items()
    }


def _spent(project_id: int) -> float:
    held = PromiseProcess.objects.filter(project=project_id)
    return math.fsum(held.values_list("delta", flat=True))
