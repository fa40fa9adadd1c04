"""Tells others what happened: an event and its jobs, in the transaction of the thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from projects import jobs
from projects.models import Event, Project


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

    `stream` keeps jobs in order: those of one stream run one after the other.
    """
    event = Event(name=name, project=project, subject=subject, payload=payload)
    _write([event], stream)
    return event


def emit_all(name: str, project_id: int, subjects: Sequence[str]) -> None:
    """The same for many things of one kind: two statements, however many."""
    if subjects:
        events = [Event(name=name, project_id=project_id, subject=s) for s in subjects]
        _write(events, None)


def _write(events: Sequence[Event], stream: str | None) -> None:
    if not connection.in_atomic_block:
        raise NotInATransaction(events[0].name)
    Event.objects.bulk_create(events)
    for handler in settings.EVENT_HANDLERS.get(events[0].name, ()):
        _follow_up(events, handler, stream or f"{handler}:{events[0].project_id}")


def _follow_up(events: Sequence[Event], handler: str, stream: str) -> None:
    if handler in settings.COALESCED:
        jobs.ask(handler, stream, payload={"project": events[0].project_id})
        return
    for event in events:
        payload = {"project": event.project_id, "event": event.name, **event.payload}
        key = f"event:{event.pk}:{handler}"
        jobs.add(key, handler, stream, payload, project=event.project_id)
