"""Sends the Content-Security-Policy of SECURE_CSP (built into Django from 6.0)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class SecurityHeaders:
    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._policy = "; ".join(
            f"{name} {value}" for name, value in settings.SECURE_CSP.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.setdefault("Content-Security-Policy", self._policy)
        response.setdefault("Permissions-Policy", "camera=(), microphone=()")
        return response
