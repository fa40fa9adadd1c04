"""What the reviewer's page and other clients call to work: claim, submit, and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import versions, workbench
from labeling.annotations import fit_draft, keep_draft, latest
from labeling.kinds.wording import wrong_with_text
from labeling.media import links
from labeling.models import Annotation
from labeling.workbench import Begun
from projects import access
from projects.models import User
from projects.refused import DoesNotFit, FieldProblem, Malformed, NotFound, Refused
from reviewer import leasing, sent_back, story, submission
from reviewer.models import Queue, QueueItem, SentBack
from reviewer.submission import Receipt, Submission
from reviewer.taken import Taken

MOST_SUBMISSIONS = 200
LARGEST_TOKEN = 2**63 - 1
LONGEST_NOTE = LONGEST_REASON = 2_000
Shape = TypeVar("Shape")


class ClaimBody(msgspec.Struct, forbid_unknown_fields=True):
    count: int = 1
    have: list[str] = []
    # versions of schemas that the page has already: they never change, and may be large
    schemas: list[str] = []
    # what a page that was cut off had in hand: it comes first if it is still held
    first: str = ""


class SubmissionBody(msgspec.Struct, forbid_unknown_fields=True):
    assignment: str
    token: int
    client_id: UUID
    answer: Any
    seconds: float | None = None
    note: str = ""
    guess: Any = None


class ActionBody(msgspec.Struct, forbid_unknown_fields=True):
    token: int
    reason: str = ""
    answer: Any = None
    guess: Any = None
    # renew: with new links to what the task refers to
    media: bool = False


def read(data: Any, shape: type[Shape]) -> Shape:
    """The body in its shape; Malformed says which field and why."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}.") from error


@lru_cache(maxsize=1_024)
def _known(queue_id: int) -> Queue:
    """Only its project and purpose are read from it, and they never change."""
    return Queue.objects.select_related("project").get(pk=queue_id)


def _queue(queue_id: int) -> Queue | None:
    try:
        return _known(queue_id)
    except Queue.DoesNotExist:
        return None


def open_queue(request: Request, queue_id: int) -> tuple[access.Member, Queue]:
    """The queue and the caller; adjudication queues need an adjudicator."""
    queue = _queue(queue_id)
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
    have = [int(each) for each in body.have if is_id(each)]
    found = _claim(queue, who.user, body, have)
    returned = sent_back.waiting(found.returned, who.user) if found.returned else []
    returned = [each for each in returned if each.item_id not in have]
    items = [*(each.item for each in returned), *found.items]
    return Response(
        {
            "assignments": [
                *(_returned(each, who.user) for each in returned),
                *_with_times(
                    _assignments(
                        queue, found.items, found.shown, found.begun, who.user
                    ),
                    found.begun.drafts,
                    who.user,
                ),
            ],
            "schemas": _schemas(items, known=body.schemas),
            "waiting": found.waiting,
        }
    )


def _claim(queue: Queue, user: User, body: ClaimBody, have: list[int]) -> Taken:
    at = timezone.now()
    first = int(body.first) if is_id(body.first) else None
    if first is None or not (found := leasing.in_hand(queue, user, first, at)):
        return leasing.claim(queue, user, body.count, have=have, at=at)
    have += [item.pk for item in found.items]
    if body.count <= len(found.items):
        return found
    more = leasing.claim(queue, user, body.count - len(found.items), have=have, at=at)
    return more._replace(
        items=found.items + more.items, begun=found.begun.and_also(more.begun)
    )


def _with_times(
    assignments: list[dict[str, Any]], drafts: Mapping[int, Any], user: User
) -> list[dict[str, Any]]:
    """When each draft was kept: a page may have a newer one."""
    times = workbench.draft_times(drafts, user.pk) if drafts else {}
    for each in assignments:
        each["draft_at"] = times.get(each["task"]["id"])
    return assignments


def _assignments(
    queue: Queue, items: Sequence[QueueItem], shown: str, begun: Begun, user: User
) -> list[dict[str, Any]]:
    adjudicates = queue.purpose == Queue.Purpose.ADJUDICATION
    said = workbench.opinions([item.task for item in items]) if adjudicates else {}
    never = shown == Queue.Shown.NEVER
    return [
        {
            "id": str(item.pk),
            "token": item.token,
            "lease_expires_at": item.lease_until,
            "task": workbench.context(
                item.task, opinions=said.get(item.task_id, ()), alone=never
            ),
            "media": _media(queue, item, user),
            "draft": begun.drafts.get(item.task_id),
            "guess": begun.guesses.get(item.task_id),
            "comments": begun.comments.get(item.task_id, 0),
            "shown": shown,
        }
        for item in items
    ]


def _again(item: QueueItem, answer: Annotation, user: User) -> dict[str, Any]:
    """An answered task as its author corrects it."""
    begun = workbench.begun([item.task], user.pk)
    (assignment,) = _assignments(item.queue, [item], item.queue.pre_label, begun, user)
    return {**assignment, "answer": answer.answer}


