"""Watches a version that was put in use: is it worse than the one before?

Two tests go on at once, in the order of intake, each answer used once: against a line that
was frozen at approval, and, pair by pair, against what the old version says to the same
inputs. When one sounds, the leads are asked to roll back, or it is done by rule.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from projects import audit, jobs
from registry_bridge import (
    aftercare_evidence,
    alarms,
    lines,
    rolling_back,
    shadowing,
    sounding,
)
from registry_bridge.aftercare_evidence import BETTER, RIGHT
from registry_bridge.models import Aftercare, Promotion, RegisteredModel
from reviewer import policies_in_use, routing, settling
from reviewer.conditions import Facts
from reviewer.models import Endpoint
from reviewer.stats import intake_order
from reviewer.stats.detectors import Detector
from reviewer.stats.sampling import level_at_least

if TYPE_CHECKING:
    from projects.models import Project
    from registry_bridge.aftercare_evidence import Items
    from reviewer.stats.intake_order import Ready

log = structlog.get_logger()
State = Aftercare.State
LOOK: Final = "registry_bridge.handlers.watch_over"
freeze_line = lines.freeze
# A roll back that a watch asked for, and how one ends of which nothing came.
OF_WATCH: Final = Q(aftercare=OuterRef("pk"), kind=Promotion.Kind.ROLLBACK)
NOT_DONE: Final = (Promotion.State.REFUSED, Promotion.State.FAILED)


def begin(model: RegisteredModel, done: Promotion) -> None:
    """Called in the transaction that puts a version in use: ends a watch, begins one."""
    for watch in Aftercare.objects.running().filter(project=done.project_id):
        _end(watch, State.REPLACED, timezone.now())
        watch.save()
    if done.kind != Promotion.Kind.PROMOTE or not model.watch_days:
        return
    endpoint = _endpoint(model)
    after = shadowing.before(endpoint, done.decided_at or timezone.now())
    ends_at = timezone.now() + timedelta(days=model.watch_days)
    _begin(model, done, after=after, ends_at=ends_at)


def _begin(
    model: RegisteredModel, done: Promotion, *, after: int, ends_at: datetime
) -> None:
    """Both tests from nothing, with predictions of greater numbers."""
    lowest = lowest_now(model, done.to_version)
    line = done.line.get("line")
    Aftercare.objects.create(
        project=done.project,
        promotion=done,
        shadow=shadowing.begin(
            _endpoint(model), done.from_version, after=after, only_drawn=True
        ),
        fall=sounding.against_line(line, lowest).as_json() if line else None,
        pairs=sounding.against_version(model.watch_margin, lowest).as_json(),
        upto=after,
        paired_upto=after,
        began_at=timezone.now(),
        ends_at=ends_at,
    )


def _endpoint(model: RegisteredModel) -> Endpoint:
    return Endpoint.objects.get(project=model.project_id, name=model.endpoint)


def lowest_now(model: RegisteredModel, version: str) -> float:
    """The smallest chance of being known that a new version's predictions get now."""
    policy = policies_in_use.active(model.project)
    if policy is None:
        return 1.0
    rules = policies_in_use.read(policy)
    facts = Facts("", model_name=model.name, model_version=version)
    pi = level_at_least(routing.floor(rules, facts))
    audited = 1.0 if pi == 1 else pi * level_at_least(rules.blind_audit)
    return min(audited, level_at_least(rules.blind_review))


def ask() -> None:
    """Every so often: a look at each watch that goes on, or of which something is due."""
    waiting = (*_to_act_upon(), *_to_go_on(timezone.now()))
    for watch in (*Aftercare.objects.running(), *waiting):
        payload = {"project": watch.project_id}
        jobs.ask(LOOK, f"aftercare:{watch.project_id}", payload=payload)


def look(project: Project, at: datetime | None = None) -> None:
    """Use all evidence that has come, then act on an alarm; safe to run twice."""
    at = at or timezone.now()
    for watch in _to_go_on(at).filter(project=project):
        _go_on(watch.pk, at)
    running = Aftercare.objects.running().filter(project=project)
    for number in running.values_list("pk", flat=True):
        while _step(number, at):
            pass
    for watch in _to_act_upon().filter(project=project):
        _act(watch.pk)


def _to_act_upon() -> QuerySet[Aftercare]:
    """Alarms about versions still in use, of which nothing has come yet."""
    sounded = Aftercare.objects.filter(state=State.SOUNDED, decided=None)
    in_use = F("project__registered_model__champion")
    return sounded.filter(promotion__to_version=in_use)


def _to_go_on(at: datetime) -> QuerySet[Aftercare]:
    """Alarms of which nothing came: the roll back was refused or failed, the days go on."""
    over = Exists(Promotion.objects.filter(OF_WATCH, state__in=NOT_DONE))
    later = Aftercare.objects.filter(promotion=OuterRef("promotion"))
    sounded = Aftercare.objects.filter(over, state=State.SOUNDED, ends_at__gt=at)
    sounded = sounded.exclude(
        Exists(Promotion.objects.filter(OF_WATCH).exclude(state__in=NOT_DONE))
    )
    return sounded.filter(
        ~Exists(later.filter(pk__gt=OuterRef("pk"))),
        promotion__to_version=F("project__registered_model__champion"),
    )


