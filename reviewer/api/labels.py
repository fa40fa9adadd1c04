"""Where labels are taken out: streamed in one of several formats, from a cursor on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from projects import access
from projects.refused import FieldProblem, Malformed
from reviewer.exports import cursors, formats, reading, sending
from reviewer.exports.downloads import Download
from reviewer.exports.formats import Plan, Wish
from reviewer.models.export import Format

if TYPE_CHECKING:
    from reviewer.exports.reading import Span

NEXT: Final = "Overread-Next-Cursor"
MOST: Final = 10**9
_TAKES_GZIP = re.compile(r"\b(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_FLAGS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False}
PARAMETERS: Final = [
    OpenApiParameter("format", OpenApiTypes.STR, enum=Format.values, default="jsonl"),
    *(
        OpenApiParameter(name, OpenApiTypes.STR)
        for name in ("since", "question", "endpoint")
    ),
    OpenApiParameter("limit", OpenApiTypes.INT),
    *(OpenApiParameter(name, OpenApiTypes.BOOL) for name in ("payload", "raw", "gzip")),
]


class AnyFormat(DefaultContentNegotiation):
    """`?format=` is ours; whatever a client accepts, refusals are told in JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class Labels(APIView):
    """Settled labels as jsonl, csv, parquet, manifest or model-monitor."""

    content_negotiation_class = AnyFormat

    @extend_schema(parameters=PARAMETERS, responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, project: str) -> StreamingHttpResponse:
        who = access.member(request, project, access.READ_RESULTS)
        asked = request.query_params
        plan = formats.plan(who.project, wish(asked))
        after = cursors.START
        if asked.get("since"):
            after = cursors.read(who.project.pk, asked["since"])
        span = reading.open_span(who.project, after, _limit(asked))
        return _response(request, plan, span, f"{who.project.slug}-labels")


def wish(asked: Any) -> Wish:
    return Wish(
        format=asked.get("format", Format.JSONL),
        question=asked.get("question", ""),
        endpoint=asked.get("endpoint", ""),
        payload=_flag(asked, "payload"),
        raw=_flag(asked, "raw") or False,
    )


def _response(
    request: Request, plan: Plan, span: Span, name: str
) -> StreamingHttpResponse:
    as_file = bool(_flag(request.query_params, "gzip"))
    accepted = bool(_TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")))
    # Parquet is compressed already
    on_the_way = accepted and not as_file and plan.format != Format.PARQUET
    pieces = sending.streamed(span, plan)
    if as_file or on_the_way:
        pieces = sending.gzipped(pieces)
    response = StreamingHttpResponse(Download(pieces))
    response["Content-Type"] = "application/gzip" if as_file else plan.media_type
    ending = f"{plan.ending}.gz" if as_file else plan.ending
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response[NEXT] = cursors.word(span.project_id, span.until)
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "no-store"
    if on_the_way:
        response["Content-Encoding"] = "gzip"
    return response


def _flag(asked: Any, name: str) -> bool | None:
    given = asked.get(name)
    if given is None:
        return None
    if given not in _FLAGS:
        raise _wrong(name, "must be 1 or 0")
    return _FLAGS[given]


def _limit(asked: Any) -> int | None:
    given = asked.get("limit")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and 0 < int(given[:11]) <= MOST):
        raise _wrong("limit", f"must be a whole number from 1 to {MOST:,}")
    return int(given)


def _wrong(field: str, problem: str) -> Malformed:
    errors = [FieldProblem(field=field, problem=problem)]
    return Malformed(f"{field} {problem}.", errors=errors)
