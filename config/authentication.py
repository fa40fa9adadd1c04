"""Who calls the API: a bearer token, or the session of the browser with CSRF."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from projects import tokens
from projects.models import Token, User

SEEN_EVERY = timedelta(minutes=5)


class BearerToken(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = tokens.find(secret.strip(), at=now)
        # A hot row for each call would be a bottleneck: minutes are exact enough.
        if token.last_used_at is None or now - token.last_used_at > SEEN_EVERY:
            Token.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="overread"'


class SessionWithCsrf(SessionAuthentication):
    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Nobody, where a page of one person calls with the session of another."""
        found = super().authenticate(request)
        page_of = request.headers.get("X-Overread-User", "")
        if found is None or (page_of and page_of != str(found[0].pk)):
            return None
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="overread"'
