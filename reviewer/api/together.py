"""What people say to each other about a task: comments, its story, an answer sent back."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling import comments
from labeling.models import Annotation, Comment, Task
from projects import access
from projects.refused import NotAllowed, NotFound
from reviewer import sent_back, sight, story
from reviewer.api.work import item_number, read, reason_in
from reviewer.sight import Sight


class CommentBody(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    client_id: UUID


class SendBackBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str = ""
    # The task in the hands of whoever settles it: it waits behind the others then.
    assignment: str = ""
    token: int = 0


def _before(request: Request, task_id: int) -> Sight:
    task = Task.objects.select_related("project").filter(pk=task_id).first()
    who = access.member_of(request, task.project if task else None, access.REVIEW)
    return sight.of(who, task_id)


class Comments(APIView):
    """The thread of a task, for whoever has or had it, adjudicators and leads."""

    @extend_schema(responses=dict)
    def get(self, request: Request, task_id: int) -> Response:
        return Response({"comments": story.thread(_before(request, task_id))})

    @extend_schema(request=dict, responses=dict)
    def post(self, request: Request, task_id: int) -> Response:
        seen = _before(request, task_id)
        body = read(request.data, CommentBody)
        made = comments.write(
            seen.task, seen.who.user, seen.who.role, body.client_id, body.text
        )
        told = story.comment(made, story.names(seen), seen)
        return Response(told, status=201)


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def resolve(request: Request, comment_id: int) -> Response:
    found = Comment.objects.select_related("author").filter(pk=comment_id).first()
    seen = _before(request, found.task_id if found else 0)
    if found is None:
        raise NotFound
    if not story.may_resolve(found, seen):
        raise NotAllowed(
            "Only its author, an adjudicator or a lead resolves a comment."
        )
    comments.resolve(found, seen.who.user)
    return Response(story.comment(found, story.names(seen), seen))


@extend_schema(responses=dict)
@api_view(["GET"])
def history(request: Request, task_id: int) -> Response:
    return Response(story.of(_before(request, task_id)))


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
@transaction.atomic
def send_back(request: Request, annotation_id: int) -> Response:
    """Ask the author of an answer to look at it again."""
    found = Annotation.objects.select_related("task__project").filter(pk=annotation_id)
    answer = found.first()
    project = answer.task.project if answer else None
    who = access.member_of(request, project, access.ADJUDICATE)
    body = read(request.data, SendBackBody)
    sent = sent_back.send(annotation_id, who, reason_in(body.reason))
    if body.assignment:
        sent_back.put_behind(item_number(body.assignment), body.token, who.user)
    return Response({"sent_back": sent.pk})
