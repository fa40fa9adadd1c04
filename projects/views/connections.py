"""Makes, changes and removes a connection; a stored secret is replaced, never shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from projects import access, connections
from projects.access import Member
from projects.connections import Wanted
from projects.models import Connection
from projects.refused import NotFound, Refused
from projects.views.page import blame, show


class ConnectionForm(forms.Form):
    name = forms.SlugField(label=gettext_lazy("Name"), max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Connection.Kind.choices
    )
    uri = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "https://mlflow.example.org, the ARN of a managed MLflow, or s3://bucket/folder; "
            "empty for this machine."
        ),
    )
    options = forms.JSONField(
        label=gettext_lazy("Options"),
        required=False,
        initial=dict,
        help_text=gettext_lazy(
            "As JSON, such as {“region”: “eu-central-1”}. Nothing secret."
        ),
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "mono", "spellcheck": "false"}
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        required=False,
        help_text=gettext_lazy(
            "One “name = value” a line. It is stored encrypted and never shown "
            "again. Left empty, a stored secret stays as it is."
        ),
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "mono", "autocomplete": "off"}
        ),
    )
    forget = forms.BooleanField(
        required=False, label=gettext_lazy("Forget the stored secret")
    )

    def clean_options(self) -> dict[str, Any]:
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict):
            raise forms.ValidationError(_("It must be a JSON object, {…}."))
        return options

    def clean_secret(self) -> dict[str, str] | None:
        lines = [line for line in self.cleaned_data["secret"].splitlines() if line]
        pairs = [line.partition("=") for line in lines]
        if not all(name.strip() and sign for name, sign, _ in pairs):
            raise forms.ValidationError(_("Each line must be “name = value”."))
        return {name.strip(): value.strip() for name, _, value in pairs} or None


class ChangeForm(ConnectionForm):
    """Name and kind stay: others rely on them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"], self.fields["kind"]


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    form = ConnectionForm(request.POST or None)
    del form.fields["forget"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = _wanted(given, name=given["name"], kind=given["kind"])
        try:
            connections.make(who.project, wanted, by=who.user)
        except Refused as refused:
            blame(form, refused)
        else:
            said = _("The connection %(name)s is made.")
            messages.success(request, said % {"name": wanted.name})
            return redirect("project-settings", slug)
    status = 422 if form.errors else 200
    return show(request, "connection.html", who, {"form": form}, status)


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    connection = _find(who, pk)
    form = ChangeForm(
        request.POST or None,
        initial={"uri": connection.uri, "options": connection.options},
    )
    if request.method == "POST" and form.is_valid():
        wanted = _wanted(form.cleaned_data, name=connection.name, kind=connection.kind)
        try:
            connections.change(connection, wanted, by=who.user)
        except Refused as refused:
            blame(form, refused)
        else:
            said = _("The connection %(name)s is kept.")
            messages.success(request, said % {"name": connection.name})
            return redirect("project-settings", slug)
    context = {"form": form, "connection": connection}
    return show(request, "connection.html", who, context, 422 if form.errors else 200)


@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    connection = _find(who, pk)
    connections.remove(connection, by=who.user)
    said = _("The connection %(name)s is removed.")
    messages.success(request, said % {"name": connection.name})
    return redirect("project-settings", slug)


def _wanted(given: dict[str, Any], *, name: str, kind: str) -> Wanted:
    secret = {} if given.get("forget") else given["secret"]
    return Wanted(name, kind, given["uri"].strip(), given["options"], secret)


def _find(who: Member, pk: int) -> Connection:
    found = Connection.objects.filter(project=who.project, pk=pk).first()
    if found is None:
        raise NotFound("There is no such connection in this project.")
    return found
