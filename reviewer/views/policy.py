"""The routing policy: what it does in words, who changed it when and why, and a new version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from projects import access
from projects.refused import FieldProblem, Malformed, Refused
from reviewer import policies_in_use, policy_versions
from reviewer.views.acts import TOLD_ON_THE_PAGE, reason

if TYPE_CHECKING:
    from projects.access import Member
    from reviewer.models import Policy


@dataclass
class Draft:
    """What somebody typed, kept on the page until it fits."""

    text: str
    reason: str = ""
    based_on: int = 0
    title: str = ""
    problems: list[FieldProblem] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    ability = access.LEAD if request.method == "POST" else access.READ_RESULTS
    who = access.member(request, slug, ability)
    active = policies_in_use.active(who.project)
    if request.method != "POST":
        return _show(request, who, active, _draft_of(active))
    draft = _typed(request)
    try:
        saved = _save(request, who, draft)
    except Refused as refused:
        if refused.status not in TOLD_ON_THE_PAGE:
            raise
        draft.title, draft.problems = refused.title, list(refused.errors)
        if not draft.problems:
            draft.problems = [FieldProblem(field="", problem=refused.detail)]
        return _show(request, who, active, draft, status=refused.status)
    messages.success(request, f"{saved} routes new predictions from now on.")
    return redirect("policy", slug=slug)


def _save(request: HttpRequest, who: Member, draft: Draft) -> Policy:
    rules = policy_versions.read(draft.text)
    why = reason(request)
    return policy_versions.keep(
        who.project, rules, by=who.user, reason=why, based_on=draft.based_on
    )


def _typed(request: HttpRequest) -> Draft:
    based_on = request.POST.get("based_on", "0")
    if not (based_on.isascii() and based_on.isdecimal() and len(based_on) < 9):
        raise Malformed("based_on is the number of the version that was edited.")
    text = request.POST.get("rules", "").replace("\r\n", "\n")
    return Draft(text, request.POST.get("reason", ""), int(based_on))


def _draft_of(active: Policy | None) -> Draft:
    if active is None:
        return Draft(EXAMPLE)
    return Draft(policy_versions.as_yaml(active), based_on=active.version)


# What a project without a policy starts from.
EXAMPLE = """\
audit: 0.02
rules:
  - name: The model is unsure
    when:
      confidence_below: 0.8
blind:
  review: 0.2
  audit: 1
"""


def _show(
    request: HttpRequest,
    who: Member,
    active: Policy | None,
    draft: Draft,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": who.project,
        "active": active,
        "rules": policies_in_use.read(active) if active else None,
        "sentences": policy_versions.in_words(active) if active else [],
        "history": policy_versions.history(who.project),
        "draft": draft,
        "may_edit": who.may(access.LEAD),
    }
    return render(request, "reviewer/policy.html", context, status=status)
