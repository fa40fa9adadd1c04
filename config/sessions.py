"""Sessions whose end is told by pages alone."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from config.pages import is_api


class Sessions(SessionMiddleware):
    """Leaves the browser's cookie alone where a program's call comes with an ended session.

    A page whose person is signed out goes on asking until they signed in again in another
    tab. An answer that was on its way meanwhile would take the new session's cookie away.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        answer = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and is_api(request):
            del answer.cookies[settings.SESSION_COOKIE_NAME]
        return answer
