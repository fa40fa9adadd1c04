"""Lineage over REST: what a version was made of, and what a label or a person is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects import access
from projects.refused import Malformed, NotFound
from registry_bridge import tracing
from registry_bridge.api import shapes
from registry_bridge.models import Snapshot, SnapshotItem
from reviewer import standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry_bridge.tracing import Label, Touched

BEFORE = OpenApiParameter("before", int, description="the id of a snapshot")
LIMIT = OpenApiParameter("limit", int, description="1 to 1,000 rows; 50")


@extend_schema(responses=dict)
@api_view(["GET"])
def of_version(request: Request, project: str, version: str) -> Response:
    """A model version: its training, its snapshot, the people behind it, its promotions."""
    who = access.member(request, project, access.READ_RESULTS)
    return Response(version_shape(tracing.of_version(who.project, version)))


@extend_schema(
    parameters=[
        OpenApiParameter("after", int, description="the id of a gold value"),
        LIMIT,
        OpenApiParameter("side", str, enum=SnapshotItem.Side.values),
        OpenApiParameter("source", str, enum=tracing.Source.values),
        OpenApiParameter("label", str),
        OpenApiParameter("reviewer", int),
    ],
    responses=dict,
)
@api_view(["GET"])
def of_snapshot(request: Request, project: str, pk: int) -> Response:
    """The rows of a snapshot, each with the answers and the prediction behind it."""
    who = access.member(request, project, access.READ_RESULTS)
    found = Snapshot.objects.filter(project=who.project, pk=pk).first()
    if found is None:
        raise NotFound("There is no such snapshot in this project.")
    given = request.query_params
    most = _limit(given)
    rows = tracing.labels(
        found, only(given), after=number(given, "after") or 0, most=most
    )
    following = rows[-1].gold if len(rows) == most else None
    return Response({"rows": [label_shape(each) for each in rows], "next": following})


@extend_schema(parameters=[BEFORE, LIMIT], responses=dict)
@api_view(["GET"])
def of_task(request: Request, project: str, pk: int) -> Response:
    """Every snapshot that holds a value of this task, and what was made of it."""
    who = access.member(request, project, access.READ_RESULTS)
    given = request.query_params
    most = _limit(given)
    found = tracing.of_task(who.project, pk, before=number(given, "before"), most=most)
    return Response(_touched(found, most))


@extend_schema(parameters=[BEFORE, LIMIT], responses=dict)
@api_view(["GET"])
def of_reviewer(request: Request, project: str, pk: int) -> Response:
    """Every snapshot with rows that rest on this person, and what was made of it."""
    who = access.member(request, project, access.LEAD)
    user = standing.member(who.project, pk)
    given = request.query_params
    most = _limit(given)
    found = tracing.of_reviewer(
        who.project, user, before=number(given, "before"), most=most
    )
    return Response(_touched(found, most))


def only(given: Mapping[str, str]) -> tracing.Only:
    """Which rows an address asks for; Malformed says which part of it cannot be."""
    side, source = given.get("side", ""), given.get("source", "")
    for name, value, known in (
        ("side", side, SnapshotItem.Side.values),
        ("source", source, tracing.Source.values),
    ):
        if value and value not in known:
            raise Malformed(f"`{name}` must be one of: {', '.join(known)}.")
    label = given.get("label", "")
    if "\0" in label:
        raise Malformed("`label` holds a character that no label has.")
    return tracing.Only(side, source, label, number(given, "reviewer"))


def number(given: Mapping[str, str], name: str) -> int | None:
    """A whole number of the address; None where there is none."""
    text = given.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Malformed(f"`{name}` must be a whole number.")
    return int(text)


def _limit(given: Mapping[str, str]) -> int:
    most = number(given, "limit")
    if most is None:
        return tracing.PER_PAGE
    if not 1 <= most <= tracing.MOST:
        raise Malformed(f"`limit` must be from 1 to {tracing.MOST:,}.")
    return most


def label_shape(each: Label) -> dict[str, Any]:
    return {
        "gold": each.gold,
        "task": each.task,
        "side": each.side,
        "value": each.value,
        "source": each.source,
        "settled_at": each.settled_at,
        "group": each.group,
        "left_out": each.left_out or None,
        "payload": each.payload,
        "prediction": {
            "endpoint": each.endpoint,
            "inference_id": each.inference_id,
            "model_version": each.model_version,
        }
        if each.inference_id
        else None,
        "answers": [
            {"annotation": one.annotation, "user": one.user.username, "at": one.at}
            for one in each.answers
        ],
    }


def version_shape(found: tracing.Version) -> dict[str, Any]:
    snapshot = found.snapshot
    return {
        "version": found.number,
        "training": shapes.training(found.training) if found.training else None,
        "snapshot": shapes.snapshot(snapshot) if snapshot else None,
        "reviewers": [
            {
                "id": each.user_id,
                "user": each.user.username,
                "train": each.train,
                "test": each.test,
            }
            for each in found.reviewers
        ],
        "sources": _counts(snapshot, "sources"),
        "labels": _counts(snapshot, "labels"),
        "withdrawals": [
            {"user": each.user.username, "asked_at": each.asked_at, "since": each.since}
            for each in found.withdrawals
        ],
        "promotions": [
            {
                "id": each.pk,
                "kind": each.kind,
                "state": each.state,
                "from": each.from_version or None,
                "to": each.to_version,
            }
            for each in found.promotions
        ],
    }


def _counts(snapshot: Snapshot | None, name: str) -> list[dict[str, Any]]:
    rows = snapshot.counts.get(name, []) if snapshot else []
    return [{"name": row[0], "train": row[1], "test": row[2]} for row in rows]


def _touched(found: Sequence[Touched], most: int) -> dict[str, Any]:
    following = found[-1].snapshot.pk if len(found) == most else None
    return {"snapshots": [_one_touched(each) for each in found], "next": following}


def _one_touched(each: Touched) -> dict[str, Any]:
    return {
        "snapshot": each.snapshot.pk,
        "name": each.snapshot.name,
        "digest": each.snapshot.digest,
        "train": each.train,
        "test": each.test,
        "value": each.value,
        "left_out": each.left_out or None,
        "trainings": [
            {
                "id": made.training.pk,
                "state": made.training.state,
                "version": made.training.version or None,
                "mlflow_run_id": made.training.mlflow_run_id or None,
                "promotions": [
                    {"id": one.pk, "kind": one.kind, "state": one.state}
                    for one in made.promotions
                ],
            }
            for made in each.made
        ],
    }
