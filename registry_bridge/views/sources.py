"""Sources of an endpoint: what is read from where, how far it is, what was refused."""

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
from django.views.decorators.http import require_http_methods

from projects import access
from projects.models import Connection
from projects.refused import DoesNotFit, NotFound, Refused
from projects.views.page import blame
from registry_bridge.capturing import shown, sources
from registry_bridge.models import CaptureSource
from reviewer.models import Endpoint
from reviewer.views.acts import act

if TYPE_CHECKING:
    from projects.access import Member

# As the field of the form is called, and as project.yaml calls it.
NAMES = {"uri": "from"}


class SourceForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is there"), choices=CaptureSource.Kind.choices
    )
    uri = forms.CharField(
        label=gettext_lazy("Folder"),
        max_length=sources.LONGEST,
        help_text=gettext_lazy(
            "s3://bucket/prefix. Of Data Capture: the destination with the endpoint’s "
            "name; of asynchronous inference and Batch Transform: the output’s."
        ),
    )
    connection = forms.ChoiceField(
        label=gettext_lazy("Connection"),
        required=False,
        help_text=gettext_lazy("Without one, with the role of this service."),
    )
    queue = forms.CharField(
        label=gettext_lazy("Queue"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "The URL of an SQS queue that is told of new files, for this service alone. "
            "Without it they are found by listing, within a minute or two."
        ),
    )
    inputs = forms.CharField(
        label=gettext_lazy("Inputs of a Batch Transform"),
        max_length=sources.LONGEST,
        required=False,
        help_text=gettext_lazy("Where they lie, if not beside the outputs."),
    )
    joined = forms.BooleanField(
        label=gettext_lazy("Outputs of the Batch Transform hold their inputs"),
        required=False,
    )

    def __init__(self, who: Member, *given: Any) -> None:
        super().__init__(*given)
        found = Connection.objects.filter(project=who.project, kind__in=sources.KINDS)
        names = [(each, each) for each in found.values_list("name", flat=True)]
        field = self.fields["connection"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        field.choices = [("", _("none")), *names]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    endpoint = _endpoint(who, name)
    if request.method != "POST":
        return _show(request, who, endpoint, SourceForm(who))
    form = SourceForm(who, request.POST)
    if form.is_valid():
        try:
            sources.add(endpoint, _wanted(form), who.user)
        except Refused as refused:
            blame(form, refused)
        else:
            messages.success(request, _("It is being read. Look again in a moment."))
            return redirect("endpoint-sources", slug, name)
    return _show(request, who, endpoint, form, status=422)


def _wanted(form: SourceForm) -> sources.Wanted:
    given = {NAMES.get(key, key): value for key, value in form.cleaned_data.items()}
    wanted, problems = sources.read(given)
    if problems:
        back = {key: name for name, key in NAMES.items()}
        errors = [
            {**each, "field": back.get(each["field"], each["field"])}
            for each in problems
        ]
        raise DoesNotFit("The source cannot be read like this.", errors=errors)  # type: ignore[arg-type]
    return wanted


def _endpoint(who: Member, name: str) -> Endpoint:
    found = Endpoint.objects.filter(project=who.project, name=name)
    endpoint = found.select_related("project").first()
    if endpoint is None:
        raise NotFound("There is no such endpoint in this project.")
    return endpoint


def _show(
    request: HttpRequest,
    who: Member,
    endpoint: Endpoint,
    form: SourceForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": who.project,
        "endpoint": endpoint,
        "sources": shown.of_endpoint(endpoint),
        "form": form,
        "at": timezone.now(),
    }
    return render(request, "registry_bridge/sources.html", context, status=status)


def _back(slug: str, name: str, **_named: object) -> str:
    return reverse("endpoint-sources", args=[slug, name])


def _source(
    request: HttpRequest, slug: str, name: str, source_id: int
) -> tuple[Member, CaptureSource]:
    who = access.member(request, slug, access.LEAD)
    return who, sources.one(_endpoint(who, name), source_id)


@act(_back)
def stop(request: HttpRequest, slug: str, name: str, source_id: int) -> str:
    who, source = _source(request, slug, name, source_id)
    sources.stop(source, who.user)
    return _("%(source)s is read no further. What was taken in stays.") % {
        "source": source
    }


@act(_back)
def resume(request: HttpRequest, slug: str, name: str, source_id: int) -> str:
    who, source = _source(request, slug, name, source_id)
    sources.resume(source, who.user)
    return _("%(source)s is read on from where it stopped.") % {"source": source}


@act(_back)
def again(request: HttpRequest, slug: str, name: str, source_id: int) -> str:
    who, source = _source(request, slug, name, source_id)
    count = sources.try_again(source, who.user)
    if not count:
        return _("There is nothing to try again.")
    said = ngettext(
        "%(count)d file is tried again.", "%(count)d files are tried again.", count
    )
    return said % {"count": count}
