"""How the REST API reads JSON and says no: problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import msgspec
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from config.busy import as_refused
from projects.bodies import of_parser
from projects.refused import Malformed, NotSignedIn, Refused

log = structlog.get_logger()
PROBLEM = "application/problem+json"


class JSONBody(BaseParser):
    """A JSON body; NaN, broken text and over-deep nesting are refused in words."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return msgspec.json.decode(of_parser(stream, parser_context))
        except (msgspec.DecodeError, RecursionError) as error:
            raise Malformed(f"The body is not JSON: {error}.") from error


class JSON(BaseRenderer):
    """Answers as JSON; lazy texts are written out."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else msgspec.json.encode(data, enc_hook=str)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: one shape for every refusal."""
    refused = _as_refused(error)
    if refused is None:
        return None
    # loading the views asks the settings for JSONBody, which stands in this file
    from rest_framework.views import set_rollback

    set_rollback()
    response = Response(body(refused), status=refused.status, content_type=PROBLEM)
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
    if refused.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="overread"'
    return response


def body(refused: Refused) -> dict[str, Any]:
    content: dict[str, Any] = {
        "type": f"urn:overread:{refused.code}",
        "title": refused.title,
        "status": refused.status,
        "detail": refused.detail,
        "code": refused.code,
    }
    if refused.errors:
        content["errors"] = refused.errors
    return content


def _as_refused(error: Exception) -> Refused | None:
    if isinstance(error, Refused):
        return error
    busy = as_refused(error)
    if busy is not None:
        return busy
    if isinstance(error, exceptions.NotAuthenticated):
        return NotSignedIn()
    if isinstance(error, Http404):
        return _plain("not_found", 404, "There is nothing here", "")
    if isinstance(error, PermissionDenied):
        return _plain("not_allowed", 403, "Your role does not allow this", str(error))
    if isinstance(error, exceptions.APIException):
        return _from_drf(error)
    return None


def _from_drf(error: exceptions.APIException) -> Refused:
    code = str(error.get_codes()) if isinstance(error.detail, str) else "malformed"
    refused = _plain(code, error.status_code, error.default_detail, str(error.detail))
    wait = getattr(error, "wait", None)
    refused.retry_after = int(wait) if wait else None
    return refused


def _plain(code: str, status: int, title: object, detail: str) -> Refused:
    refused = Refused(detail or str(title))
    refused.code, refused.status, refused.title = code, status, str(title)
    return refused
