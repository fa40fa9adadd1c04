"""Promotions: the decision first, the evidence under it, and what was in use when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotFound
from registry_bridge import (
    approving,
    costing,
    deciding,
    evidence,
    evidence_more,
    gates,
    history,
    promotion,
    rolling_back,
    sliced,
    watched,
)
from registry_bridge.models import Deployment, Promotion, RegisteredModel
from registry_bridge.views.links import Links
from reviewer import csv_files
from reviewer.models import Policy
from reviewer.views.acts import act, reason, text

if TYPE_CHECKING:
    from projects.models import Project

PER_PAGE = 25
MOST_REIGNS = 10
PEOPLE = ("proposed_by", "decided_by", "ruled_by", "gate")
LONGEST_VERSION = 60
State = Promotion.State
# Where each state leads; the canary only where there is one.
STEPS = (
    (
        State.APPROVED,
        gettext_lazy("Checked"),
        gettext_lazy("the registry must still name what was expected"),
    ),
    (
        State.BESIDE,
        gettext_lazy("Beside the old version"),
        gettext_lazy("it must answer before any call reaches it"),
    ),
    (
        State.CANARY,
        gettext_lazy("Canary"),
        gettext_lazy("it gets a share of the calls, and is watched"),
    ),
    (
        State.DEPLOYING,
        gettext_lazy("Being deployed"),
        gettext_lazy("it gets all calls once it answers"),
    ),
    (
        State.VERIFIED,
        gettext_lazy("Verified"),
        gettext_lazy("the alias champion follows"),
    ),
    (State.DONE, gettext_lazy("In use"), ""),
)
ON_TRIAL = (State.BESIDE, State.CANARY)


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
        "reigns": history.reigns(who.project, MOST_REIGNS),
        "may_lead": who.may(access.LEAD),
    }
    return render(request, "registry_bridge/promotions.html", context)


def _promotions(project: Project) -> Any:
    found = Promotion.objects.filter(project=project).defer("evidence")
    return found.select_related(*PEOPLE).order_by("-pk")


def _model(project: Project) -> RegisteredModel | None:
    models = RegisteredModel.objects.select_related("connection", "project")
    return models.filter(project=project).first()


def _serving(project: Project) -> Deployment | None:
    in_service = Deployment.objects.filter(state=Deployment.State.IN_SERVICE)
    return in_service.filter(project=project).first()


@require_safe
def one(request: HttpRequest, slug: str, promotion_id: int) -> HttpResponseBase:
    who = access.member(request, slug, access.READ_RESULTS)
    found = _promotion(who.project, promotion_id)
    if request.GET.get("format") == "csv":
        rows = evidence_more.rows(found.evidence)
        return csv_files.answer(f"promotion-{found.pk}", evidence_more.COLUMNS, rows)
    model = _model(who.project)
    busy = _busy(who.project, found)
    gate = gates.settings_of(found.gate) if found.gate else {}
    context = {
        "project": who.project,
        "promotion": found,
        "approvals": found.approvals.select_related("by").order_by("pk"),
        "approvals_needed": approving.needed(found, model) if model else 1,
        "model": model,
        "links": Links(model),
        "evidence": evidence.read(
            found.evidence, better_by=float(gate.get("by") or 0.0)
        ),
        "sliced": sliced.read(found.evidence, request.GET.get("slice", "")),
        "more": evidence_more.read(who.project, found.evidence),
        "why_not": deciding.why_not_approve(found, model, who),
        "may_lead": who.may(access.LEAD),
        "may_roll_back": deciding.may_roll_back(found, model, who, busy=busy),
        "is_in_use": model is not None
        and found.state == State.DONE
        and model.champion == found.to_version,
        "ahead": _ahead(found, model),
        "policy": _policy_then(found),
        "watched": watched.of(found),
        "cost": _cost(found, model),
        "undone_by": _undone_by(found),
    }
    return render(request, "registry_bridge/promotion.html", context)


def _cost(found: Promotion, model: RegisteredModel | None) -> costing.Cost | None:
    """Of a challenger that waits: what a lead should know before approving it."""
    waits = found.state == State.PROPOSED and found.kind == Promotion.Kind.PROMOTE
    if model is None or not waits:
        return None
    return costing.of_version(model, found.to_version, timezone.now())


def _policy_then(found: Promotion) -> int | None:
    """The version of the policy that routed when this was proposed."""
    before = Policy.objects.filter(
        project=found.project_id, created_at__lte=found.proposed_at
    )
    return before.order_by("-version").values_list("version", flat=True).first()


def _promotion(project: Project, promotion_id: int) -> Promotion:
    rows = Promotion.objects.select_related(
        *PEOPLE, "training__snapshot", "undoes", "aftercare"
    )
    found = rows.filter(project=project, pk=promotion_id).first()
    if found is None:
        raise NotFound("There is no such promotion in this project.")
    return found


def _undone_by(found: Promotion) -> Promotion | None:
    """The roll back of it, decided or waiting; one that was refused or failed is none."""
    ended = (State.REFUSED, State.FAILED)
    backs = found.undone_by.exclude(state__in=ended).select_related(*PEOPLE)
    return backs.order_by("-pk").first()


def _busy(project: Project, found: Promotion) -> bool:
    if found.state != State.DONE:
        return False
    under_way = Promotion.objects.filter(project=project)
    return under_way.filter(state__in=Promotion.UNDER_WAY).exists()


@dataclass(frozen=True)
class Step:
    """A step that still follows; `now`: the one that is under way."""

    name: str
    words: str
    now: bool


def _ahead(found: Promotion, model: RegisteredModel | None) -> list[Step]:
    """The steps under way and ahead, for one that is being carried out."""
    if not found.is_under_way:
        return []
    tried = model is not None and _is_tried(found, model)
    order = [step for step in STEPS if tried or step[0] not in ON_TRIAL]
    at = next(index for index, step in enumerate(order) if step[0] == found.state)
    return [
        Step(str(name), str(words), now=state == found.state)
        for state, name, words in order[at:]
    ]


def _is_tried(found: Promotion, model: RegisteredModel) -> bool:
    """Whether there is a canary, as far as it is known before it begins."""
    if found.state == State.APPROVED:
        may = found.kind == Promotion.Kind.PROMOTE and model.canary_percent > 0
        return may and model.target != RegisteredModel.Target.NONE
    return found.state in ON_TRIAL


def _page(slug: str, promotion_id: int) -> str:
    return reverse("promotion", args=[slug, promotion_id])


@act(_page)
def approve(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    decided = promotion.approve(found, by=who.user, reason=reason(request))
    if decided.state == State.PROPOSED:
        return _("Your approval is kept. Another lead must approve it too.")
    said = _(
        "Approved. Version %(version)s is deployed, verified and then named champion."
    )
    return said % {"version": found.to_version}


@act(_page)
def refuse(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    promotion.refuse(found, by=who.user, reason=reason(request))
    if not found.from_version:
        return _("Refused. Version none stays in use.")
    said = _("Refused. Version %(version)s stays in use.")
    return said % {"version": found.from_version}


@act(_page)
def roll_back(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    rolling_back.by_person(found, by=who.user, reason=reason(request))
    said = _("Rolling back to version %(version)s.")
    return said % {"version": found.from_version}


@act(_page)
def answer_again(request: HttpRequest, slug: str, promotion_id: int) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    found = _promotion(who.project, promotion_id)
    watched.try_again(found, by=who.user)
    said = _("Version %(version)s is asked again, from where it failed.")
    return said % {"version": found.from_version}


def _list(slug: str, **_named: object) -> str:
    return reverse("promotions", args=[slug])


@act(_list)
def propose(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    version = text(request, "version", LONGEST_VERSION)
    made = promotion.propose(who.project, version, by=who.user, reason=reason(request))
    said = _("Version %(version)s is proposed. Another lead must approve it.")
    return said % {"version": made.to_version}


@act(_list)
def install(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    access.require_person(who)
    version = text(request, "version", LONGEST_VERSION)
    made = promotion.install(who.project, version, by=who.user, reason=reason(request))
    said = _("Version %(version)s is being put in use.")
    return said % {"version": made.to_version}
