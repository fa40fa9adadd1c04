"""The settings of a project: its name, how long it keeps things, its outside systems."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings as configured
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from projects import access, retention, settings
from projects.access import Member
from projects.models import Connection
from projects.refused import NotAllowed
from projects.retention import LONGEST_DAYS, Retention
from projects.views.page import show


class ProjectForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def _days(label: str, hint: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        label=gettext_lazy(label),
        help_text=gettext_lazy(hint),
    )


class RetentionForm(forms.Form):
    predictions = _days(
        gettext_noop("Days for predictions that nobody looked at"),
        gettext_noop(
            "What was drawn or answered is evidence and stays; the counts stay too."
        ),
    )
    payloads = _days(
        gettext_noop("Days for inputs"),
        gettext_noop(
            "Their content is blanked once no task waits for it; answers and numbers stay."
        ),
    )
    drafts = _days(
        gettext_noop("Days for drafts"),
        gettext_noop("Unfinished answers. Those of settled tasks always go."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads look, owners change."""
    who = access.member(request, slug, access.LEAD)
    project = who.project
    form = ProjectForm(
        request.POST or None,
        initial={"name": project.name, "description": project.description},
    )
    if request.method == "POST":
        if not who.may(access.OWN):
            raise NotAllowed("Only owners change the settings.")
        if form.is_valid():
            settings.describe(project, by=who.user, **form.cleaned_data)
            messages.success(request, _("Kept."))
            return redirect("project-settings", slug)
    return _page(request, who, form=form)


@require_POST
def keep_for(request: HttpRequest, slug: str) -> HttpResponse:
    """How long predictions, inputs and drafts are kept."""
    who = access.member(request, slug, access.OWN)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, who, retention_form=form)
    retention.change(who.project, Retention(**form.cleaned_data), by=who.user)
    said = _("Kept: %(kept)s.") % {"kept": retention.of(who.project)}
    messages.success(request, said)
    return redirect("project-settings", slug)


def _page(request: HttpRequest, who: Member, **forms_: forms.Form) -> HttpResponse:
    project = who.project
    kept = retention.of(project)
    context: dict[str, Any] = {
        "form": ProjectForm(
            initial={"name": project.name, "description": project.description}
        ),
        "retention_form": RetentionForm(
            initial={
                "predictions": kept.predictions,
                "payloads": kept.payloads,
                "drafts": kept.drafts,
            }
        ),
        **forms_,
        "kept": kept,
        "removed": retention.removed_last(project),
        "night": f"{configured.NIGHT_HOUR:02}:00 UTC",
        "connections": Connection.objects.filter(project=project).order_by("name"),
    }
    wrong = any(form.errors for form in forms_.values())
    return show(request, "settings.html", who, context, 422 if wrong else 200)
