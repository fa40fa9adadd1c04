"""Estimates over the REST API: value, interval, count, method, designs, window."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects import access, replica
from projects.refused import FieldProblem, Malformed
from reviewer import figures, quality, slices

if TYPE_CHECKING:
    from projects.models import Project

LONGEST_DAYS = 3_650
DAYS: Final = OpenApiParameter(
    "days", str, description=f"“all”, or a whole number from 1 to {LONGEST_DAYS}."
)

SLICE: Final = OpenApiParameter(
    "slice",
    str,
    description="“label” (what was said), or “metadata.” and a key: accuracy of each value.",
)
TOGETHER: Final = OpenApiParameter(
    "together",
    bool,
    description="“true”: the intervals of all slices hold at once, and are wider.",
)


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    required = sorted(properties)
    return {"type": "object", "properties": properties, "required": required}


NAME: Final = {"type": "string"}
COUNT: Final = {"type": "integer"}
SHARE: Final = {"type": "number"}
TIME: Final = {"type": "string", "format": "date-time"}
ESTIMATE: Final = _object(
    value=SHARE, low=SHARE, high=SHARE, n=COUNT, method=NAME, level=SHARE
)
NUMBER: Final = {"oneOf": [ESTIMATE, _object(missing=NAME, n=COUNT)]}
LABEL: Final = _object(precision=NUMBER, recall=NUMBER, f1=NUMBER)
VERSION: Final = _object(
    endpoint=NAME,
    model=_object(name=NAME, version=NAME),
    measure={"enum": ["Accuracy", "Agreement with reviewers"]},
    estimate=NUMBER,
    corrected_by_experts={"oneOf": [*NUMBER["oneOf"], {"type": "null"}]},
    calibration_error=NUMBER,
    designs={"type": "array", "items": NAME},
    nonresponse=SHARE,
    not_yet=COUNT,
    predictions=COUNT,
    window=_object(**{"from": TIME, "to": TIME}),
    labels={"type": "object", "additionalProperties": LABEL},
)
SLICES: Final = _object(
    by=NAME,
    since=TIME,
    reading=NAME,
    versions={
        "type": "array",
        "items": _object(
            endpoint=NAME,
            model=_object(name=NAME, version=NAME),
            measure={"enum": ["Accuracy", "Agreement with reviewers"]},
            slices={
                "type": "array",
                "items": _object(
                    value={"type": ["string", "null"]}, joined=COUNT, estimate=NUMBER
                ),
            },
        ),
    },
)
ANSWER: Final = _object(
    window=_object(days={"type": ["integer", "null"]}, until=TIME),
    versions={"type": "array", "items": VERSION},
    agreement=_object(blind=NUMBER, shown=NUMBER),
    slices={"oneOf": [SLICES, {"type": "null"}]},
)


@extend_schema(parameters=[DAYS, SLICE, TOGETHER], responses={200: ANSWER})
@api_view(["GET"])
def project_quality(request: Request, project: str) -> Response:
    """Live quality of each model version, and agreement of reviewers (?days=30|all).

    A number is an estimate (`value`, `low`, `high`, `n`, `method`, `level`), or says what
    is `missing` for one. The window begins at a full day (UTC); `window.until` is the time
    the figures are of. 503 with Retry-After, code
    `still_counting`: there is much to add up, and nobody asked before.

    `corrected_by_experts` is the accuracy by experts' answers to a random part of what
    reviewers settled; null where a queue has no `expert_share`.

    With ?slice= there are `slices`: of each version the values with the most predictions,
    and one with `joined` further ones; `value` null without `joined`: no such metadata.
    They rest on the answers drawn since `since`, weights alone; `reading` says what their
    intervals promise.
    """
    who = access.member(request, project, access.READ_RESULTS)
    at, days = timezone.now(), _days(request)
    with replica.results():
        shown = figures.of_project(who.project, at, days)
        sliced = _sliced(request, who.project, at, days)
    people = shown.agreement
    return Response(
        {
            "window": {"days": days, "until": shown.as_of or at},
            "versions": [_version(each) for each in shown.versions],
            "agreement": {
                "blind": people.blind.as_json(),
                "shown": people.shown.as_json(),
            },
            "slices": sliced,
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


def _sliced(
    request: Request, project: Project, at: datetime, days: int | None
) -> dict[str, Any] | None:
    by = request.query_params.get("slice")
    if by is None:
        return None
    together = _is_true(request, "together")
    found = slices.of_project(project, by, at, days, together=together)
    return {
        "by": found.by,
        "since": found.since,
        "reading": found.reading,
        "versions": [_version_slices(each) for each in found.versions],
    }


def _is_true(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in ("true", "false"):
        problem = "must be “true” or “false”"
        raise Malformed(
            f"{name} {problem}.", errors=[FieldProblem(field=name, problem=problem)]
        )
    return given == "true"


def _version_slices(found: slices.VersionSlices) -> dict[str, Any]:
    return {
        **_name(found.version),
        "measure": found.called,
        "slices": [
            {
                "value": each.value,
                "joined": each.joined,
                "estimate": each.estimate.as_json(),
            }
            for each in found.slices
        ],
    }


def _name(version: quality.Version) -> dict[str, Any]:
    return {
        "endpoint": version.endpoint,
        "model": {"name": version.name, "version": version.number},
    }


def _version(found: quality.VersionQuality) -> dict[str, Any]:
    return {
        **_name(found.version),
        "measure": found.called,
        "estimate": found.estimate.as_json(),
        "corrected_by_experts": found.corrected and found.corrected.as_json(),
        "calibration_error": found.calibration.as_json(),
        "designs": [quality.METHOD],
        "nonresponse": found.nonresponse,
        "not_yet": found.not_yet,
        "predictions": found.predictions,
        "window": {"from": found.first_at, "to": found.last_at},
        "labels": {
            each.label: {
                "precision": each.precision.as_json(),
                "recall": each.recall.as_json(),
                "f1": each.f1.as_json(),
            }
            for each in found.labels
        },
    }
