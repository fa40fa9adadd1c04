"""Where files of an export are put: our own object store, or one that is configured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from projects import buckets, storage
from projects.refused import DoesNotFit, FieldProblem
from reviewer.models.export import Format

if TYPE_CHECKING:
    from projects.models import Project
    from projects.storage import Objects
    from reviewer.models import Export


@dataclass(frozen=True, slots=True)
class Target:
    """A store by its address, and the folder in it."""

    address: str
    folder: str

    @property
    def store(self) -> Objects:
        return storage.objects_at(self.address)

    def key(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name


def target(project: Project, to: str, own: str) -> Target:
    """The target of an address; without one, a folder of our own store.

    Only what somebody configured is written to: the service's object store, or a
    connection of the project of the kind S3, and there only below its own prefix.
    """
    if not to:
        return Target(settings.OBJECT_STORE, own)
    for address in _configured(project):
        folder = buckets.below(address, to)
        if folder is not None:
            return _fit(Target(address, folder))
    raise _wrong(
        "must lie in an S3 connection of this project, or in the service's own bucket"
    )


def of(export: Export) -> Target:
    own = f"exports/{export.project_id}/{export.pk}"
    return target(export.project, export.to, own)


def name(export: Export, number: int, ending: str, hour: str = "") -> str:
    """The same for the same part of the same export, however often it is written."""
    slug = f"{export.project.slug}-export-{export.pk}-{number:05d}"
    file = f"{slug}.{ending}.gz" if export.gzip else f"{slug}.{ending}"
    return f"{hour}/{file}" if hour else file


def is_hourly(export: Export) -> bool:
    """Model Monitor looks for ground truth in folders of the hour it was collected."""
    return export.format == Format.MODEL_MONITOR


def _configured(project: Project) -> Iterator[str]:
    if settings.OBJECT_STORE.startswith("s3:"):
        yield settings.OBJECT_STORE
    yield from map(buckets.address, buckets.connected(project.pk))


def _fit(found: Target) -> Target:
    try:
        storage.checked(found.key("x" * 100))
    except storage.Rejected as error:
        raise _wrong("has a prefix with characters that no key may have") from error
    return found


def _wrong(problem: str) -> DoesNotFit:
    errors = [FieldProblem(field="to", problem=problem)]
    return DoesNotFit(f"to {problem}.", errors=errors)
