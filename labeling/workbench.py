"""What the reviewer's page needs to show a task, and nothing that it must not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from labeling import fields, prelabels, references, versions
from labeling.models import Annotation, Comment, Draft, SchemaVersion, Task

BLIND_REASON = "Drawn to be judged without the model’s answer, so that its quality can be measured."


@dataclass(frozen=True)
class Begun:
    """What one person began of tasks, and how many comments are open, by task."""

    drafts: Mapping[int, Any]
    # What was said before the model's answer was shown, where that is kept back.
    guesses: Mapping[int, Any]
    comments: Mapping[int, int]

    def and_also(self, more: Begun) -> Begun:
        return Begun(
            drafts={**self.drafts, **more.drafts},
            guesses={**self.guesses, **more.guesses},
            comments={**self.comments, **more.comments},
        )


def context(
    task: Task, *, opinions: Sequence[Annotation] = (), alone: bool = False
) -> dict[str, Any]:
    """One task as JSON. Blind: neither the model's answer nor a reason that hints at it.

    `alone`: the queue shows no model's answer to anybody.
    """
    hidden = task.blind or alone
    fitting, unfit = (None, {}) if hidden else prelabels.sorted_out(task)
    return {
        "id": task.pk,
        "schema_version": task.schema_version_id,
        **shown(task),
        "pre_label": fitting,
        "unfit": unfit,
        "blind": task.blind,
        **_why(task),
        "opinions": [
            {
                "id": each.pk,
                "name": chr(ord("A") + at),
                "answer": each.answer,
                "note": each.note,
            }
            for at, each in enumerate(opinions)
        ],
    }


def shown(task: Task) -> dict[str, Any]:
    """The item itself, as the viewers of its fields take it."""
    return {"payload": _payload(task), "rendered": _rendered(task)}


def _payload(task: Task) -> Any:
    content = task.payload.content or {}
    shown = versions.fields(task.schema_version_id)
    return references.spread(shown, content) or content


def _rendered(task: Task) -> dict[str, str]:
    """The fields that are shown in a frame, made safe for it."""
    content = task.payload.content or {}
    made = {
        field.name: fields.get(field.type).rendered(content.get(field.name))
        for field in versions.fields(task.schema_version_id)
    }
    return {name: html for name, html in made.items() if html is not None}


def _why(task: Task) -> dict[str, Any]:
    if task.blind:
        return {"verdict": "review", "reason": BLIND_REASON, "model": None}
    return {
        "verdict": task.context.get("verdict", "review"),
        "reason": task.context.get("reason", ""),
        "model": task.context.get("model"),
    }


def schema(version: SchemaVersion) -> dict[str, Any]:
    return {
        "questions": version.questions,
        "fields": version.fields,
    }


def opinions(tasks: Iterable[Task]) -> dict[int, list[Annotation]]:
    """What reviewers said of each task, without who, for an adjudicator."""
    found: dict[int, list[Annotation]] = {}
    said = Annotation.objects.filter(
        task__in=list(tasks),
        expert=False,
        check_task=False,
        superseded_by=None,
        withdrawn=False,
    )
    for each in said.order_by("pk"):
        found.setdefault(each.task_id, []).append(each)
    return found


def begun(tasks: Iterable[Task], author_id: int) -> Begun:
    """The same as a claim tells it."""
    found = list(tasks)
    mine = list(Draft.objects.filter(task__in=found, author=author_id))
    open_ = Comment.objects.filter(task__in=found, resolved_at=None)
    counted = open_.values("task").annotate(n=Count("pk"))
    return Begun(
        drafts={each.task_id: each.answer for each in mine},
        guesses={e.task_id: e.guess for e in mine if e.guess is not None},
        comments=dict(counted.values_list("task", "n")),
    )


def draft_times(tasks: Iterable[int], author_id: int) -> dict[int, datetime]:
    mine = Draft.objects.filter(task__in=list(tasks), author=author_id)
    return dict(mine.values_list("task_id", "updated_at"))
