"""Exports to files: asked for, looked at, and their files fetched."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import FileResponse, HttpResponseRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects import access
from projects.models import Project
from projects.refused import Malformed, NotFound
from reviewer.exports import asking, files, targets
from reviewer.exports.asking import Order
from reviewer.exports.formats import Wish
from reviewer.models import Export
from reviewer.models.export import Format

SHOWN = 50
LINK_SECONDS = 60


class ExportBody(msgspec.Struct, forbid_unknown_fields=True):
    format: str = Format.JSONL.value
    since: str = ""
    to: str = ""
    question: str = ""
    endpoint: str = ""
    payload: bool | None = None
    raw: bool = False
    gzip: bool = False


class Exports(APIView):
    """The last exports of a project; POST has another one written."""

    @extend_schema(responses=dict)
    def get(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.READ_RESULTS)
        found = Export.objects.filter(project=who.project).order_by("-pk")[:SHOWN]
        return Response({"exports": [told(each) for each in found]})

    @extend_schema(request=dict, responses={202: dict})
    def post(self, request: Request, project: str) -> Response:
        who = access.member(request, project, access.LEAD)
        export = asking.ask(who.project, _order(request.data or {}), who.user)
        return Response(told(export), status=202)


def _order(data: Any) -> Order:
    try:
        body = msgspec.convert(data, ExportBody)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}.") from error
    wish = Wish(body.format, body.question, body.endpoint, body.payload, body.raw)
    return Order(wish, body.since, body.to, body.gzip)


@extend_schema(responses=dict)
@api_view(["GET"])
def one(request: Request, project: str, pk: int) -> Response:
    """How far an export is, and its files."""
    who = access.member(request, project, access.READ_RESULTS)
    return Response(told(_find(who.project, pk)))


@extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
@api_view(["GET"])
def file(
    request: Request, project: str, pk: int, number: int
) -> FileResponse | HttpResponseRedirect:
    """One of its files, counted from 1."""
    who = access.member(request, project, access.READ_RESULTS)
    export = _find(who.project, pk)
    key = key_of(export, number)
    store = targets.of(export).store
    address = store.sign(key, LINK_SECONDS)
    if address.startswith("http"):
        return HttpResponseRedirect(address)
    name = key.rpartition("/")[2]
    return FileResponse(store.open(key), as_attachment=True, filename=name)


def _find(project: Project, pk: int) -> Export:
    found = Export.objects.select_related("project").filter(project=project, pk=pk)
    export = found.first()
    if export is None:
        raise NotFound("There is no such export in this project.")
    return export


def key_of(export: Export, number: int) -> str:
    if not 1 <= number <= len(export.files):
        raise NotFound("There is no such file, or it is not written yet.")
    return str(export.files[number - 1]["key"])


def told(export: Export) -> dict[str, Any]:
    return {
        "id": export.pk,
        "format": export.format,
        "state": export.state,
        "since": export.since,
        "next_cursor": files.next_cursor(export),
        "rows": export.rows,
        "rows_estimated": export.estimate,
        "bytes": export.bytes,
        "files": export.files,
        "to": export.to,
        "error": export.error,
        "created_at": export.created_at,
        "ended_at": export.ended_at,
    }
