"""Looks at what the registry names and what really serves, and keeps what it saw.

Nothing stops a person from moving an alias in the registry itself: that shows here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from projects import jobs
from registry_bridge import carrying, deploying, outside
from registry_bridge.gateways.ports import EndpointStatus, Rejected, Unreachable
from registry_bridge.models import Promotion, RegisteredModel, Sighting

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
    registry = outside.registry(model)
    named = registry.alias(model.name, carrying.CHAMPION)
    found = named.version if named else ""
    gone = found != model.champion and (
        registry.version(model.name, model.champion) is None
    )
    if found != model.champion:
        log.warning(
            "registry changed by others", model=model.name, found=found, gone=gone
        )
    _remember(model, found, gone=gone)


@transaction.atomic
def _remember(model: RegisteredModel, found: str, *, gone: bool) -> None:
    """What was seen, and a row for each change of it, in one transaction."""
    held = RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if held.champion != model.champion:
        # a promotion was carried out since: this look is out of date
        return
    at = timezone.now()
    if (found, gone) != (held.alias_seen, held.champion_gone):
        Sighting.objects.create(
            project=model.project,
            champion=model.champion,
            alias=found,
            gone=gone,
            at=at,
        )
    held.alias_seen, held.champion_gone, held.alias_seen_at = found, gone, at
    held.save(update_fields=["alias_seen", "champion_gone", "alias_seen_at"])


def _look_at_endpoint(model: RegisteredModel) -> None:
    if model.target == RegisteredModel.Target.NONE:
        return
    seen = outside.deployment(model).describe(deploying.endpoint_of(model))
    if seen.status != EndpointStatus.CREATING:
        carrying.serves(model, seen, None)
