"""Counts and times requests for Prometheus, by address as it is written in urls.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

Handler = Callable[[HttpRequest], HttpResponse]
BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12)
REQUESTS = Counter(
    "overread_http_requests",
    "Requests that were answered.",
    ("method", "route", "status"),
)
SECONDS = Histogram(
    "overread_http_request_seconds",
    "From the first byte read to the answer; what is streamed goes on after it.",
    ("method", "route"),
    buckets=BUCKETS,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "none"


# Looking a label set up costs as much as counting: it is looked up once.
@lru_cache(maxsize=4_096)
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@lru_cache(maxsize=1_024)
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


class Requests:
    """The outermost middleware: it times all the others too."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        route = match.route if match else NOWHERE
        method = request.method if request.method in METHODS else NOWHERE
        _requests(method or NOWHERE, route, response.status_code).inc()
        _seconds(method or NOWHERE, route).observe(time.perf_counter() - began)
        return response


def page() -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
