"""The page of gates: what starts a training or a proposal by itself, and what holds one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from projects import access, stamps
from projects.refused import Malformed, Refused
from registry_bridge import gate_forms, gate_writing, gates
from registry_bridge.gate_writing import ACTIONS
from registry_bridge.models import RegisteredModel
from reviewer.views.acts import LONGEST_REASON, TOLD_ON_THE_PAGE, reason

if TYPE_CHECKING:
    from projects.access import Member

Written = list[dict[str, Any]]
NEW: Final = "is_new"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.LEAD)
    if request.method != "POST":
        written = gate_writing.written(who.project)
        return _show(request, who, written, stamps.of(written))
    access.require_person(who)
    step = request.POST.get("step", "save")
    if step not in ("save", "add"):
        raise Malformed("step is save or add.")
    wanted = gate_forms.read(request.POST.dict())
    shown = request.POST.get(stamps.FIELD)
    if step == "add":
        return _show(request, who, [*wanted, *_added(request)], shown)
    return _save(request, who, wanted, shown)


def _added(request: HttpRequest) -> Written:
    """Nothing is kept before it is saved."""
    when = request.POST.get("when", "")
    if when not in ACTIONS:
        return []
    return [{"name": when.replace("_", "-"), "when": when, NEW: True}]


def _save(
    request: HttpRequest, who: Member, wanted: Written, shown: str | None
) -> HttpResponse:
    try:
        gate_writing.change(
            who.project,
            wanted,
            by=who.user,
            reason=reason(request),
            shown=shown,
        )
    except Refused as refused:
        if refused.status not in TOLD_ON_THE_PAGE:
            raise
        return _show(request, who, wanted, shown, refused)
    messages.success(request, _("These gates hold from the next look on."))
    return redirect("gates", slug=who.project.slug)


def _show(
    request: HttpRequest,
    who: Member,
    wanted: Written,
    shown: str | None,
    refused: Refused | None = None,
) -> HttpResponse:
    problems: Sequence[Any] = refused.errors if refused else ()
    looks = gates.last_looks(who.project)
    checks = {gate.name: check for gate, check in looks if check}
    context = {
        "project": who.project,
        "model": RegisteredModel.objects.filter(project=who.project).first(),
        "sections": gate_forms.write(wanted, problems, checks),
        "conditions": gate_forms.conditions(),
        "stamp": shown or "",
        "reason": request.POST.get("reason", "")[:LONGEST_REASON],
        "refused": refused,
        "told": gate_forms.told(wanted, problems),
    }
    status = refused.status if refused else 200
    return render(request, "registry_bridge/gates.html", context, status=status)
