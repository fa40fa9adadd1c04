"""Tells others what happened: an event and its jobs, in the transaction of the thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection

from projects import jobs
from projects.models import Event, Project

TELL = "select projects_tell(%s, %s, %s, %s::json)"


class NotInATransaction(RuntimeError):
    """An event without the thing it tells of could be lost or lie."""


def emit(
    name: str,
    project: Project,
    /,
    *,
    subject: str = "",
    stream: str | None = None,
    **payload: Any,
) -> Event:
    """Write the event and one job for each handler named in EVENT_HANDLERS.

    `stream` keeps jobs in order: those of one stream run one after the other. Handlers
    in APART keep to a stream of their own, which no dead letter of another holds up.
    """
    if not connection.in_atomic_block:
        raise NotInATransaction(name)
    event = Event.objects.create(
        name=name, project=project, subject=subject, payload=payload
    )
    for handler in settings.EVENT_HANDLERS.get(name, ()):
        own = f"{handler}:{project.pk}"
        _follow_up(event, handler, own if handler in settings.APART else stream or own)
    return event


def _follow_up(event: Event, handler: str, stream: str) -> None:
    payload = {"project": event.project_id, "event": event.name, **event.payload}
    if handler in settings.COALESCED:
        jobs.ask(handler, stream, payload={"project": event.project_id})
        return
    key = f"event:{event.pk}:{handler}"
    jobs.add(key, handler, stream, payload, project=event.project_id)


def emit_all(name: str, project_id: int, subjects: Sequence[str]) -> None:
    """The same for many things of one kind, whose handlers all add up: one statement."""
    if not subjects:
        return
    if not connection.in_atomic_block:
        raise NotInATransaction(name)
    handlers = settings.EVENT_HANDLERS.get(name, ())
    if not settings.COALESCED.issuperset(handlers):
        raise ValueError(f"A handler of {name} looks at each event: use emit().")
    asks = [
        jobs.asked(each, f"{each}:{project_id}", {"project": project_id})
        for each in handlers
    ]
    with connection.cursor() as cursor:
        told = msgspec.json.encode(asks).decode()
        cursor.execute(TELL, [name, project_id, list(subjects), told])
