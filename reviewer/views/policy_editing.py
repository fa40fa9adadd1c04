"""The editor of a policy: form or text, what it would come to, what differs, and saving it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labeling.text_diff import lines
from projects import access, written
from projects.refused import Malformed, Refused
from reviewer import (
    policies_in_use,
    policy_forms,
    policy_versions,
    shadows,
)
from reviewer.replaying import shown
from reviewer.views.acts import LONGEST_REASON, TOLD_ON_THE_PAGE, number, reason

if TYPE_CHECKING:
    from projects.access import Member
    from projects.models import Project
    from reviewer.models import Policy

LARGEST = 2**31 - 1


class Told(TypedDict):
    """What is wrong: the key, and in a text its line."""

    field: str
    problem: str
    line: int | None


@dataclass
class Draft:
    """What somebody wrote, kept on the page until it is saved."""

    how: str
    text: str
    based_on: int
    # None: they are no policy yet.
    rules: dict[str, Any] | None = None
    # What the form shows: of a text only once it is a policy.
    fields: dict[str, Any] | None = None
    reason: str = ""
    title: str = ""
    problems: list[Told] = field(default_factory=list)


# What a project without a policy starts from.
EXAMPLE: dict[str, Any] = {
    "audit": 0.02,
    "rules": [{"name": "The model is unsure", "when": {"confidence_below": 0.8}}],
    "blind": {"review": 0.2, "audit": 1},
}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    active = policies_in_use.active(who.project)
    if request.method != "POST":
        return _show(request, who, active, _begun(active))
    draft = _typed(request)
    step = _STEPS.get(request.POST.get("step", "preview"))
    if step is None:
        raise Malformed("step is preview, save or shadow.")
    return step(request, who, active, draft)


def _begun(active: Policy | None) -> Draft:
    rules = active.rules if active else EXAMPLE
    version = active.version if active else 0
    return Draft("form", policy_versions.written(rules), version, rules, rules)


def _typed(request: HttpRequest) -> Draft:
    """Form or text, whichever was worked on; the other one follows from it."""
    # a page whose text was no policy has no form
    is_form = request.POST.get("how") == "form" and "audit" in request.POST
    how = "form" if is_form else "text"
    text = request.POST.get("text", "").replace("\r\n", "\n")
    draft = Draft(how, text, number(request, "based_on", 0, LARGEST))
    draft.reason = request.POST.get("reason", "")[:LONGEST_REASON]
    if how == "form":
        draft.fields = policy_forms.read(request.POST.dict())
        draft.text = policy_versions.written(draft.fields)
    try:
        draft.rules = policy_versions.read(draft.text)
        draft.fields = draft.rules
    except Refused as refused:
        _blame(draft, refused)
    return draft


def _blame(draft: Draft, refused: Refused) -> None:
    draft.title = refused.title
    found = refused.errors or [{"field": "", "problem": refused.detail}]
    where = None if draft.how == "form" else _lines(draft.text)
    draft.problems += [
        Told(
            field=each["field"],
            problem=each["problem"],
            line=where.line(each["field"])
            if where and each["field"] in where.lines
            else None,
        )
        for each in found
    ]


def _lines(text: str) -> written.Written | None:
    try:
        return written.read(text, aliases=False)
    except written.Unreadable:
        # the problem itself names the line then
        return None


def _preview(
    request: HttpRequest, who: Member, active: Policy | None, draft: Draft
) -> HttpResponse:
    return _show(request, who, active, draft)


def _save(
    request: HttpRequest, who: Member, active: Policy | None, draft: Draft
) -> HttpResponse:
    if draft.rules is None:
        return _show(request, who, active, draft, status=422)
    try:
        saved = policy_versions.keep(
            who.project,
            draft.rules,
            by=who.user,
            reason=reason(request),
            based_on=draft.based_on,
            in_browser=True,
        )
    except policy_versions.ChangedMeanwhile as changed:
        return _join(request, who, draft, changed)
    except Refused as refused:
        return _refused(request, who, active, draft, refused)
    said = _("%(policy)s routes new predictions from now on.")
    messages.success(request, said % {"policy": saved})
    return redirect("policy", slug=who.project.slug)


def _shadow(
    request: HttpRequest, who: Member, active: Policy | None, draft: Draft
) -> HttpResponse:
    if draft.rules is None:
        return _show(request, who, active, draft, status=422)
    try:
        shadows.begin(who.project, draft.rules, by=who.user, reason=reason(request))
    except Refused as refused:
        return _refused(request, who, active, draft, refused)
    said = _("It is counted beside the policy in use from now on, without effect.")
    messages.success(request, said)
    return redirect("policy-shadow", slug=who.project.slug)


_STEPS = {"preview": _preview, "save": _save, "shadow": _shadow}


def _refused(
    request: HttpRequest,
    who: Member,
    active: Policy | None,
    draft: Draft,
    refused: Refused,
) -> HttpResponse:
    if refused.status not in TOLD_ON_THE_PAGE:
        raise refused
    _blame(draft, refused)
    return _show(request, who, active, draft, status=refused.status)


def _join(
    request: HttpRequest, who: Member, draft: Draft, changed: Refused
) -> HttpResponse:
    """Somebody saved meanwhile: what they changed; saving again then is knowing it."""
    newest = policies_in_use.active(who.project)
    base = who.project.policies.filter(version=draft.based_on).first()
    theirs = None
    if newest is not None:
        before = policy_versions.as_yaml(base) if base else ""
        theirs = lines(before, policy_versions.as_yaml(newest))
        draft.based_on = newest.version
    _blame(draft, changed)
    return _show(request, who, newest, draft, status=409, theirs=theirs)


def _show(
    request: HttpRequest,
    who: Member,
    active: Policy | None,
    draft: Draft,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    before = policy_versions.as_yaml(active) if active else ""
    replay = (
        shown.of_rules(who.project, draft.rules, active, timezone.now())
        if draft.rules is not None
        else {"stale": True}
    )
    context = {
        "project": who.project,
        "active": active,
        "draft": draft,
        "number": draft.based_on + 1,
        "form": _form(who.project, draft.fields),
        "differences": lines(before, draft.text),
        "shadow": shadows.in_force(who.project),
        **replay,
        **more,
    }
    return render(request, "reviewer/policy_edit.html", context, status=status)


def _form(
    project: Project, fields: dict[str, Any] | None
) -> policy_forms.Fields | None:
    if fields is None:
        return None
    return policy_forms.write(fields, policy_forms.labels_of(project))
