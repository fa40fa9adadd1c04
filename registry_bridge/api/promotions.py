"""Promotions over REST: proposed and decided by people who signed in, never by a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.models import User
from projects.refused import NotFound
from registry_bridge import promotion, rolling_back
from registry_bridge.api import shapes
from registry_bridge.models import Promotion

MOST = 100


class Decide(Protocol):
    def __call__(self, promotion: Promotion, *, by: User, reason: str) -> Promotion: ...


class Promotions(APIView):
    @extend_schema(responses=dict)
    def get(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.READ_RESULTS)
        made = Promotion.objects.filter(project=who.project).order_by("-pk")
        found = made.select_related("proposed_by", "decided_by", "ruled_by", "gate")
        found = found.prefetch_related("approvals__by")[:MOST]
        return Response({"promotions": [shapes.promotion(each) for each in found]})

    @extend_schema(request=dict, responses={201: dict})
    def post(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.LEAD)
        access.require_person(who)
        body = shapes.read(request.data, shapes.PromotionBody)
        proposed = promotion.propose(
            who.project, body.version, by=who.user, reason=body.reason
        )
        return Response(shapes.promotion(proposed), status=201)


def _decision(decide: Decide) -> Callable[..., Any]:
    @extend_schema(request=dict, responses=dict)
    @api_view(["POST"])
    def view(request: Request, pk: int) -> Response:
        found = Promotion.objects.select_related("project").filter(pk=pk).first()
        project = found.project if found else None
        who = access.member_of(request, project, access.LEAD)
        if found is None:
            raise NotFound
        access.require_person(who)
        body = shapes.read(request.data, shapes.DecisionBody)
        return Response(
            shapes.promotion(decide(found, by=who.user, reason=body.reason))
        )

    return view


approve = _decision(promotion.approve)
refuse = _decision(promotion.refuse)
roll_back = _decision(rolling_back.by_person)
