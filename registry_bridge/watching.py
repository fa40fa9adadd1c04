"""Looks at what the registry names and what really serves, and keeps what it saw.

Nothing stops a person from moving an alias in the registry itself: that shows here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from projects import jobs
from registry_bridge import carrying, outside
from registry_bridge.gateways.ports import EndpointStatus, Rejected, Unreachable
from registry_bridge.models import Promotion, RegisteredModel

if TYPE_CHECKING:
    from projects.models import Project

log = structlog.get_logger()
LOOK = "registry_bridge.handlers.look_outside"


def ask() -> None:
    """Every so often: one look for each project that has a version in use."""
    models = RegisteredModel.objects.exclude(champion="")
    for project in models.values_list("project_id", flat=True):
        jobs.ask(LOOK, f"watch:{project}", payload={"project": project})


def look(project: Project) -> None:
    """What cannot be seen now is seen at the next look."""
    model = RegisteredModel.objects.filter(project=project).first()
    under_way = Promotion.objects.filter(project=project, state__in=Promotion.UNDER_WAY)
    if model is None or not model.champion or under_way.exists():
        return
    try:
        _look_at_alias(model)
        _look_at_endpoint(model)
    except (Unreachable, Rejected) as error:
        log.info("could not look", project=project.slug, why=str(error))


def _look_at_alias(model: RegisteredModel) -> None:
    named = outside.registry(model).alias(model.name, carrying.CHAMPION)
    found = named.version if named else ""
    if found != model.champion:
        log.warning("alias moved by others", model=model.name, found=found)
    # a promotion may have been carried out since: then this look is out of date
    same = RegisteredModel.objects.filter(pk=model.pk, champion=model.champion)
    same.update(alias_seen=found, alias_seen_at=timezone.now())


def _look_at_endpoint(model: RegisteredModel) -> None:
    if model.target == RegisteredModel.Target.NONE:
        return
    seen = outside.deployment(model).describe(carrying.endpoint_of(model))
    if seen.status != EndpointStatus.CREATING:
        carrying.serves(model, seen, None)