def _returned(sent: SentBack, user: User) -> dict[str, Any]:
    """An answer of one's own that was sent back, and why."""
    item = sent_back.item_of(sent)
    answer = latest(item.task, user) or sent.annotation
    why = {
        "id": sent.pk,
        "reason": sent.reason,
        "by": story.role_in_words(sent.role),
        "at": sent.created_at,
    }
    return {**_again(item, answer, user), "returned": why}


def _media(queue: Queue, item: QueueItem, user: User) -> list[dict[str, Any]]:
    return links.given(item.task, queue.project, user, timezone.now())


def _schemas(items: Sequence[QueueItem], *, known: Sequence[str]) -> dict[str, Any]:
    found = {item.task.schema_version_id for item in items}
    return {
        str(pk): workbench.schema(versions.get(pk))
        for pk in found
        if str(pk) not in known
    }


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def submissions(request: Request, queue_id: int) -> Response:
    who, queue = open_queue(request, queue_id)
    items = request.data.get("items") if isinstance(request.data, dict) else None
    if not isinstance(items, list) or len(items) > MOST_SUBMISSIONS:
        raise Malformed(f'Send {{"items": […]}} with at most {MOST_SUBMISSIONS} items.')
    return Response({"results": _submit(queue, who.user, items)})


def _submit(queue: Queue, user: User, items: Sequence[Any]) -> list[dict[str, Any]]:
    read_ = [_submission(item) for item in items]
    good = [each for each in read_ if isinstance(each, Submission)]
    outcomes = iter(submission.submit_many(queue, user, good, timezone.now()))
    return [
        _result(item, next(outcomes) if isinstance(each, Submission) else each)
        for item, each in zip(items, read_, strict=True)
    ]


def _submission(item: Any) -> Submission | Refused:
    try:
        body = read(item, SubmissionBody)
        if not 0 <= body.token <= LARGEST_TOKEN:
            raise leasing.NotYours(leasing.NOT_YOURS)
        return Submission(
            item_id=item_number(body.assignment),
            token=body.token,
            client_id=body.client_id,
            answer=body.answer,
            seconds=body.seconds,
            note=note_in(body.note),
            guess=body.guess,
        )
    except Refused as refused:
        return refused


def _result(item: Any, outcome: Receipt | Refused) -> dict[str, Any]:
    client_id = item.get("client_id") if isinstance(item, dict) else None
    if isinstance(outcome, Refused):
        return _refused(client_id, outcome)
    return {
        "client_id": client_id,
        "ok": True,
        "status": outcome.status,
        "late": outcome.late,
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


def item_number(text: str) -> int:
    if not is_id(text):
        raise NotFound("There is no such task.")
    return int(text)


def is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 19


def _mine(request: Request, item_id: int) -> tuple[User, QueueItem, ActionBody]:
    item = QueueItem.objects.select_related("queue__project").filter(pk=item_id).first()
    adjudicates = item and item.queue.purpose == Queue.Purpose.ADJUDICATION
    ability = access.ADJUDICATE if adjudicates else access.REVIEW
    who = access.member_of(request, item.queue.project if item else None, ability)
    if item is None:
        raise NotFound
    return who.user, item, read(request.data, ActionBody)


def note_in(given: str) -> str:
    """A note that goes with an answer; "" is none."""
    note = given.strip()
    if note and (wrong := wrong_with_text(note, longest=LONGEST_NOTE)):
        problem = FieldProblem(field="note", problem=wrong)
        raise DoesNotFit(f"The note {wrong}.", errors=[problem])
    return note


def reason_in(given: str) -> str:
    reason = given.strip()
    if wrong := wrong_with_text(reason, longest=LONGEST_REASON):
        problem = "must say why, in a few words" if not reason else wrong
        raise DoesNotFit(
            "Say why, in a few words.",
            errors=[FieldProblem(field="reason", problem=problem)],
        )
    return reason


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def draft(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.check(item.pk, body.token, user, timezone.now())
    guess = fit_draft(body.guess)
    kept_at = keep_draft(item.task, user, fit_draft(body.answer), guess)
    return Response({"kept": kept_at is not None, "draft_at": kept_at})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def skip(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.skip(item.pk, body.token, user, reason_in(body.reason), timezone.now())
    return Response({"skipped": True})


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def flag(request: Request, item_id: int) -> Response:
    user, item, body = _mine(request, item_id)
    leasing.flag(item.pk, body.token, user, reason_in(body.reason), timezone.now())
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
    told: dict[str, Any] = {"lease_expires_at": until}
    if body.media:
        told["media"] = _media(item.queue, item, user)
    return Response(told)


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def undo(request: Request, item_id: int) -> Response:
    """My answer, opened for correction; it stands until the corrected one is sent."""
    user, item, body = _mine(request, item_id)
    leasing.check(item.pk, body.token, user, timezone.now())
    mine = latest(item.task, user)
    if mine is None:
        raise NotFound("You have not answered this task yet.")
    again = _again(item, mine, user)
    schemas = _schemas([item], known=[])
    return Response({**again, "token": body.token, "schemas": schemas})
