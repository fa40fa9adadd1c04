"""Uses the next answers of a promise's process: one transaction, in the order of intake."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction
from django.utils import timezone

from projects.models import Project
from reviewer import fits_in_use, policies_in_use, promise_evidence, promise_terms
from reviewer.models import Fit, Policy, PromiseProcess
from reviewer.promise_start import watching
from reviewer.stats import detectors, intake_order, threshold_process
from reviewer.stats.promises import Answers, Fitted
from reviewer.stats.threshold_state import Process

if TYPE_CHECKING:
    from datetime import datetime

    from reviewer.promise_evidence import Items

# What nobody answered in time counts as wrong.
_WORST: Final = 1.0


@transaction.atomic
def step(process_id: int, at: datetime) -> bool:
    """Use the next answers: one transaction. True: there may be more.

    Of two workers only one holds the process; the other goes on to something else.
    """
    held = PromiseProcess.objects.select_for_update(skip_locked=True, of=("self",))
    process = held.filter(pk=process_id, ended_at=None).first()
    if process is None:
        return False
    policy = _policy_of(process)
    if policy is None:
        return False
    Project.objects.select_for_update(no_key=True).get(pk=process.project_id)
    items = promise_evidence.after(process, at)
    state = Process.from_json(process.state)
    within = _within(state, items)
    ready = intake_order.ready(
        items.standing[:within],
        items.wrong[:within],
        items.inclusion[:within],
        worst=_WORST,
    )
    used = items.before(ready.upto)
    if ready.upto:
        _use(process, policy, state, replace(used, wrong=ready.values), at)
        process.overdue += ready.overdue
        process.upto = used.ids[-1]
    if ready.upto == within < len(items.ids) and process.ended_at is None:
        # from here on predictions are drawn in another way
        process.ended_at = max(at, timezone.now())
    process.save()
    return ready.upto == promise_evidence.AT_ONCE and process.ended_at is None


def _policy_of(process: PromiseProcess) -> Policy | None:
    """The active policy, while it is the one whose promise this is."""
    policy = Policy.objects.filter(project=process.project_id, active=True).first()
    if policy is None:
        return None
    same = promise_terms.terms(policies_in_use.read(policy)) == process.terms
    return policy if same else None


def _within(state: Process, items: Items) -> int:
    """How many items come before one whose probability the process was not begun for."""
    pi = items.inclusion
    outside = (pi < state.lowest - promise_evidence.EQUAL) | (
        pi > state.highest + promise_evidence.EQUAL
    )
    return int(np.argmax(outside)) if outside.any() else len(items.ids)


def _use(
    process: PromiseProcess, policy: Policy, state: Process, used: Items, at: datetime
) -> None:
    answers = Answers.of(used.confidence, used.wrong, used.inclusion)
    state = threshold_process.take(state, answers)
    process.state = state.as_json()
    process.answers += answers.wrong.size
    process.wrong += int(answers.wrong.sum())
    now = fits_in_use.newest(policy).get(process.key)
    threshold = now.threshold if now else None
    if threshold is not None and _alarmed(process, state, answers, threshold):
        process.ended_at = max(at, timezone.now())
        _keep(process, policy, at, None)
        return
    found = threshold_process.fitted(state)
    laxer = threshold is None or (
        isinstance(found, Fitted) and found.threshold < threshold
    )
    if isinstance(found, Fitted) and laxer:
        _keep(process, policy, at, found)


def _alarmed(
    process: PromiseProcess, state: Process, answers: Answers, threshold: float
) -> bool:
    """Whether more of what passes is wrong than was promised, by each answer's weight."""
    detector = (
        detectors.Detector.from_json(process.watch)
        if process.watch
        else watching(state)
    )
    passed = answers.part(answers.confidence >= threshold)
    watched = detectors.watch(detector, 1 - passed.wrong, passed.inclusion)
    process.watch = watched.detector.as_json()
    return watched.alarm is not None


def _keep(
    process: PromiseProcess, policy: Policy, at: datetime, found: Fitted | None
) -> None:
    Fit.objects.create(
        project_id=process.project_id,
        policy=policy,
        process=process,
        number=Fit.objects.next_number(process.project_id),
        kind=Fit.Kind.THRESHOLD if found else Fit.Kind.SUSPENDED,
        model_name=process.model_name,
        model_version=process.model_version,
        label=process.label,
        threshold=found.threshold if found else None,
        evidence={
            "process": process.number,
            "answers": process.answers,
            "wrong": process.wrong,
            "found": found.as_json() if found else None,
        },
        delta=process.delta,
        made_at=at,
    )
    fits_in_use.forget()
