"""Starts what is due by the schedule, and what a gate wanted while trainings rested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from projects import jobs
from projects.models import Project
from registry_bridge import gates, new_gold, plans, retraining, triggers
from registry_bridge.models import (
    Gate,
    GateCheck,
    RegisteredModel,
    Training,
)

if TYPE_CHECKING:
    from registry_bridge.plans import Plan

log = structlog.get_logger()
LOOK: Final = "registry_bridge.scheduling.look"


@dataclass(frozen=True, slots=True)
class Due:
    """When the schedule wants the next training, and the gold that it waits for."""

    at: datetime
    new_rows: int
    wanted: int

    def is_now(self, at: datetime) -> bool:
        return at >= self.at and self.new_rows >= self.wanted


def ask() -> None:
    """Every so often: a look at each project where something may start by itself."""
    at = timezone.now()
    for model in RegisteredModel.objects.select_related("project"):
        if _wants(model, at) and not triggers.why_not(model, at):
            project = model.project_id
            jobs.ask(LOOK, f"trigger:{project}", payload={"project": project})


def _wants(model: RegisteredModel, at: datetime) -> bool:
    """Cheap: the schedule's time has come, or a gate was open when it was last looked at."""
    due_at = _due_at(model, plans.of(model))
    return (due_at is not None and at >= due_at) or _gate_is_open(model)


def _gate_is_open(model: RegisteredModel) -> bool:
    active = Gate.objects.that_retrain().filter(project=model.project_id)
    newest = GateCheck.objects.filter(gate__in=active).order_by("gate_id", "-pk")
    last = newest.distinct("gate_id").values_list("verdict", flat=True)
    return GateCheck.Verdict.OPEN in set(last)


def look(payload: Mapping[str, Any]) -> None:
    """The worker's job: the schedule first, then the gates. Safe to run twice and at once."""
    project = Project.objects.get(pk=payload["project"])
    if start_if_due(project, timezone.now()) is None:
        gates.look(project)


def start_if_due(project: Project, at: datetime) -> Training | None:
    """The training that the schedule wants, if one may start now."""
    with transaction.atomic():
        # whoever else looks now waits here, and then finds one under way
        model = RegisteredModel.objects.select_for_update(no_key=True).get(
            project=project
        )
        found = due(model)
        if found is None or not found.is_now(at) or triggers.why_not(model, at):
            return None
        try:
            return retraining.start(project, scheduled=True)
        except retraining.NothingToTrainOn as refused:
            log.info("due, no training", model=model.name, why=refused.detail)
            return None


def due(model: RegisteredModel) -> Due | None:
    """None: the project has no schedule."""
    plan = plans.of(model)
    due_at = _due_at(model, plan)
    if due_at is None:
        return None
    return Due(due_at, new_gold.count(model), plan.new_rows)


def _due_at(model: RegisteredModel, plan: Plan) -> datetime | None:
    if not plan.is_scheduled:
        return None
    started = Training.objects.filter(project=model.project_id).order_by("-pk")
    last = started.values_list("created_at", flat=True).first()
    return plan.due(last or model.created_at)
