"""Estimates over the REST API: value, interval, count, method, designs, window."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects import access, replica
from projects.refused import FieldProblem, Malformed
from reviewer import figures, quality

LONGEST_DAYS = 3_650


@extend_schema(responses=dict)
@api_view(["GET"])
def project_quality(request: Request, project: str) -> Response:
    """Live quality of each model version, and agreement of reviewers (?days=30|all).

    `window.until` is the time the figures are of. 503 with Retry-After, code
    `still_counting`: there is much to add up, and nobody asked before.
    """
    who = access.member(request, project, access.READ_RESULTS)
    at, days = timezone.now(), _days(request)
    with replica.results():
        shown = figures.of_project(who.project, at, days)
    people = shown.agreement
    return Response(
        {
            "window": {"days": days, "until": shown.as_of or at},
            "versions": [_version(each) for each in shown.versions],
            "agreement": {
                "blind": people.blind.as_json(),
                "shown": people.shown.as_json(),
            },
        }
    )


def _days(request: Request) -> int | None:
    given = request.query_params.get("days", str(quality.DEFAULT_DAYS))
    if given == "all":
        return None
    if not (given.isascii() and given.isdecimal() and 0 < int(given) <= LONGEST_DAYS):
        problem = f"must be “all” or a whole number from 1 to {LONGEST_DAYS}"
        raise Malformed(
            f"days {problem}.", errors=[FieldProblem(field="days", problem=problem)]
        )
    return int(given)


def _version(found: quality.VersionQuality) -> dict[str, Any]:
    return {
        "endpoint": found.version.endpoint,
        "model": {"name": found.version.name, "version": found.version.number},
        "measure": found.called,
        "estimate": found.estimate.as_json(),
        "designs": [quality.METHOD],
        "nonresponse": found.nonresponse,
        "not_yet": found.not_yet,
        "predictions": found.predictions,
        "window": {"from": found.first_at, "to": found.last_at},
        "labels": {
            each.label: {
                "precision": each.precision.as_json(),
                "recall": each.recall.as_json(),
            }
            for each in found.labels
        },
    }
