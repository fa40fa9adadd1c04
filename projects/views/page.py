"""What these pages share: who is looking, forms that take a refusal, secrets shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from projects import access
from projects.access import Member
from projects.refused import Refused


def show(
    request: HttpRequest,
    template: str,
    who: Member,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """A page of the project, with what its member may see and do."""
    shared = {
        "project": who.project,
        "owns": who.may(access.OWN),
        "leads": who.may(access.LEAD),
    }
    return render(request, f"projects/{template}", {**shared, **context}, status=status)


def show_once(
    request: HttpRequest, who: Member, context: dict[str, Any]
) -> HttpResponse:
    """A secret that is kept nowhere, so neither by the browser's cache."""
    response = show(request, "shown_once.html", who, context)
    patch_cache_control(response, no_store=True)
    return response


def blame(form: forms.Form, refused: Refused) -> None:
    """Say beside the fields of a form why it was refused."""
    for error in refused.errors:
        known = error["field"] in form.fields
        text = error["problem"] if known else f"{error['field']}: {error['problem']}"
        form.add_error(error["field"] if known else None, text)
    if not refused.errors:
        form.add_error(None, refused.detail)
