"""Watches a version's live accuracy for a gate: looked at after every answer, at no cost.

An interval that is looked at again and again is broken sooner or later, however good the
model. A detector is not (reviewer/stats/detectors.py): where accuracy stays at the line,
it sounds a false alarm once in `run_length` answers on average. Answers count in the order
of intake. What nobody answered in time counts as right: the worst case for the claim that
quality fell, so that a neglected queue starts no training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction
from django.utils import timezone

from registry_bridge import comparison, shadowing
from registry_bridge.models import Gate, Watch
from reviewer import settling
from reviewer.models import Endpoint
from reviewer.stats import detectors, intake_order
from reviewer.stats.detectors import Detector

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from registry_bridge.models import RegisteredModel
    from reviewer.settling import Blind

MOST_STEPS: Final = 20
RIGHT: Final = 1.0
WHICH: Final = "p.endpoint_id = %(endpoint)s and p.model_version = %(version)s"


def look(
    gate: Gate, model: RegisteredModel, settings: Mapping[str, Any], at: datetime
) -> Watch | None:
    """What is seen of the version in use, with all answers that came; None: nothing sent."""
    for _ in range(MOST_STEPS):
        watch, more = _step(gate, model, settings, at)
        if not more:
            return watch
    return watch


@transaction.atomic
def _step(
    gate: Gate, model: RegisteredModel, settings: Mapping[str, Any], at: datetime
) -> tuple[Watch | None, bool]:
    """Some more answers: one transaction that holds the gate."""
    Gate.objects.select_for_update(no_key=True).get(pk=gate.pk)
    endpoint = Endpoint.objects.get(project=model.project_id, name=model.endpoint)
    watch = _current(gate, model, settings)
    watch = watch or _begin(gate, endpoint, model, settings)
    if watch is None or watch.alarm_at:
        return watch, False
    return watch, _use(watch, model, at)


def _current(
    gate: Gate, model: RegisteredModel, settings: Mapping[str, Any]
) -> Watch | None:
    """The one that goes on; what was begun for another version or line is over."""
    found = None
    for watch in gate.watches.filter(ended_at=None):
        same = (watch.detector["line"], watch.detector["run_length"]) == (
            float(settings["line"]),
            float(settings["run_length"]),
        )
        if same and watch.version == model.champion:
            found = watch
        else:
            end(watch)
    return found


def end(watch: Watch) -> None:
    """Whoever acts on an alarm starts anew."""
    watch.ended_at = timezone.now()
    watch.save(update_fields=["ended_at"])


def _begin(
    gate: Gate, endpoint: Endpoint, model: RegisteredModel, settings: Mapping[str, Any]
) -> Watch | None:
    """From where the gate began, or from now on where it watched something else before."""
    lowest = comparison.lowest_of(model, ())
    if lowest is None:
        return None
    watched = gate.watches.filter(version=model.champion).exists()
    after = (
        shadowing.newest(endpoint)
        if watched
        else shadowing.before(endpoint, gate.created_at)
    )
    return _started(gate, endpoint, model.champion, settings, lowest, after)


def _started(
    gate: Gate,
    endpoint: Endpoint,
    version: str,
    settings: Mapping[str, Any],
    lowest: float,
    after: int,
) -> Watch:
    detector = detectors.of_fall(
        float(settings["line"]), lowest=lowest, run_length=float(settings["run_length"])
    )
    return Watch.objects.create(
        gate=gate,
        endpoint=endpoint,
        version=version,
        detector=detector.as_json(),
        upto=after,
    )


def _use(watch: Watch, model: RegisteredModel, at: datetime) -> bool:
    rows = settling.blind(
        WHICH,
        model.project_id,
        watch.upto,
        at,
        endpoint=watch.endpoint_id,
        version=watch.version,
    )
    detector = Detector.from_json(watch.detector)
    within = _within(rows, detector.lowest)
    standing = [each.known.standing for each in rows[:within]]
    right = [
        np.nan if each.known.value is None else float(each.known.value == each.said)
        for each in rows[:within]
    ]
    ready = intake_order.ready(
        standing,
        right,
        [each.inclusion for each in rows[:within]],
        worst=RIGHT,
    )
    used = _take(watch, detector, ready)
    if used:
        watch.upto = rows[used - 1].key
        watch.overdue += standing[:used].count(intake_order.Standing.OVERDUE)
    watch.save(update_fields=["detector", "upto", "wrong", "overdue", "alarm_at"])
    if watch.alarm_at is None and ready.upto == within < len(rows):
        _lower(watch, model)
        return True
    return watch.alarm_at is None and ready.upto == settling.AT_ONCE


def _take(watch: Watch, detector: Detector, ready: intake_order.Ready) -> int:
    """How many were used: nothing after an alarm is."""
    watched = detectors.watch(detector, ready.values, ready.inclusion)
    used = ready.upto if watched.alarm is None else watched.alarm + 1
    watch.detector = watched.detector.as_json()
    watch.wrong += int((ready.values[:used] == 0).sum())
    if watched.alarm is not None:
        watch.alarm_at = timezone.now()
    return used


def _within(rows: list[Blind], lowest: float) -> int:
    """How many come before one that was drawn with a chance it was not begun for."""
    below = (
        at for at, row in enumerate(rows) if row.inclusion < lowest - detectors.EQUAL
    )
    return next(below, len(rows))


def _lower(watch: Watch, model: RegisteredModel) -> None:
    """A new one for the lower chance goes on where this one ends."""
    lowest = comparison.lowest_of(model, ())
    assert lowest is not None  # noqa: S101 (one was sent: it is read above)
    end(watch)
    told = {name: watch.detector[name] for name in ("line", "run_length")}
    _started(watch.gate, watch.endpoint, watch.version, told, lowest, watch.upto)
