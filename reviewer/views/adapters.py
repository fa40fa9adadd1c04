"""The adapter of an endpoint: written, tried on a sample, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from labeling import versions, yaml_text
from projects import access, stamps
from projects.refused import DoesNotFit, FieldProblem, NotFound, Refused
from projects.views.page import blame
from projects.written import Unreadable, Written
from reviewer import adapters
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from projects.access import Member
    from reviewer.adapters import Tried

LONGEST_TEXT = 20_000
LONGEST_SAMPLE = 1_000_000


class AdapterForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Adapter"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 16, "class": "code", "spellcheck": "false"}
        ),
        help_text=gettext_lazy(
            "YAML, as under “adapter” in project.yaml. A place is one of {json: path}, "
            "{csv: column}, {body: text} and {base64: image/png}."
        ),
    )
    sent = forms.CharField(
        label=gettext_lazy("Sample: what the model was sent"),
        max_length=LONGEST_SAMPLE,
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 5, "class": "code", "spellcheck": "false"}
        ),
        help_text=gettext_lazy(
            "The body of a request, or a whole line of a Data Capture file; the next "
            "field then stays empty."
        ),
    )
    answered = forms.CharField(
        label=gettext_lazy("Sample: what it answered"),
        max_length=LONGEST_SAMPLE,
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "code", "spellcheck": "false"}
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Shown, tried (nothing is kept) or kept, as the button says."""
    who = access.member(request, slug, access.LEAD)
    endpoint = _find(who, name)
    text = yaml_text.write(endpoint.adapter or _example(endpoint))
    if request.method != "POST":
        return _show(request, who, endpoint, AdapterForm(initial={"text": text}))
    # another page may hand over a sample alone
    data = {"text": text, **request.POST.dict()}
    form = AdapterForm(data)
    tried: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            if request.POST.get("step") == "save":
                return _keep(request, who, endpoint, form)
            tried = _try_out(endpoint, form)
        except Refused as refused:
            blame(form, refused)
    status = 422 if form.errors else 200
    return _show(request, who, endpoint, form, tried=tried, status=status)


def _find(who: Member, name: str) -> Endpoint:
    found = Endpoint.objects.filter(project=who.project, name=name)
    endpoint = found.select_related("project", "schema").first()
    if endpoint is None:
        raise NotFound("There is no such endpoint in this project.")
    return endpoint


def _keep(
    request: HttpRequest, who: Member, endpoint: Endpoint, form: forms.Form
) -> HttpResponse:
    stamps.require(request.POST.get(stamps.FIELD), endpoint.adapter)
    section, written = _read(form)
    try:
        adapters.keep(endpoint, section, who.user)
    except DoesNotFit as unfit:
        raise _placed(unfit, written) from unfit
    messages.success(
        request, _("The adapter is kept. It reads what comes from now on.")
    )
    return redirect("endpoint-adapter", who.project.slug, endpoint.name)


def _try_out(endpoint: Endpoint, form: forms.Form) -> list[dict[str, Any]]:
    section, written = _read(form)
    sent, answered = form.cleaned_data["sent"], form.cleaned_data["answered"]
    if not sent.strip():
        problem = _("Paste a sample to try it on.")
        raise DoesNotFit(problem, errors=[FieldProblem(field="sent", problem=problem)])
    try:
        return [
            _told(each) for each in adapters.try_out(endpoint, section, sent, answered)
        ]
    except DoesNotFit as unfit:
        raise _placed(unfit, written) from unfit


def _read(form: forms.Form) -> tuple[object, Written]:
    try:
        written = yaml_text.read(form.cleaned_data["text"])
    except Unreadable as error:
        raise DoesNotFit(
            str(error), errors=[FieldProblem(field="text", problem=str(error))]
        ) from error
    return written.data, written


def _placed(unfit: DoesNotFit, written: Written) -> DoesNotFit:
    """Each problem with the line of its key, beside the text."""
    problems = [
        FieldProblem(
            field="text",
            problem=_("line %(line)d: %(field)s %(problem)s")
            % {"line": written.line(each["field"]), **each},
        )
        for each in unfit.errors
    ]
    return DoesNotFit(unfit.detail, errors=problems)


def _told(tried: Tried) -> dict[str, Any]:
    """One prediction of the sample, as the page shows it."""
    refused = tried.outcome if isinstance(tried.outcome, Refused) else None
    row = None if tried.row is None else msgspec.to_builtins(tried.row)
    return {
        "refused": refused,
        "outcome": tried.outcome,
        "read": yaml_text.write(_short(row)) if row else "",
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """What was read; a picture by its beginning."""
    kept = ("inference_id", "model", "input", "output", "group", "occurred_at")
    found = {key: row[key] for key in kept if row.get(key)}
    found["input"] = {
        key: f"{value[:200]}…" if isinstance(value, str) and len(value) > 200 else value
        for key, value in row["input"].items()
    }
    return found


def _example(endpoint: Endpoint) -> dict[str, Any]:
    """An adapter for what a JSON endpoint of this schema may look like."""
    version = versions.latest(endpoint.schema_id)
    questions = versions.questions(version.pk) if version else ()
    fields = versions.fields(version.pk) if version else ()
    labels = [label.id for label in questions[0].labels] if questions else []
    said: dict[str, Any] = {"value": {"json": "predictions[0].value"}}
    if labels:
        said = {
            "probabilities": {"json": "predictions[0].probabilities"},
            "scores": "as_they_are",
            "classes": labels,
        }
    if len(questions) > 1:
        said = {"question": questions[0].id, **said}
    places = {each.name: {"json": f"instances[0].{each.name}"} for each in fields}
    model = {"name": endpoint.name, "version": "1"}
    return {"model": model, "input": {"fields": places}, "output": said}


def _show(
    request: HttpRequest,
    who: Member,
    endpoint: Endpoint,
    form: forms.Form,
    *,
    tried: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": who.project,
        "endpoint": endpoint,
        "form": form,
        "stamp": stamps.of(endpoint.adapter),
        "tried": tried,
        "kept": endpoint.adapter is not None,
    }
    return render(request, "reviewer/adapter.html", context, status=status)
