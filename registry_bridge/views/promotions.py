"""Promotions: the decision first, the evidence under it, and what was in use when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotFound
from registry_bridge import deciding, evidence, gates, promotion
from registry_bridge.models import Deployment, Promotion, RegisteredModel
from registry_bridge.views.links import Links
from reviewer.models import Policy
from reviewer.views.acts import act, reason, text

if TYPE_CHECKING:
    from projects.models import Project

PER_PAGE = 25
LONGEST_VERSION = 60
State = Promotion.State
STEPS = (
    (
        State.APPROVED,
        "Approved",
        "the new version is checked and started beside the old",
    ),
    (State.DEPLOYING, "Being deployed", "it must answer before any call reaches it"),
    (State.VERIFIED, "Verified", "the alias champion follows"),
    (State.DONE, "In use", ""),
)


@require_safe
def promotions(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    model = _model(who.project)
    found = _promotions(who.project)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": who.project,
        "model": model,
        "links": Links(model),
        "drifted": model is not None and promotion.has_drifted(model),
        "serving": _serving(who.project),
        "waiting": found.filter(state=State.PROPOSED).first(),
        "page": page,
        "reigns": _reigns(who.project),
        "may_lead": who.may(access.LEAD),
    }
    return render(request, "registry_bridge/promotions.html", context)


def _promotions(project: Project) -> Any:
    found = Promotion.objects.filter(project=project).defer("evidence")
    return found.select_related("proposed_by", "decided_by", "gate").order_by("-pk")


def _model(project: Project) -> RegisteredModel | None:
    models = RegisteredModel.objects.select_related("connection")
    return models.filter(project=project).first()


def _serving(project: Project) -> Deployment | None:
    in_service = Deployment.objects.filter(state=Deployment.State.IN_SERVICE)
    return in_service.filter(project=project).first()


def _reigns(project: Project) -> list[dict[str, Any]]:
    """What was in use when, and who decided it, the newest first."""
    carried_out = Promotion.objects.filter(
        project=project, state__in=(State.DONE, State.UNDONE)
    ).exclude(ended_at=None)
    rows = carried_out.defer("evidence").select_related("decided_by", "gate")
    found, until = [], None
    for each in rows.order_by("-ended_at", "-pk")[:50]:
        found.append({"promotion": each, "since": each.ended_at, "until": until})
        until = each.ended_at
    return found


@require_safe
def one(request: HttpRequest, slug: str, promotion_id: int) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = _promotion(who.project, promotion_id)
    model = _model(who.project)
    busy = _busy(who.project, found)
    gate = gates.settings_of(found.gate) if found.gate else {}
    context = {
        "project": who.project,
        "promotion": found,
        "model": model,
        "links": Links(model),
        "evidence": evidence.read(
            found.evidence, better_by=float(gate.get("by") or 0.0)
        ),
        "why_not": deciding.why_not_approve(found, model, who),
        "may_lead": who.may(access.LEAD),
        "may_roll_back": deciding.may_roll_back(found, model, who, busy=busy),
        "is_in_use": model is not None
        and found.state == State.DONE
        and model.champion == found.to_version,
        "ahead": _ahead(found),
        "policy": _policy_then(found),
        "undone_by": found.undone_by.select_related("decided_by").first(),
    }
    return render(request, "registry_bridge/promotion.html", context)


def _policy_then(found: Promotion) -> int | None:
    """The version of the policy that routed when this was proposed."""
    before = Policy.objects.filter(
        project=found.project_id, created_at__lte=found.proposed_at
    )
    return before.order_by("-version").values_list("version", flat=True).first()


def _promotion(project: Project, promotion_id: int) -> Promotion:
    rows = Promotion.objects.select_related(
        "proposed_by", "decided_by", "gate", "training__snapshot", "undoes"
    )
    found = rows.filter(project=project, pk=promotion_id).first()
    if found is None:
        raise NotFound("There is no such promotion in this project.")
    return found


def _busy(project: Project, found: Promotion) -> bool:
    if found.state != State.DONE:
        return False
    under_way = Promotion.objects.filter(project=project)
    return under_way.filter(state__in=Promotion.UNDER_WAY).exists()


def _ahead(found: Promotion) -> list[tuple[str, str]]:
    """The steps that still follow, for one that is being carried out."""
    if not found.is_under_way:
        return []
    at = next(index for index, step in enumerate(STEPS) if step[0] == found.state)
    return [(name, words) for _, name, words in STEPS[at + 1 :]]


def _page(slug: str, promotion_id: int) -> str:
    return reverse("promotion", args=[slug, promotion_id])


@act(_page)
def approve(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    promotion.approve(found, by=who.user, reason=reason(request))
    return f"Approved. Version {found.to_version} is deployed, verified and then named champion."


@act(_page)
def refuse(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    promotion.refuse(found, by=who.user, reason=reason(request))
    return f"Refused. Version {found.from_version or 'none'} stays in use."


@act(_page)
def roll_back(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    promotion.roll_back(found, by=who.user, reason=reason(request))
    return f"Rolling back to version {found.from_version}."


def _list(slug: str, **_named: object) -> str:
    return reverse("promotions", args=[slug])


@act(_list)
def propose(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    version = text(request, "version", LONGEST_VERSION)
    made = promotion.propose(who.project, version, by=who.user, reason=reason(request))
    return f"Version {made.to_version} is proposed. Another lead must approve it."


@act(_list)
def install(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    version = text(request, "version", LONGEST_VERSION)
    made = promotion.install(who.project, version, by=who.user, reason=reason(request))
    return f"Version {made.to_version} is being put in use."
