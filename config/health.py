"""Is it alive, is it ready, how does it do: for operators and their machines."""

from __future__ import annotations

import ipaddress

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from config import metrics as measured
from projects import replica
from projects.refused import NotFound


@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """200 once the database answers and holds every migration, else 503 and why."""
    problem = _problem()
    if problem:
        return JsonResponse({"status": "not ready", "why": problem}, status=503)
    said = {"status": "ready"}
    if replica.is_configured():
        said["replica"] = replica.health().words
    return JsonResponse(said)


def _problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"The database does not answer: {error}"
    return "Migrations are missing: run manage.py migrate." if missing else None


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus on this machine, and for staff; a proxy's callers get nothing."""
    if not (_from_this_machine(request) or getattr(request.user, "is_staff", False)):
        raise NotFound
    return measured.page()


def _from_this_machine(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
