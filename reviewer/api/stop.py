"""Whether a project is stopped, and the switch itself, for leads' own programs."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.access import Member
from projects.refused import Malformed, NotAllowed
from reviewer import stops
from reviewer.api.work import read, reason_in
from reviewer.models import Stop


class StopBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str = ""
    mode: str = Stop.Mode.REVIEW.value


class EndBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str = ""


class StopSwitch(APIView):
    """While a project is stopped, nothing is accepted unseen."""

    @extend_schema(responses=dict)
    def get(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.READ_PREDICTIONS)
        return Response(_told(stops.in_force(who.project)))

    @extend_schema(request=dict, responses={201: dict})
    def post(self, request: Request, project: str) -> Response:
        who = _lead(request, project)
        body = read(request.data, StopBody)
        if body.mode not in Stop.Mode.values:
            raise Malformed("mode is review or hold.")
        stop = stops.begin(
            who.project, by=who.user, reason=reason_in(body.reason), mode=body.mode
        )
        return Response(_told(stop), status=201)


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def end(request: Request, project: str) -> Response:
    """Let the policy decide again."""
    who = _lead(request, project)
    body = read(request.data, EndBody)
    stops.end(who.project, by=who.user, reason=reason_in(body.reason))
    return Response(_told(None))


def _lead(request: Request, project: str) -> Member:
    """A lead who signed in, or a token of their own: the switch bears a person's name."""
    who = access.member(request, project, access.LEAD)
    if who.user.is_service:
        raise NotAllowed("The switch takes a person's own session or token.")
    return who


def _told(stop: Stop | None) -> dict[str, Any]:
    if stop is None:
        return {"stopped": False}
    return {
        "stopped": True,
        "stop": stop.number,
        "mode": stop.mode,
        "reason": stop.reason,
        "since": stop.began_at,
        "by": stop.began_by.username,
    }
