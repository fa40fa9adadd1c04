"""What really serves the project's endpoints, and where it is called."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects import access
from registry_bridge.models import Deployment

MOST = 100


@extend_schema(responses=dict)
@api_view(["GET"])
def deployments(request: Request, project: str) -> Response:
    who = access.member(request, project, access.READ_RESULTS)
    found = Deployment.objects.filter(project=who.project).order_by("-pk")[:MOST]
    return Response({"deployments": [_shape(each) for each in found]})


def _shape(kept: Deployment) -> dict[str, Any]:
    return {
        "endpoint": kept.endpoint,
        "version": kept.version,
        "state": kept.state,
        "url": kept.url or None,
        "promotion": kept.promotion_id,
        "at": kept.at,
        "ended_at": kept.ended_at,
    }
