"""What every page shares: its navigation, and how a page says no."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults

from config import api
from config.busy import as_refused
from projects.models import Membership
from projects.refused import Broken, NotAllowed, NotFound, Refused
from reviewer import stops
from reviewer.models import Stop

if TYPE_CHECKING:

    class _Seen(Membership):
        is_stopped: bool


Handler = Callable[[HttpRequest], HttpResponse]


class RefusedPages:
    """Turns a Refused raised by a page into words; the REST API has its own handler."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        busy = as_refused(error)
        if busy is not None:
            return try_again(request, busy)
        if not isinstance(error, Refused):
            return None
        if error.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
            return redirect_to_login(request.get_full_path())
        return refuse(request, error)


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return _problem(refused)
    return render(request, "refused.html", {"refused": refused}, status=refused.status)


def try_again(request: HttpRequest, busy: Refused) -> HttpResponse:
    """Shown without asking the database anything: it may be away."""
    if is_api(request) or "application/json" in request.headers.get("Accept", ""):
        response = _problem(busy)
    else:
        page = loader.render_to_string("503.html", {"refused": busy})
        response = HttpResponse(page, status=busy.status)
    response["Retry-After"] = str(busy.retry_after)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Programs are told so in JSON, people on a page."""
    if is_api(request):
        return _problem(NotFound("There is no such address."))
    return defaults.page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    # what fails outside a view comes straight here, with its error still at hand
    busy = as_refused(sys.exception())
    if busy is not None:
        return try_again(request, busy)
    if is_api(request):
        return _problem(Broken("This is our fault. Nothing was kept; send it again."))
    return defaults.server_error(request)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(refused: Refused) -> HttpResponse:
    body = api.body(refused)
    return JsonResponse(body, status=refused.status, content_type=api.PROBLEM)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refuse(
        request,
        NotAllowed(
            "The page was open too long or came from elsewhere. "
            "Go back, reload it, and send it again."
        ),
    )


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The projects of whoever is signed in, for the header."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"memberships": [], "stops_in_force": {}}
    in_force = Stop.objects.in_force().filter(project=OuterRef("project"))
    memberships = Membership.objects.active().filter(user=user)
    told = memberships.select_related("project").annotate(is_stopped=Exists(in_force))
    found = cast("list[_Seen]", list(told))
    # all pages of a stopped project say so; one query more where there is one
    stopped = [each.project_id for each in found if each.is_stopped]
    return {
        "memberships": found,
        "stops_in_force": stops.by_project(stopped) if stopped else {},
    }
