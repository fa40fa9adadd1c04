"""Snapshots: gold frozen under a digest, and freezing what there is now."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from projects.refused import NotFound
from registry_bridge import evidence, publishing, snapshots, tracing
from registry_bridge.models import RegisteredModel, Snapshot
from registry_bridge.views.links import Links
from reviewer.views.acts import act

PER_PAGE = 25


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    found = Snapshot.objects.filter(project=who.project).select_related("created_by")
    context = {
        "project": who.project,
        "model": RegisteredModel.objects.filter(project=who.project).first(),
        "page": Paginator(found.order_by("-pk"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "may_lead": who.may(access.LEAD),
    }
    return render(request, "registry_bridge/snapshots.html", context)


@require_safe
def one(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    rows = Snapshot.objects.select_related("created_by", "previous")
    found = rows.filter(project=who.project, pk=snapshot_id).first()
    if found is None:
        raise NotFound("There is no such snapshot in this project.")
    models = RegisteredModel.objects.select_related("connection")
    context = {
        "project": who.project,
        "snapshot": found,
        "links": Links(models.filter(project=who.project).first()),
        "excluded": evidence.left_out(found),
        "reviewers": tracing.reviewers(found),
        "withdrawals": tracing.withdrawals(found),
        "may_lead": who.may(access.LEAD),
        "trainings": found.trainings.defer("evidence", "log_tail").order_by("-pk"),
    }
    return render(request, "registry_bridge/snapshot.html", context)


@require_safe
def file(
    request: HttpRequest, slug: str, snapshot_id: int, name: str
) -> HttpResponseRedirect:
    """One of its files, by an address of the object store that ends soon."""
    who = access.member(request, slug, access.READ_RESULTS)
    found = Snapshot.objects.filter(project=who.project, pk=snapshot_id).first()
    address = publishing.address_of(found, name) if found else None
    if address is None:
        raise NotFound("There is no such file, or it is not written yet.")
    return HttpResponseRedirect(address)


def _list(slug: str) -> str:
    return reverse("snapshots", args=[slug])


@act(_list)
def freeze(request: HttpRequest, slug: str) -> str:
    who = access.member(request, slug, access.LEAD)
    frozen = snapshots.freeze(who.project, who.user)
    said = _("%(snapshot)s holds %(rows)s rows: %(train)s to train, %(test)s to test.")
    said %= {
        "snapshot": frozen,
        "rows": intcomma(frozen.rows),
        "train": intcomma(frozen.train),
        "test": intcomma(frozen.test),
    }
    return f"{said} {_what_is_different(frozen)}".strip()


def _what_is_different(frozen: Snapshot) -> str:
    if not frozen.difference:
        return ""
    counts = {name: intcomma(n) for name, n in frozen.difference.items()}
    said = _(
        "Beside the one before, %(gone)s rows are gone, %(new)s are new and %(changed)s "
        "have another value."
    )
    return said % counts
