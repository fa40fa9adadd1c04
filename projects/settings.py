"""What a project is called and says of itself."""

from __future__ import annotations

from django.db import transaction

from projects import audit
from projects.models import Project, User


@transaction.atomic
def describe(project: Project, *, name: str, description: str, by: User | None) -> bool:
    """Whether that changed anything."""
    kept = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = {"name": kept.name, "description": kept.description}
    after = {"name": name, "description": description}
    if before == after:
        return False
    Project.objects.filter(pk=kept.pk).update(**after)
    project.name, project.description = name, description
    audit.record(
        "project described", project, project.slug, by=by, before=before, after=after
    )
    return True
