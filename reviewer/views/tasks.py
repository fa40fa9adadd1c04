"""One task: what it is about, what was said of it and by whom, as far as one may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling import parts, versions, workbench
from labeling.media import links
from projects import access
from reviewer import sent_back, sight, story
from reviewer.models import Prediction, QueueItem
from reviewer.views.acts import act, reason

if TYPE_CHECKING:
    from typing import Any

    from reviewer.sight import Sight


@require_safe
def page(request: HttpRequest, slug: str, task_id: int) -> HttpResponse:
    who = access.member(request, slug, access.REVIEW)
    seen = sight.of(who, task_id)
    told, known = story.of(seen), story.names(seen)
    context = {
        "project": who.project,
        "task": seen.task,
        "sight": seen,
        "told": told,
        "flags": [_flag(each, known) for each in story.flags(seen)],
        "items": _items(seen),
        "prediction": _prediction(seen),
        "may_send_back": who.may(access.ADJUDICATE),
        "can_go_back": _can_go_back(told) if who.may(access.ADJUDICATE) else [],
        "leads": who.may(access.LEAD),
        "data": _data(seen, told),
    }
    return render(request, "reviewer/task.html", context)


def _flag(each: Any, known: story.Names) -> dict[str, Any]:
    return {
        "who": known.of(each.reviewer, _("A reviewer")),
        "what": each.get_outcome_display(),
        "why": each.reason,
        "at": each.ended_at,
        "queue": each.item.queue,
    }


def _items(seen: Sight) -> list[QueueItem]:
    """Its places in queues; only for who sees what happened."""
    if not seen.events:
        return []
    items = QueueItem.objects.filter(task=seen.task).select_related("queue")
    return list(items.order_by("pk"))


def _prediction(seen: Sight) -> Prediction | None:
    if not seen.who.may(access.LEAD) or not seen.pre_label:
        return None
    predictions = Prediction.objects.filter(task=seen.task)
    return predictions.select_related("endpoint").first()


def _can_go_back(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Answers that their author may be asked to look at again."""
    waits = {e["answer"] for e in told["sent_back"] if e["state"] == "waits"}
    return [
        each
        for each in told["answers"]
        if each["stands"] and not each["mine"] and not each["check"]
        if each["id"] not in waits
    ]


def _data(seen: Sight, told: dict[str, Any]) -> dict[str, Any]:
    """What the page's own script shows: the item, and answers in the words of their kind."""
    task = seen.task
    return {
        "task": {"id": task.pk, **workbench.shown(task)},
        "media": links.given(task, seen.who.project, seen.who.user, timezone.now()),
        "schema": workbench.schema(versions.get(task.schema_version_id)),
        "parts": parts.addresses(),
        "story": told,
    }


def _page(slug: str, task_id: int, *_more: object, **_named: object) -> str:
    return reverse("task", args=[slug, task_id])


@act(_page)
def send_back(request: HttpRequest, slug: str, task_id: int, annotation_id: int) -> str:
    who = access.member(request, slug, access.ADJUDICATE)
    # the answer is one of this task, and the task one that may be seen
    sight.of(who, task_id)
    sent_back.send(annotation_id, who, reason(request), task_id=task_id)
    return _(
        "Sent back: its author finds it first in their work. "
        "The answer stands until then."
    )
