"""Writes settled values; one that changes supersedes the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.utils import timezone

from labeling.answers import Answer, is_unanswerable
from labeling.models import Gold, Task

if TYPE_CHECKING:
    from labeling.kinds.base import Json


def settle(task: Task, values: Answer, *, source: str, blind: bool) -> bool:
    """Write gold for each question and close the task; whether anything changed."""
    current = {gold.question: gold for gold in Gold.objects.current().filter(task=task)}
    changed = [
        _write(task, question, value, source, blind, current.get(question))
        for question, value in values.items()
    ]
    if task.state != Task.State.SETTLED:
        task.state, task.settled_at = Task.State.SETTLED, timezone.now()
        task.save(update_fields=["state", "settled_at"])
        return True
    return any(changed)


def _write(
    task: Task, question: str, value: Json, source: str, blind: bool, old: Gold | None
) -> bool:
    if old is not None and stands(old) and not differs(old, value):
        return False
    refused = is_unanswerable(value)
    Gold.objects.create(
        project_id=task.project_id,
        task=task,
        question=question,
        value=None if refused else value,
        unanswerable=refused,
        source=source,
        blind=blind,
        supersedes=old,
    )
    return True


class HasSource(Protocol):
    """The same, of which one asks only where it comes from."""

    @property
    def source(self) -> str: ...


def stands(held: HasSource) -> bool:
    """Whether it is known, and not what is left of a value that was withdrawn."""
    return held.source != Gold.Source.WITHDRAWN


class Stands(Protocol):
    """A settled value: a row of Gold, or what was read of one."""

    @property
    def value(self) -> Any: ...

    @property
    def unanswerable(self) -> bool: ...


def differs(held: Stands, value: Json) -> bool:
    """Whether an answer says something else than what is settled."""
    refused = is_unanswerable(value)
    return (held.value, held.unanswerable) != (None if refused else value, refused)


def of(task: Task) -> dict[str, Gold]:
    """The settled value of each question as it stands."""
    return {gold.question: gold for gold in Gold.objects.current().filter(task=task)}
