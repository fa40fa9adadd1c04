"""How the service does: what lags, what died, whether the worker works, what was last seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Min

from projects import audit, jobs
from projects.models import AuditEntry, Job, Project
from projects.refused import Conflict, NotFound
from registry_bridge import streams
from registry_bridge.models import RegisteredModel
from registry_bridge.promotion import has_drifted

if TYPE_CHECKING:
    from projects.models import User
    from registry_bridge.streams import Stream

# A worker takes due work at once; so much later nobody is working.
WORKER_PATIENCE = timedelta(seconds=60)
# Registries are looked at every minute.
REGISTRY_PATIENCE = timedelta(minutes=5)
MOST_LETTERS = 50


@dataclass(frozen=True)
class Registry:
    """What was last seen of one project's registry."""

    model: RegisteredModel
    quiet: bool
    drifted: bool


@dataclass(frozen=True)
class Operations:
    streams: list[Stream]
    dead: list[Job]
    registries: list[Registry]
    # The oldest due job that nobody took; None: the worker keeps up.
    worker_behind: datetime | None
    unsealed: datetime | None

    @property
    def waiting(self) -> int:
        return sum(stream.waiting for stream in self.streams)

    @property
    def stopped(self) -> int:
        return sum(stream.stopped for stream in self.streams)


def overview(projects: Sequence[Project] | None, at: datetime) -> Operations:
    """Of these projects, or of all of them and of what belongs to none."""
    return Operations(
        streams=streams.overview(projects),
        dead=_dead(projects),
        registries=_registries(projects, at),
        worker_behind=_oldest_due(at),
        unsealed=_oldest_unsealed(at),
    )


def _dead(projects: Sequence[Project] | None) -> list[Job]:
    dead = Job.objects.filter(state=Job.State.DEAD).select_related("project")
    if projects is not None:
        dead = dead.filter(project__in=projects)
    return list(dead.order_by("-pk")[:MOST_LETTERS])


def _registries(projects: Sequence[Project] | None, at: datetime) -> list[Registry]:
    models = RegisteredModel.objects.select_related("project").order_by("project__name")
    if projects is not None:
        models = models.filter(project__in=projects)
    return [
        Registry(
            model,
            quiet=bool(model.champion)
            and (
                model.alias_seen_at is None
                or model.alias_seen_at < at - REGISTRY_PATIENCE
            ),
            drifted=has_drifted(model),
        )
        for model in models
    ]


def _oldest_due(at: datetime) -> datetime | None:
    """Jobs behind another of their stream wait rightly, so only heads of streams count."""
    due = Job.objects.filter(
        state=Job.State.WAITING, next_at__lt=at - WORKER_PATIENCE, attempts=0
    )
    running = Job.objects.filter(state__in=(Job.State.RUNNING, Job.State.DEAD))
    held = due.exclude(stream__in=running.values("stream"))
    found: datetime | None = held.aggregate(oldest=Min("next_at"))["oldest"]
    return found


def _oldest_unsealed(at: datetime) -> datetime | None:
    late = AuditEntry.objects.filter(number=None, at__lt=at - WORKER_PATIENCE)
    found: datetime | None = late.aggregate(oldest=Min("at"))["oldest"]
    return found


@transaction.atomic
def revive(job_id: int, by: User, project: Project | None, reason: str) -> Job:
    """Send one dead letter round again; `project` limits whose it may be."""
    letters = Job.objects.select_for_update(no_key=True).filter(pk=job_id)
    if project is not None:
        letters = letters.filter(project=project)
    job = letters.first()
    if job is None:
        raise NotFound("There is no such job.")
    if not jobs.revive([job]):
        raise Conflict("This job is no dead letter any more. Load the page again.")
    after = {"handler": job.handler, "stream": job.stream}
    audit.record(
        "job revived", job.project, f"job {job.pk}", by=by, after=after, reason=reason
    )
    return job
