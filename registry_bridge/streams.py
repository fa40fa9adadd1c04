"""How far the work for outside systems lags, and a push for it when they are back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Count, Min, Q
from django.utils import timezone

from projects import jobs
from projects.models import Job, Project
from registry_bridge import outside
from registry_bridge.gateways.ports import Rejected, Unreachable
from registry_bridge.models import RegisteredModel

log = structlog.get_logger()
PROBE: Final = "registry_bridge.handlers.probe"
# What is only looked at again soon does not wait for anybody to come back.
POLLS: Final = timedelta(seconds=3)
OUTSIDE: Final = ("mlflow", "training", "deployment", "alias", "shadow")


@dataclass(frozen=True, slots=True)
class Stream:
    """What waits for one outside system in one project."""

    name: str
    kind: str
    project: Project | None
    waiting: int
    dead: int
    oldest: datetime | None
    next_at: datetime | None
    last_error: str
    stopped: bool

    @property
    def seconds_behind(self) -> float:
        """Age of the oldest that waits; 0 when nothing does."""
        if self.oldest is None:
            return 0.0
        return max(0.0, (timezone.now() - self.oldest).total_seconds())


def overview(projects: Sequence[Project] | None = None) -> list[Stream]:
    """Streams with anything that waits or died, the longest behind first."""
    open_ = Job.objects.filter(state__in=OPEN)
    if projects is not None:
        open_ = open_.filter(project__in=projects)
    waits = Q(state__in=(Job.State.WAITING, Job.State.RUNNING))
    rows = open_.values_list("stream", "project").annotate(
        waiting=Count("pk", filter=waits),
        dead=Count("pk", filter=Q(state=Job.State.DEAD)),
        oldest=Min("created_at", filter=waits),
        next_at=Min("next_at", filter=Q(state=Job.State.WAITING)),
    )
    by_id = Project.objects.in_bulk([row[1] for row in rows if row[1] is not None])
    errors = _last_errors([row[0] for row in rows])
    found = [
        _stream(name, by_id.get(project), errors.get(name, ""), *counts)
        for name, project, *counts in rows
    ]
    return sorted(found, key=lambda stream: -stream.seconds_behind)


OPEN: Final = (Job.State.WAITING, Job.State.RUNNING, Job.State.DEAD)


def _stream(
    name: str,
    project: Project | None,
    error: str,
    waiting: int,
    dead: int,
    oldest: datetime | None,
    next_at: datetime | None,
) -> Stream:
    kind = name.partition(":")[0]
    return Stream(
        name=name,
        kind=kind,
        project=project,
        waiting=waiting,
        dead=dead,
        oldest=oldest,
        next_at=next_at,
        last_error=_last_line(error),
        stopped=bool(dead) and f"{kind}:" in ("alias:", "deployment:"),
    )


def _last_errors(names: Sequence[str]) -> dict[str, str]:
    """Stream -> the newest error of its open jobs."""
    failed = Job.objects.filter(stream__in=names, state__in=OPEN).exclude(error="")
    newest = failed.order_by("stream", "-pk").distinct("stream")
    return dict(newest.values_list("stream", "error"))


def _last_line(error: str) -> str:
    lines = [line for line in error.splitlines() if line.strip()]
    return lines[-1].strip()[:500] if lines else ""


def dead_letters(project: Project, limit: int = 50) -> list[Job]:
    """The newest first; `projects.jobs.revive` sends them round again."""
    found = Job.objects.filter(project=project, state=Job.State.DEAD)
    return list(found.order_by("-pk")[:limit])


def ask_to_probe() -> None:
    """Every so often: where MLflow is waited for, see whether it is back."""
    for project in _held_up():
        jobs.ask(PROBE, f"probe:{project}", payload={"project": project})


def _held_up() -> list[int]:
    """Projects with work that failed before and is not due yet."""
    waiting = Job.objects.filter(
        Q(stream__startswith="mlflow:") | Q(handler__in=NEED_MLFLOW),
        state=Job.State.WAITING,
        next_at__gt=timezone.now() + POLLS,
        project__isnull=False,
    ).exclude(error="")
    return [pk for pk in waiting.values_list("project", flat=True).distinct() if pk]


NEED_MLFLOW: Final = (
    "registry_bridge.handlers.register_challenger",
    "registry_bridge.handlers.compare_models",
    "registry_bridge.handlers.answer_behind",
    "registry_bridge.handlers.promotion_approved",
)


def probe(project: Project) -> bool:
    """Let everything that waits for MLflow go on if it answers again."""
    model = RegisteredModel.objects.filter(project=project).first()
    if model is None:
        return False
    try:
        if not outside.tracking(model).healthy():
            return False
    except (Unreachable, Rejected) as error:
        log.info("mlflow is away", project=project.slug, why=str(error))
        return False
    woken = sum(jobs.wake(f"{kind}:{project.pk}") for kind in OUTSIDE)
    log.info("mlflow is back", project=project.slug, woken=woken)
    return True
