"""Where endpoints ask what became of a prediction, and may wait for the answer."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from reviewer import waiting_room

# A client that cannot wait asks again after so long.
AGAIN_SECONDS = 5


class OnePrediction(APIView):
    """What became of a prediction: its decision, and the answer once it is settled.

    `?wait=30` waits up to so many seconds (60 at most) for an answer: the caller is sent
    on by 307 to where waiting is cheap. Where nobody can wait, the answer comes at once
    and Retry-After says when to ask again.
    """

    @extend_schema(
        responses={200: dict, 307: dict},
        parameters=[OpenApiParameter("wait", int, description="Seconds, 0 to 60.")],
    )
    def get(
        self, request: Request, project: str, endpoint: str, inference_id: str
    ) -> Response:
        who = access.member(request, project, access.READ_PREDICTIONS)
        wait = waiting_room.seconds(request.query_params.get("wait", "0"))
        fate = waiting_room.find(who.project, endpoint, inference_id)
        if fate.final or not wait:
            return Response(fate.told)
        place = waiting_room.place(fate, wait, request.path)
        if place is None:
            return Response(fate.told, headers={"Retry-After": str(AGAIN_SECONDS)})
        return Response(fate.told, status=307, headers={"Location": place})
