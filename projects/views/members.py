"""The people of a project: who they are, their roles, their leaving, new passwords."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from projects import access, accounts, invitations, members
from projects.access import Member
from projects.models import Membership
from projects.refused import NotAllowed, NotFound
from projects.views.page import show, show_once


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=members.ROLE_CHOICES)


class InviteForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("How others will see this person."),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=members.ROLE_CHOICES)


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.REVIEW)
    return show_members(request, who, InviteForm())


def show_members(
    request: HttpRequest, who: Member, form: InviteForm, status: int = 200
) -> HttpResponse:
    owns = who.may(access.OWN)
    waiting = invitations.waiting(who.project, timezone.now()) if owns else []
    context = {"members": members.of(who.project), "waiting": waiting, "form": form}
    return show(request, "members.html", who, context, status)


@require_safe
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.REVIEW)
    found = _find(who, pk)
    if found.user != who.user and not who.may(access.OWN):
        raise NotAllowed("Only owners change other members.")
    form = RoleForm(initial={"role": found.role})
    context = {"member": found, "form": form, "myself": found.user == who.user}
    return show(request, "member.html", who, context)


@require_POST
def change_role(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    found, form = _find(who, pk), RoleForm(request.POST)
    if not form.is_valid():
        context = {"member": found, "form": form, "myself": found.user == who.user}
        return show(request, "member.html", who, context, status=422)
    members.change_role(found, form.cleaned_data["role"], by=who.user)
    said = _("%(user)s is now %(role)s.")
    named = {"user": found.user, "role": found.get_role_display()}
    messages.success(request, said % named)
    return redirect("members", slug)


@require_POST
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """An owner parts with somebody, or somebody leaves."""
    who = access.member(request, slug, access.REVIEW)
    found = _find(who, pk)
    if found.user != who.user and not who.may(access.OWN):
        raise NotAllowed("Only owners end the membership of others.")
    members.end(found, by=who.user)
    said = _("%(user)s has left %(project)s. Answers given stay.")
    messages.success(request, said % {"user": found.user, "project": who.project})
    return redirect("/") if found.user == who.user else redirect("members", slug)


@require_POST
def reset_password(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    found = _find(who, pk)
    link = request.build_absolute_uri(accounts.reset_link(found, by=who.user))
    context = {
        "title": _("A new password for %(user)s") % {"user": found.user},
        "text": _(
            "Hand this link to %(user)s yourself. Whoever opens it can sign in as this "
            "person. It works once, within a day, and is not shown again."
        )
        % {"user": found.user},
        "secret": link,
        "back": "members",
    }
    return show_once(request, who, context)


def _find(who: Member, pk: int) -> Membership:
    found = Membership.objects.active().filter(
        project=who.project, pk=pk, user__is_service=False
    )
    membership = found.select_related("user", "project").first()
    if membership is None:
        raise NotFound("There is no such member in this project.")
    return membership
