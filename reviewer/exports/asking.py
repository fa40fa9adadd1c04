"""Asks for an export to files; the job that writes it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from projects import audit, events
from projects.refused import Conflict, DoesNotFit, FieldProblem
from reviewer.exports import cursors, formats, targets
from reviewer.exports.formats import Wish
from reviewer.models import Export
from reviewer.models.export import Format

if TYPE_CHECKING:
    from projects.models import Project, User

State = Export.State


class NotStopped(Conflict):
    code, title = "not_stopped", "This export has not stopped"


@dataclass(frozen=True)
class Order:
    """An export as somebody wants it."""

    wish: Wish = field(default_factory=lambda: Wish(Format.JSONL))
    since: str = ""
    to: str = ""
    gzip: bool = False


@transaction.atomic
def ask(project: Project, order: Order, by: User) -> Export:
    """Keep the export, refuse what could not be written, and have it written."""
    formats.plan(project, order.wish)
    after = cursors.read(project.pk, order.since) if order.since else cursors.START
    targets.target(project, order.to, "exports")
    if order.gzip and order.wish.format == Format.PARQUET:
        problem = FieldProblem(field="gzip", problem="is not for Parquet")
        raise DoesNotFit("Parquet is compressed already.", errors=[problem])
    export = Export.objects.create(
        project=project,
        format=order.wish.format,
        question=order.wish.question,
        endpoint=order.wish.endpoint,
        payload=order.wish.payload,
        raw=order.wish.raw,
        gzip=order.gzip,
        since=order.since,
        to=order.to,
        at_xid=after.xid,
        at_id=after.id,
        created_by=by,
    )
    told = {"format": export.format, "since": export.since, "to": export.to}
    audit.record("export asked", project, str(export), by=by, after=told)
    _write(export)
    return export


@transaction.atomic
def retry(project: Project, export_id: int, by: User) -> Export | None:
    """Write on where it stopped; None: the project has no such export."""
    found = Export.objects.select_for_update().filter(project=project, pk=export_id)
    export = found.first()
    if export is None:
        return None
    if export.state != State.FAILED:
        raise NotStopped("Only a failed export is tried again. Load the page again.")
    export.state, export.error = State.WAITING, ""
    export.save(update_fields=["state", "error"])
    audit.record("export tried again", project, str(export), by=by)
    _write(export)
    return export


def _write(export: Export) -> None:
    events.emit(
        "export.asked",
        export.project,
        subject=str(export),
        stream=f"export:{export.pk}",
        export=export.pk,
    )
