"""Webhooks of a project: where answers go by themselves, what arrived, what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from projects import access
from projects.refused import NotFound, Refused
from projects.views.page import blame, show_once
from reviewer.models import Webhook, WebhookDelivery
from reviewer.models.webhook import EVENTS, USUAL
from reviewer.views.acts import act, number
from reviewer.webhooks import hooks, overview
from reviewer.webhooks.hooks import Wanted

if TYPE_CHECKING:
    from projects.access import Member

ONCE = gettext_lazy(
    "Give it to the receiver and keep it nowhere else: it is not shown again. Messages "
    "are signed with it as Standard Webhooks says; every library for that can check them."
)


class ChangeForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy(
            "https://example.org/hooks. It is sent a POST for each message."
        ),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell of"),
        choices=[(name, name) for name in EVENTS],
        initial=list(USUAL),
        widget=forms.CheckboxSelectMultiple,
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Form of messages"),
        choices=Webhook.Format.choices,
        required=False,
        help_text=gettext_lazy(
            "Chat services take Slack’s; programs want the other. Both are signed."
        ),
    )


class NewForm(ChangeForm):
    name = forms.SlugField(label=gettext_lazy("Name"), max_length=60)
    field_order = ("name", "url", "events", "format")


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    if request.method != "POST":
        return _list(request, who, NewForm())
    who.require(access.OWN)
    form = NewForm(request.POST)
    if form.is_valid():
        try:
            webhook, secret = hooks.make(who.project, _wanted(form), by=who.user)
        except Refused as refused:
            blame(form, refused)
        else:
            return _secret(request, who, webhook, secret)
    return _list(request, who, form, status=422)


@require_safe
def one(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    webhook = _find(who, webhook_id)
    initial = {"url": webhook.url, "events": webhook.events, "format": webhook.format}
    return _show(request, who, webhook, ChangeForm(initial=initial))


@require_POST
def change(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    webhook = _find(who, webhook_id)
    form = ChangeForm(request.POST)
    if form.is_valid():
        try:
            hooks.change(webhook, _wanted(form, webhook.name), by=who.user)
        except Refused as refused:
            blame(form, refused)
        else:
            said = _("The webhook %(webhook)s is kept.")
            messages.success(request, said % {"webhook": webhook})
            return redirect("webhook", slug, webhook_id)
    return _show(request, who, webhook, form, status=422)


@require_POST
def rotate(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    who = access.member(request, slug, access.OWN)
    webhook = _find(who, webhook_id)
    secret = hooks.rotate(webhook, by=who.user, at=timezone.now())
    return _secret(request, who, webhook, secret)


def _page(slug: str, webhook_id: int, *_more: object, **_named: object) -> str:
    return reverse("webhook", args=[slug, webhook_id])


def _all(slug: str, *_more: object, **_named: object) -> str:
    return reverse("webhooks", args=[slug])


@act(_page)
def switch(request: HttpRequest, slug: str, webhook_id: int) -> str:
    who = access.member(request, slug, access.OWN)
    webhook, on = _find(who, webhook_id), request.POST.get("on") == "1"
    hooks.switch(webhook, by=who.user, on=on)
    if on:
        said = _("%(webhook)s is on: it tells of what happens from now on.")
    else:
        said = _("%(webhook)s is off. Nothing is sent, and nothing is collected.")
    return said % {"webhook": webhook}


@act(_all)
def remove(request: HttpRequest, slug: str, webhook_id: int) -> str:
    who = access.member(request, slug, access.OWN)
    webhook = _find(who, webhook_id)
    hooks.remove(webhook, by=who.user)
    return _("The webhook %(webhook)s is removed.") % {"webhook": webhook}


@act(_page)
def test(request: HttpRequest, slug: str, webhook_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    hooks.test(_find(who, webhook_id), by=who.user)
    return _(
        "A test message is on its way; load the page again to see what came of it."
    )


@act(_page)
def replay(request: HttpRequest, slug: str, webhook_id: int) -> str:
    """One dead letter, or all of them."""
    who = access.member(request, slug, access.LEAD)
    webhook, given = _find(who, webhook_id), request.POST.get("delivery")
    which = number(request, "delivery", 1, 2**62) if given else None
    count = hooks.replay(webhook, by=who.user, delivery=which)
    said = ngettext(
        "%(n)s message goes round again.", "%(n)s messages go round again.", count
    )
    return said % {"n": count}


def _wanted(form: forms.Form, name: str = "") -> Wanted:
    given = form.cleaned_data
    return Wanted(
        name=name or given["name"],
        url=given["url"].strip(),
        events=tuple(given["events"]),
        format=given["format"] or Webhook.Format.STANDARD,
    )


def _find(who: Member, pk: int) -> Webhook:
    found = Webhook.objects.select_related("project")
    webhook = found.filter(project=who.project, pk=pk).first()
    if webhook is None:
        raise NotFound("There is no such webhook in this project.")
    return webhook


def _secret(
    request: HttpRequest, who: Member, webhook: Webhook, secret: str
) -> HttpResponse:
    title = _("Secret of %(webhook)s") % {"webhook": webhook}
    context = {"title": title, "text": ONCE, "secret": secret, "back": "webhooks"}
    return show_once(request, who, context)


def _list(
    request: HttpRequest, who: Member, form: forms.Form, status: int = 200
) -> HttpResponse:
    context = {
        "project": who.project,
        "webhooks": overview.of_project(who.project),
        "owns": who.may(access.OWN),
        "form": form,
    }
    return render(request, "reviewer/webhooks.html", context, status=status)


def _show(
    request: HttpRequest,
    who: Member,
    webhook: Webhook,
    form: forms.Form,
    status: int = 200,
) -> HttpResponse:
    chosen = request.GET.get("state", "")
    context: dict[str, Any] = {
        "project": who.project,
        "webhook": webhook,
        "state": overview.of(webhook),
        "deliveries": overview.deliveries(webhook, chosen),
        "states": WebhookDelivery.State.choices,
        "chosen": chosen,
        "owns": who.may(access.OWN),
        "form": form,
        "at": timezone.now(),
    }
    return render(request, "reviewer/webhook.html", context, status=status)
