"""Tokens of a project's programs: listed, made (the secret is shown once), revoked."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from projects import access, tokens
from projects.access import Member
from projects.models import Role, Token
from projects.refused import NotFound
from projects.views.page import show, show_once

MOST_ENDED = 50


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("What uses it, such as the name of an endpoint."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Role.choices, initial=Role.ENDPOINT
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Works for"),
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("a year")),
        ],
        initial=365,
        coerce=int,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    if request.method != "POST":
        return _show(request, who, TokenForm())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, who, form, status=422)
    token, secret = tokens.make(
        who.project,
        role=form.cleaned_data["role"],
        name=form.cleaned_data["name"],
        by=who.user,
        expires_at=timezone.now() + timedelta(days=form.cleaned_data["days"]),
    )
    context = {
        "title": _("Token %(name)s") % {"name": token.name},
        "text": _(
            "Give it to the program and keep it nowhere else: it is not shown again. "
            "Programs send it as “Authorization: Bearer …”."
        ),
        "secret": secret,
        "back": "tokens",
    }
    return show_once(request, who, context)


def _show(
    request: HttpRequest, who: Member, form: TokenForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    found = list(
        Token.objects.filter(project=who.project).select_related("user").order_by("-pk")
    )
    valid = [token for token in found if token.is_valid(now)]
    ended = [token for token in found if not token.is_valid(now)][:MOST_ENDED]
    context = {"valid": valid, "ended": ended, "form": form}
    return show(request, "tokens.html", who, context, status)


@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    token = Token.objects.filter(project=who.project, pk=pk).first()
    if token is None:
        raise NotFound("There is no such token in this project.")
    tokens.revoke(token, by=who.user)
    said = _("The token %(name)s no longer works.")
    messages.success(request, said % {"name": token.name})
    return redirect("tokens", slug)
