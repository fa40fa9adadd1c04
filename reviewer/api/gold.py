"""Where answers known from elsewhere are sent: outcomes, and known answers for checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.models import Project
from projects.refused import Refused
from reviewer import outcomes
from reviewer.api import bodies
from reviewer.outcomes import Learned


class KnownAnswers(APIView):
    """One known answer, {"gold": […]}, or NDJSON; good rows are kept, bad ones named."""

    parser_classes = (bodies.Raw,)

    @extend_schema(request=dict, responses={200: dict, 201: dict})
    def post(self, request: Request, project: str) -> Response:
        # whoever may tell answers may read them; what exactly, the rows say
        who = access.member(request, project, access.READ_PREDICTIONS)
        rows, single = bodies.rows(request, "gold")
        who.require(_ability(rows))
        learned = [_learn(who.project, row) for row in rows]
        return _one(learned[0]) if single else _many(learned)


def _ability(rows: Sequence[Any]) -> str:
    """An endpoint may tell its outcomes; inputs of one's own are a lead's to plant."""
    plants = any(isinstance(row, dict) and "input" in row for row in rows)
    return access.LEAD if plants else access.SEND


def _learn(project: Project, row: Any) -> Learned | Refused:
    if isinstance(row, Refused):
        return row
    try:
        return outcomes.learn(project, outcomes.read(row))
    except Refused as refused:
        return refused


def _one(learned: Learned | Refused) -> Response:
    if isinstance(learned, Refused):
        raise learned
    new = learned.status != outcomes.UNCHANGED
    return Response(_told(learned), status=201 if new else 200)


def _many(learned: Sequence[Learned | Refused]) -> Response:
    refused = sum(isinstance(each, Refused) for each in learned)
    results = [_result(at, each) for at, each in enumerate(learned)]
    return Response({"received": len(learned), "refused": refused, "results": results})


def _result(index: int, learned: Learned | Refused) -> dict[str, Any]:
    if isinstance(learned, Refused):
        return bodies.refusal(index, learned)
    return {"index": index, **_told(learned)}


def _told(learned: Learned) -> dict[str, Any]:
    return {"status": learned.status, "task": learned.task.pk}
