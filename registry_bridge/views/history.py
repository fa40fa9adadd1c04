"""The history of models in use: a page to print, and a file with all of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from projects import access
from registry_bridge import history
from reviewer import csv_files

MOST = 200
# Kept for programs and auditors: the same words whatever language who asks has chosen.
COLUMNS = (
    *("version", "from", "until", "kind", "proposed_by", "decided_by", "reason"),
    *("evidence", "rule", "promotion", "training", "snapshot_sha256"),
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    reigns = history.reigns(who.project, MOST + 1)
    seen = history.seen(who.project, MOST + 1)
    context = {
        "project": who.project,
        "reigns": reigns[:MOST],
        "seen": seen[:MOST],
        "most": MOST,
        "more": max(len(reigns), len(seen)) > MOST,
    }
    return render(request, "registry_bridge/history.html", context)


@require_safe
def file(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    who = access.member(request, slug, access.READ_RESULTS)
    with translation.override("en"):
        # read here, not while it is sent: the language is another one by then
        rows = [list(map(str, _row(reign))) for reign in history.reigns(who.project)]
    return csv_files.answer(f"{slug}-models-in-use", COLUMNS, rows)


def _row(reign: history.Reign) -> Iterator[object]:
    done = reign.promotion
    yield from (done.to_version, reign.since.isoformat())
    yield from (reign.until.isoformat() if reign.until else "", done.kind)
    yield from (done.proposer, done.decider, done.reason, reign.evidence, done.rule)
    training = done.training.job_name if done.training else ""
    yield from (done.pk, training, reign.snapshot)
