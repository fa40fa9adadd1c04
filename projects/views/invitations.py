"""Invites people, takes invitations back, and lets those who were invited in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
)

from projects import access, accounts, invitations
from projects.models import Invitation, User
from projects.refused import NotFound, Refused
from projects.views.members import InviteForm, show_members
from projects.views.page import blame, show_once

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("Username"),
        max_length=60,
        help_text=gettext_lazy(accounts.USERNAME_HELP),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        help_text=gettext_lazy(
            "At least 8 characters; not only digits, and not a common word."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("password") != given.get("again"):
            problem = _("The two passwords differ. Type them again.")
            self.add_error("again", problem)
        return given


@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show_members(request, who, form, status=422)
    invitation, code = invitations.invite(
        who.project,
        name=form.cleaned_data["name"],
        role=form.cleaned_data["role"],
        by=who.user,
    )
    context = {
        "title": _("Invitation for %(name)s") % {"name": invitation.name},
        "text": _(
            "Send this link to the person you invite. It makes one account, works "
            "once, for seven days, and is not shown again."
        ),
        "secret": request.build_absolute_uri(reverse("invitation", args=[code])),
        "back": "members",
    }
    return show_once(request, who, context)


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    invitation = Invitation.objects.filter(project=who.project, pk=pk).first()
    if invitation is None:
        raise NotFound("There is no such invitation in this project.")
    invitations.withdraw(invitation, by=who.user)
    said = _("The link for %(name)s no longer works.")
    messages.success(request, said % {"name": invitation.name})
    return redirect("members", slug)


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """For whoever holds the link: a new account, or the one that is signed in."""
    invitation = invitations.find(code, at=timezone.now())
    if isinstance(request.user, User):
        return _accept_as(request, invitation, request.user)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _make_account(invitation, form)
        if user:
            login(request, user, backend=BACKEND)
            return redirect(invitation.project)
    status = 422 if form.errors else 200
    context = {"invitation": invitation, "form": form}
    return render(request, "projects/invitation.html", context, status=status)


def _accept_as(
    request: HttpRequest, invitation: Invitation, user: User
) -> HttpResponse:
    if request.method != "POST":
        return render(request, "projects/invitation.html", {"invitation": invitation})
    invitations.accept_as(invitation, user)
    return redirect(invitation.project)


def _make_account(invitation: Invitation, form: AccountForm) -> User | None:
    try:
        return invitations.accept_as_new(
            invitation,
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
        )
    except accounts.UsernameTaken as refused:
        form.add_error("username", refused.detail)
    except Refused as refused:
        if not refused.errors:
            raise
        blame(form, refused)
    return None