@transaction.atomic
def _go_on(watch_id: int, at: datetime) -> None:
    """Watch anew, with predictions since: what came before was there to be judged by."""
    model, watch = _held(watch_id)
    running = Aftercare.objects.running().filter(project=model.project_id)
    if watch is None or running.exists() or not _to_go_on(at).filter(pk=watch_id):
        return
    back = watch.decided.filter(kind=Promotion.Kind.ROLLBACK).latest("pk")
    since = shadowing.before(_endpoint(model), back.ended_at or at)
    after = max(watch.upto, watch.paired_upto, since)
    _begin(model, watch.promotion, after=after, ends_at=watch.ends_at)


@transaction.atomic
def _step(watch_id: int, at: datetime) -> bool:
    """Use the next answers: one transaction. True: there may be more."""
    model, watch = _held(watch_id)
    if watch is None or watch.state != State.RUNNING:
        return False
    if Promotion.objects.under_way().filter(project=model.project_id).exists():
        return False
    if model.champion != watch.promotion.to_version:
        _end(watch, State.REPLACED, at)
        watch.save()
        return False
    more = _use_answers(watch, model, at)
    more = (watch.state == State.RUNNING and _use_pairs(watch, model, at)) or more
    if watch.state == State.RUNNING and not more and at >= watch.ends_at:
        _end(watch, State.QUIET, at)
    watch.save()
    return more and watch.state == State.RUNNING


def _held(watch_id: int) -> tuple[RegisteredModel, Aftercare | None]:
    """Model first, as every decision does; of two workers only one gets the watch."""
    project = Aftercare.objects.values_list("project", flat=True).get(pk=watch_id)
    model = RegisteredModel.objects.select_for_update(no_key=True, of=("self",)).get(
        project=project
    )
    held = Aftercare.objects.select_for_update(no_key=True, of=("self",))
    held = held.select_related("promotion", "shadow", "project")
    return model, held.filter(pk=watch_id).first()


def _use_answers(watch: Aftercare, model: RegisteredModel, at: datetime) -> bool:
    if watch.fall is None:
        return False
    items = aftercare_evidence.answers(watch, model, at)
    ready = _ready(items, RIGHT)
    if not ready.upto:
        return False
    fed = sounding.feed(Detector.from_json(watch.fall), ready.values, ready.inclusion)
    used = ready.upto if fed.alarm is None else fed.alarm + 1
    overdue = items.standing[:used] == intake_order.Standing.OVERDUE
    watch.fall, watch.upto = fed.detector.as_json(), items.ids[used - 1]
    watch.answers += used
    watch.wrong += int((ready.values[:used] == 0).sum())
    watch.overdue += int(overdue.sum())
    watch.begun_anew += fed.anew
    if fed.alarm is not None:
        _sound(watch, at, alarms.below_line(watch))
    return ready.upto == settling.AT_ONCE


def _use_pairs(watch: Aftercare, model: RegisteredModel, at: datetime) -> bool:
    if watch.pairs is None or watch.shadow is None:
        return False
    items = aftercare_evidence.pairs(watch, model, at)
    ready = _ready(items, BETTER)
    if not ready.upto:
        return False
    fed = sounding.feed(Detector.from_json(watch.pairs), ready.values, ready.inclusion)
    used = ready.upto if fed.alarm is None else fed.alarm + 1
    watch.pairs, watch.paired_upto = fed.detector.as_json(), items.ids[used - 1]
    watch.paired += used
    watch.better += int(np.count_nonzero(ready.values[:used] == 1))
    watch.worse += int(np.count_nonzero(ready.values[:used] == -1))
    watch.begun_anew += fed.anew
    if fed.alarm is not None:
        _sound(watch, at, alarms.worse_than_before(watch))
    return ready.upto == settling.AT_ONCE


def _ready(items: Items, best: float) -> Ready:
    return intake_order.ready(items.standing, items.values, items.inclusion, worst=best)


def _sound(watch: Aftercare, at: datetime, alarm: alarms.Alarm) -> None:
    watch.alarm = alarm.as_json()
    _end(watch, State.SOUNDED, at)
    log.warning("version got worse", watch=watch.pk, test=alarm.test)
    audit.record(
        "watch sounded",
        watch.project,
        f"promotion {watch.promotion_id}",
        by=None,
        after=watch.alarm,
    )


def _end(watch: Aftercare, state: State, at: datetime) -> None:
    watch.state, watch.ended_at = state, at
    if watch.shadow is not None:
        shadowing.end(watch.shadow)


@transaction.atomic
def _act(watch_id: int) -> None:
    """Propose the roll back, or decide on it by rule; later, while another one is open."""
    model, watch = _held(watch_id)
    if watch is None or watch.decided.exists():
        return
    if model.champion == watch.promotion.to_version:
        rolling_back.by_watch(model, watch)
