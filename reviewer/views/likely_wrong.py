"""Likely wrong labels first: for adjudicators and leads, with the way to an expert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import access
from reviewer import csv_files, likely_wrong
from reviewer.views.acts import act

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from reviewer.likely_wrong import Likely

COLUMNS = (
    *("task", "label", "model_said", "model", "confidence", "support"),
    *("posterior", "source", "settled_at", "with_an_expert"),
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    who = access.member(request, slug, access.ADJUDICATE)
    found = likely_wrong.of_project(who.project)
    if request.GET.get("format") == "csv":
        return csv_files.answer(f"{slug}-likely-wrong", COLUMNS, _rows(found))
    context = {
        "project": who.project,
        "found": found,
        "looked": likely_wrong.LOOKED,
        "most": likely_wrong.MOST,
        "leads": who.may(access.LEAD),
    }
    return render(request, "reviewer/likely_wrong.html", context)


def _rows(found: list[Likely]) -> Iterator[list[Any]]:
    for each in found:
        yield [
            *(each.task, each.label, each.said, each.model),
            *(each.confidence, each.support),
            "" if each.posterior is None else each.posterior,
            *(each.source, each.at.isoformat(), int(each.asked)),
        ]


def _page(slug: str, *_more: object, **_named: object) -> str:
    return reverse("likely-wrong", args=[slug])


@act(_page)
def to_expert(request: HttpRequest, slug: str, task_id: int) -> str:
    who = access.member(request, slug, access.ADJUDICATE)
    likely_wrong.to_expert(who.project, task_id, by=who)
    return _("Task %(task)s waits for an expert.") % {"task": task_id}
