"""Begins a promise's process, with all fixed that must not depend on an answer."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction
from django.db.models import F, Max, Q

from projects.models import Project
from projects.recent import first_id
from reviewer import fits_in_use, policies_in_use, promise_evidence, promise_terms
from reviewer.cuts import EVERY_LABEL
from reviewer.models import Policy, Prediction, PromiseProcess
from reviewer.rollups import hours, intake
from reviewer.stats import detectors, promises, threshold_process
from reviewer.stats.threshold_state import Process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reviewer import policies

Key = tuple[str, str, str]
# Of a version (or label): a grid from fewer confidences would be a matter of chance.
FEWEST: Final = 200
# Versions that sent something in so many days are followed.
DAYS: Final = 30
# The strictest threshold of a grid passes this share of predictions.
STRICTEST: Final = 0.25
# Audits between two false alarms, on average, where exactly as many are wrong as promised.
RUN_LENGTH: Final = 2_000
# By then every process that takes predictions in knows what ended the one before.
REST: Final = timedelta(minutes=1)


@transaction.atomic
def begin(policy: Policy, at: datetime) -> None:
    """A process for each version (and label) that has none: one transaction.

    The project's row is held, so that no part of delta is given out twice.
    """
    Project.objects.select_for_update(no_key=True).get(pk=policy.project_id)
    held = PromiseProcess.objects.filter(project=policy.project_id)
    busy = held.filter(Q(ended_at=None) | Q(ended_at__gt=at - REST))
    taken = {process.key for process in busy.defer("state", "watch")}
    fits = fits_in_use.newest(policy)
    for name, version in _versions(policy.project_id, at):
        if (name, version, EVERY_LABEL) in taken:
            continue
        for label, confidences in _samples(policy, name, version):
            key = (name, version, label)
            if key not in taken and len(confidences) >= FEWEST:
                fitted = key in fits and fits[key].threshold is not None
                _begin(policy, key, confidences, at, fitted=fitted)


def watching(state: Process) -> detectors.Detector:
    """What sounds an alarm when more of what passes is wrong than was promised."""
    line = 1 - state.alpha
    return detectors.of_fall(line, lowest=state.lowest, run_length=RUN_LENGTH)


def _versions(project_id: int, at: datetime) -> list[tuple[str, str]]:
    """Versions that sent enough of late, the one seen first first."""
    sent = intake.of_project(project_id, hours.begin_days(at, DAYS))
    counts: dict[tuple[str, str], int] = {}
    for each in sorted(sent, key=lambda part: part.first_at):
        key = (each.name, each.version)
        counts[key] = counts.get(key, 0) + each.n
    return [key for key, n in counts.items() if n >= FEWEST]


def _samples(
    policy: Policy, name: str, version: str
) -> Iterator[tuple[str, list[float]]]:
    """Confidences that a grid is made from: of all labels, or of each, frequent first."""
    found = promise_evidence.sample(policy.project_id, name, version)
    promise = policies_in_use.read(policy).promise
    if promise is None or not promise.by_label:
        yield EVERY_LABEL, [confidence for _, confidence in found]
        return
    by_label: dict[str, list[float]] = {}
    for label, confidence in found:
        by_label.setdefault(label, []).append(confidence)
    yield from sorted(by_label.items(), key=lambda each: (-len(each[1]), each[0]))


def _begin(
    policy: Policy,
    key: Key,
    confidences: Sequence[float],
    at: datetime,
    *,
    fitted: bool,
) -> None:
    rules = policies_in_use.read(policy)
    number = PromiseProcess.objects.next_number(policy.project_id)
    levels = promise_terms.inclusions(rules, fitted=fitted)
    state = _state(rules, confidences, levels, number)
    name, version, label = key
    PromiseProcess.objects.create(
        project_id=policy.project_id,
        number=number,
        terms=promise_terms.terms(rules),
        model_name=name,
        model_version=version,
        label=label,
        delta=state.delta,
        state=state.as_json(),
        upto=_used_before(policy, key, levels),
        began_at=at,
    )


def _state(
    rules: policies.Policy,
    confidences: Sequence[float],
    levels: Sequence[float],
    number: int,
) -> Process:
    """Planned so that the strictest threshold passes STRICTEST of all.

    A grid needs the probabilities that there may be, not whose each one is.
    """
    promise = rules.promise
    if promise is None:
        raise ValueError("this policy promises nothing")
    delta = promises.part_of_delta(1 - promise.sure, number)
    wanted = promises.labels_to_start(promise.wrong, delta, exact=len(levels) == 1)
    inclusion = np.resize(levels, len(confidences))
    planned = math.ceil(wanted / STRICTEST * float(inclusion.mean()) / levels[0])
    begun = threshold_process.start(
        confidences,
        inclusion,
        alpha=promise.wrong,
        delta=delta,
        planned=planned,
        lowest=levels[0],
    )
    if not isinstance(begun, Process):
        raise TypeError(f"{planned} planned answers are too few: {begun.missing}")
    return begun


def _used_before(policy: Policy, key: Key, levels: Sequence[float]) -> int:
    """Evidence begins after this prediction.

    Up to it, predictions were decided under other terms, were drawn with probabilities
    that the process is not begun for, or were used by the one before.
    """
    name, version, label = key
    of_version = {
        "project": policy.project_id,
        "model_name": name,
        "model_version": version,
    }
    used = PromiseProcess.objects.filter(**of_version, label=label)
    drawn = Prediction.objects.drawn_blind().filter(**of_version)
    known = drawn.alias(known=F("pi") * F("b"))
    within = Q(
        known__gte=levels[0] - promise_evidence.EQUAL,
        known__lte=levels[-1] + promise_evidence.EQUAL,
    )
    others = known.exclude(within).order_by("-pk").values_list("pk", flat=True)
    upto = used.aggregate(upto=Max("upto"))["upto"] or 0
    return max(_other_terms(policy), upto, others.first() or 0)


def _other_terms(policy: Policy) -> int:
    """The newest prediction from before the promise had the terms that it has now."""
    since = policy.created_at
    terms = promise_terms.terms(policies_in_use.read(policy))
    earlier = Policy.objects.filter(
        project=policy.project_id, version__lt=policy.version
    )
    for each in earlier.order_by("-version"):
        if promise_terms.terms(policies_in_use.read(each)) != terms:
            break
        since = each.created_at
    first = first_id(Prediction, "received_at", since)
    before = Prediction.objects.filter(pk__gte=first, received_at__lt=since)
    before = before.filter(project=policy.project_id)
    return before.aggregate(newest=Max("pk"))["newest"] or 0
