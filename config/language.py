"""Speaks to each person in the language they chose in the account menu; English otherwise.

The browser's own wish is not followed: not every language has every page.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from projects.models import User

Handler = Callable[[HttpRequest], HttpResponse]


class Chosen:
    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._known = dict(settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = wanted if wanted in self._known else settings.LANGUAGE_CODE
        with translation.override(language):
            # what asks the request, as templates do, hears the same
            request.LANGUAGE_CODE = language
            response = self._get_response(request)
        response.setdefault("Content-Language", language)
        return response


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The cookie is for pages; what is mailed to somebody needs to know it too."""
    wanted = request.POST.get("language", "")
    if request.user.is_authenticated and wanted in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=wanted)
    return set_language(request)
