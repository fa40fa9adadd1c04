"""Where endpoints post predictions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.refused import Refused
from reviewer import intake
from reviewer.api import bodies
from reviewer.intake import Outcome, Taken
from reviewer.models import Prediction


class Predictions(APIView):
    """Send one prediction, a batch, or NDJSON; each row is answered with its decision."""

    parser_classes = (bodies.Raw,)

    @extend_schema(request=dict, responses={200: dict, 201: dict})
    def post(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.SEND)
        rows, single = bodies.predictions(request)
        desk = intake.open_desk(who.project)
        dry_run = bodies.flag(request, "dry_run")
        outcomes = intake.accept(desk, rows, dry_run=dry_run)
        return _one(outcomes[0]) if single else _many(outcomes)


def _one(outcome: Outcome) -> Response:
    if isinstance(outcome, Refused):
        raise outcome
    return Response(_told(outcome), status=200 if outcome.duplicate else 201)


def _many(outcomes: list[Outcome]) -> Response:
    taken = [each for each in outcomes if isinstance(each, Taken)]
    fresh = [each for each in taken if not each.duplicate]
    accepted = sum(each.verdict == Prediction.Verdict.ACCEPTED for each in fresh)
    return Response(
        {
            "received": len(outcomes),
            "accepted": accepted,
            "routed": len(fresh) - accepted,
            "duplicates": len(taken) - len(fresh),
            "refused": len(outcomes) - len(taken),
            "results": [_result(at, each) for at, each in enumerate(outcomes)],
        }
    )


def _result(index: int, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return bodies.refusal(index, outcome)
    return {"index": index, **_told(outcome)}


def _told(taken: Taken) -> dict[str, Any]:
    return {
        "inference_id": taken.inference_id,
        "decision": taken.verdict,
        "reason": taken.reason,
        "inclusion_probability": taken.pi,
        "policy_version": taken.policy_version,
        "task": taken.task,
        "duplicate": taken.duplicate,
    }
