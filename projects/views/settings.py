"""The settings of a project: its name, and which outside systems it is connected to."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from projects import access, settings
from projects.models import Connection
from projects.refused import NotAllowed
from projects.views.page import show


class ProjectForm(forms.Form):
    name = forms.CharField(max_length=120)
    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
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
            messages.success(request, "Kept.")
            return redirect("project-settings", slug)
    connections = Connection.objects.filter(project=project).order_by("name")
    context = {"form": form, "connections": connections}
    return show(request, "settings.html", who, context, 422 if form.errors else 200)
