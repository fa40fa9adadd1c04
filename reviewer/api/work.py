"""What the reviewer's page and other clients call to work: claim, submit, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import workbench
from labeling.annotations import fit_draft, keep_draft, latest
from projects import access
from projects.models import User
from projects.refused import DoesNotFit, FieldProblem, Malformed, NotFound, Refused
from reviewer import leasing, submission
from reviewer.models import Queue, QueueItem
from reviewer.submission import Submission

MOST_SUBMISSIONS = 200
Shape = TypeVar("Shape")


class ClaimBody(msgspec.Struct, forbid_unknown_fields=True):
    count: int = 1
    have: list[str] = []


class SubmissionBody(msgspec.Struct, forbid_unknown_fields=True):
    assignment: str
    token: int
    client_id: UUID
    answer: Any
    seconds: float | None = None


class ActionBody(msgspec.Struct, forbid_unknown_fields=True):
    token: int
    reason: str = ""
    answer: Any = None


def read(data: Any, shape: type[Shape]) -> Shape:
    """The body in its shape; Malformed says which field and why."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}.") from error


def open_queue(request: Request, queue_id: int) -> tuple[access.Member, Queue]:
    """The queue and the caller; adjudication queues need an adjudicator."""
    queue = Queue.objects.select_related("project").filter(pk=queue_id).first()
    adjudicates = queue and queue.purpose == Queue.Purpose.ADJUDICATION
    ability = access.ADJUDICATE if adjudicates else access.REVIEW
    who = access.member_of(request, queue.project if queue else None, ability)
    if queue is None:
        raise NotFound
    return who, queue


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def claim(request: Request, queue_id: int) -> Response:
    who, queue = open_queue(request, queue_id)
    body = read(request.data or {}, ClaimBody)
    have = [int(each) for each in body.have if each.isdecimal()]
    items = leasing.take(queue, who.user, body.count, have=have, at=timezone.now())
    return Response(
        {
            "assignments": _assignments(queue, who.user, items),
            "schemas": _schemas(items),
            "waiting": leasing.waiting_for(queue, who.user),
        }
    )


def _assignments(
    queue: Queue, user: User, items: Sequence[QueueItem]
) -> list[dict[str, Any]]:
    tasks = [item.task for item in items]
    adjudicates = queue.purpose == Queue.Purpose.ADJUDICATION
    said = workbench.opinions(tasks) if adjudicates else {}
    drafts = workbench.drafts(tasks, user.pk)
    return [
        {
            "id": str(item.pk),
            "token": item.token,
            "lease_expires_at": item.lease_until,
            "task": workbench.context(item.task, opinions=said.get(item.task_id, ())),
            "draft": drafts.get(item.task_id),
        }
        for item in items
    ]


def _schemas(items: Sequence[QueueItem]) -> dict[str, Any]:
    versions = {item.task.schema_version for item in items}
    return {str(version.pk): workbench.schema(version) for version in versions}


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def submissions(request: Request, queue_id: int) -> Response:
    who, queue = open_queue(request, queue_id)
    items = request.data.get("items") if isinstance(request.data, dict) else None
    if not isinstance(items, list) or len(items) > MOST_SUBMISSIONS:
        raise Malformed(f'Send {{"items": […]}} with at most {MOST_SUBMISSIONS} items.')
    results = [_submit(queue, who.user, item) for item in items]
    waiting = leasing.waiting_for(queue, who.user)
    return Response({"results": results, "waiting": waiting})


def _submit(queue: Queue, user: User, item: Any) -> dict[str, Any]:
    client_id = item.get("client_id") if isinstance(item, dict) else None
    try:
        body = read(item, SubmissionBody)
        given = Submission(
            item_id=_id(body.assignment),
            token=body.token,
            client_id=body.client_id,
            answer=body.answer,
            seconds=body.seconds,
        )
        receipt = submission.submit(queue, user, given, timezone.now())
    except Refused as refused:
        return _refused(client_id, refused)
    return {
        "client_id": client_id,
        "ok": True,
        "status": receipt.status,
        "late": receipt.late,
    }


def _refused(client_id: Any, refused: Refused) -> dict[str, Any]:
    """A refusal is final: the same answer sent again would be refused again."""
    told = {
        "client_id": client_id,
        "ok": False,
        "final": True,
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail,
    }
    return {**told, "errors": refused.errors} if refused.errors else told


def _id(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 19):
        raise NotFound("There is no such task.")
    return int(text)


def _mine(request: Request, item_id: int) -> tuple[User, QueueItem, ActionBody]:
    item = QueueItem.objects.select_related("queue__project").filter(pk=item_id).first()
    adjudicates = item and item.queue.purpose == Queue.Purpose.ADJUDICATION
    ability = access.ADJUDICATE if adjudicates else access.REVIEW
    who = access.member_of(request, item.queue.project if item else None, ability)
    if item is None:
        raise NotFound
    return who.user, item, read(request.data, ActionBody)


def _reason(body: ActionBody) -> str:
    reason = body.reason.strip()
    if not reason or "\0" in reason:
        problem = FieldProblem(field="reason", problem="must say why, in a few words")
        raise DoesNotFit("Say why, in a few words.", errors=[problem])
    return reason


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def draft(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.check(item.pk, body.token, user, timezone.now())
    keep_draft(item.task, user, fit_draft(body.answer))
    return Response({"kept": True})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def skip(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.skip(item.pk, body.token, user, _reason(body), timezone.now())
    return Response({"skipped": True})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def flag(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.flag(item.pk, body.token, user, _reason(body), timezone.now())
    return Response({"flagged": True})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def release(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.release(item.pk, body.token, user, timezone.now())
    return Response({"released": True})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def renew(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    until = leasing.renew(item.pk, body.token, user, timezone.now())
    return Response({"lease_expires_at": until})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def undo(request: Request, item_id: int) -> Response:
    """My answer, opened for correction; it stands until the corrected one is sent."""
    user, item, body = _mine(request, item_id)
    leasing.check(item.pk, body.token, user, timezone.now())
    mine = latest(item.task, user)
    if mine is None:
        raise NotFound("You have not answered this task yet.")
    (assignment,) = _assignments(item.queue, user, [item])
    return Response(
        {
            **assignment,
            "token": body.token,
            "answer": mine.answer,
            "schemas": _schemas([item]),
        }
    )
