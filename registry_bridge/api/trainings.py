"""Snapshots and trainings over REST: read by leads, started by leads and their tokens."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.models import Project
from projects.refused import NotFound
from registry_bridge import retraining, snapshots
from registry_bridge.api import shapes
from registry_bridge.models import Snapshot, Training

MOST = 100


class Snapshots(APIView):
    @extend_schema(responses=dict)
    def get(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.READ_RESULTS)
        found = Snapshot.objects.filter(project=who.project).order_by("-pk")[:MOST]
        return Response({"snapshots": [shapes.snapshot(each) for each in found]})

    @extend_schema(request=dict, responses={201: dict})
    def post(self, request: Request, project: str) -> Response:
        """Freeze the gold there is; the same rows again are the same snapshot (200)."""
        who = access.member(request, project, access.LEAD)
        body = shapes.read(request.data, shapes.SnapshotBody)
        newest = Snapshot.objects.filter(project=who.project).order_by("-pk").first()
        frozen = snapshots.freeze(who.project, who.user, body.name.strip())
        is_new = newest is None or frozen.pk > newest.pk
        return Response(shapes.snapshot(frozen), status=201 if is_new else 200)


class Trainings(APIView):
    @extend_schema(responses=dict)
    def get(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.READ_RESULTS)
        made = Training.objects.filter(project=who.project).order_by("-pk")
        found = made.select_related("started_by", "gate")[:MOST]
        return Response({"trainings": [shapes.training(each) for each in found]})

    @extend_schema(request=dict, responses={201: dict})
    def post(self, request: Request, project: str) -> Response:
        """Train on a snapshot of this project; without one, on the gold there is now."""
        who = access.member(request, project, access.LEAD)
        body = shapes.read(request.data, shapes.TrainingBody)
        return Response(shapes.training(_start(who, body)), status=201)


class OneTraining(APIView):
    @extend_schema(responses=dict)
    def get(self, request: Request, project: str, pk: int) -> Response:
        who = access.member(request, project, access.READ_RESULTS)
        found = Training.objects.filter(project=who.project, pk=pk).first()
        if found is None:
            raise NotFound("There is no such training in this project.")
        return Response(shapes.training(found))


def _start(who: access.Member, body: shapes.TrainingBody) -> Training:
    if body.first:
        return retraining.first_model(
            who.project, by=who.user, hyperparameters=body.hyperparameters
        )
    return retraining.start(
        who.project,
        by=who.user,
        snapshot=_snapshot(who.project, body.snapshot),
        hyperparameters=body.hyperparameters,
    )


def _snapshot(project: Project, pk: int | None) -> Snapshot | None:
    if pk is None:
        return None
    found = Snapshot.objects.filter(project=project, pk=pk).first()
    if found is None:
        raise NotFound("There is no such snapshot in this project.")
    return found
