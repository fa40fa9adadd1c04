"""Return on review: minutes of work for each mistake put right, by queue and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects import access, replica
from reviewer import csv_files, worth
from reviewer.trends_shown import number_cells
from reviewer.views.quality import WINDOWS, window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from reviewer.worth import Worth

COLUMNS = (
    *("queue", "rule", "audit", "tasks", "hours", "mistakes"),
    *("minutes_per_mistake", "low", "high", "n", "missing"),
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    who = access.member(request, slug, access.READ_RESULTS)
    chosen = window(request)
    with replica.results():
        found = worth.of_project(who.project, timezone.now(), WINDOWS[chosen])
    if request.GET.get("format") == "csv":
        return csv_files.answer(f"{slug}-return-on-review", COLUMNS, _rows(found))
    context = {
        "project": who.project,
        "found": found,
        "looked": worth.LOOKED,
        "window": chosen,
        "windows": WINDOWS,
    }
    return render(request, "reviewer/worth.html", context)


def _rows(found: list[Worth]) -> Iterator[list[Any]]:
    for each in found:
        yield [
            *(each.queue, each.rule, int(each.audit), each.tasks),
            *(each.hours, each.mistakes),
            *number_cells(each.minutes),
        ]
