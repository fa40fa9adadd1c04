"""The queues in which the caller may work, so that a program need not know their ids."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects import access
from reviewer import leasing
from reviewer.models import Queue


@extend_schema(responses=dict)
@api_view(["GET"])
def project_queues(request: Request, project: str) -> Response:
    who = access.member(request, project, access.REVIEW)
    queues = Queue.objects.filter(project=who.project).order_by("pk")
    if not who.may(access.ADJUDICATE):
        queues = queues.exclude(purpose=Queue.Purpose.ADJUDICATION)
    return Response({"queues": [_queue(queue, who) for queue in queues]})


def _queue(queue: Queue, who: access.Member) -> dict[str, Any]:
    return {
        "id": queue.pk,
        "name": queue.name,
        "title": queue.title,
        "purpose": queue.purpose,
        "paused": queue.paused,
        "waiting": leasing.waiting_for(queue, who.user),
    }
