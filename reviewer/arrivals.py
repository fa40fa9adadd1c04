"""What endpoints sent lately: taken in, routed, refused and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Max

from reviewer import dead_letters
from reviewer.models import DeadLetter, Endpoint, Prediction
from reviewer.rollups import intake
from reviewer.rollups.hours import begin

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.rollups.intake import Sent

HOURS = (24, 24 * 7)


class Refusals(NamedTuple):
    code: str
    n: int
    last_at: datetime


@dataclass(frozen=True)
class Arrivals:
    """One endpoint in a window."""

    endpoint: Endpoint
    received: int
    accepted: int
    review: int
    audit: int
    repeats: int
    last_at: datetime | None
    refusals: tuple[Refusals, ...]

    @property
    def routed(self) -> int:
        return self.review + self.audit

    @property
    def share_routed(self) -> float | None:
        return self.routed / self.received if self.received else None

    @property
    def refused(self) -> int:
        return sum(each.n for each in self.refusals)


@dataclass(frozen=True)
class Letter:
    """A refused row as people read it; whole: it can be mended and sent again."""

    pk: int
    inference_id: str
    code: str
    detail: str
    row: str
    whole: bool
    at: datetime


def of_endpoints(
    endpoints: Sequence[Endpoint], at: datetime, hours: int
) -> list[Arrivals]:
    """Each endpoint's window of whole hours, in the order given; nothing is recounted."""
    since = begin(at, hours)
    sent: dict[int, list[Sent]] = defaultdict(list)
    for each in intake.since([endpoint.pk for endpoint in endpoints], since):
        sent[each.endpoint].append(each)
    refused = _refused(endpoints, since)
    return [
        _arrivals(endpoint, sent[endpoint.pk], tuple(refused.get(endpoint.name, ())))
        for endpoint in endpoints
    ]


def _arrivals(
    endpoint: Endpoint, sent: Sequence[Sent], refusals: tuple[Refusals, ...]
) -> Arrivals:
    def count(verdict: str) -> int:
        return sum(each.n for each in sent if each.verdict == verdict)

    return Arrivals(
        endpoint=endpoint,
        received=sum(each.n for each in sent),
        accepted=count(Prediction.Verdict.ACCEPTED),
        review=count(Prediction.Verdict.REVIEW),
        audit=count(Prediction.Verdict.AUDIT),
        repeats=sum(each.n for each in sent if each.repeats),
        last_at=max((each.last_at for each in sent), default=None),
        refusals=refusals,
    )


def _refused(
    endpoints: Sequence[Endpoint], since: datetime
) -> dict[str, list[Refusals]]:
    projects = {endpoint.project_id for endpoint in endpoints}
    letters = DeadLetter.objects.filter(project__in=projects, created_at__gte=since)
    grouped = letters.values_list("endpoint", "code").annotate(
        n=Count("pk"), last=Max("created_at")
    )
    found: dict[str, list[Refusals]] = defaultdict(list)
    for endpoint, code, n, last in grouped.order_by("-n"):
        found[endpoint].append(Refusals(code, n, last))
    return found


def letters(
    project: Project, endpoint: str | None = None, most: int = 20
) -> list[Letter]:
    """The rows refused last; without an endpoint, those that named none of this project."""
    found = DeadLetter.objects.filter(project=project)
    if endpoint is None:
        names = Endpoint.objects.filter(project=project).values("name")
        found = found.exclude(endpoint__in=names)
    else:
        found = found.filter(endpoint=endpoint)
    return [_as_read(each) for each in found.order_by("-pk")[:most]]


def _as_read(each: DeadLetter) -> Letter:
    try:
        row, whole = (
            json.dumps(json.loads(each.row), indent=2, ensure_ascii=False),
            True,
        )
    except ValueError:
        # cut off since it was long, or never JSON
        row, whole = each.row, False
    return Letter(
        pk=each.pk,
        inference_id=each.inference_id,
        code=each.code,
        detail=each.detail,
        row=row,
        whole=whole,
        at=each.created_at,
    )


def letters_are_full(project: Project) -> bool:
    """Only so many refused rows are kept: counts may then be too low."""
    return DeadLetter.objects.filter(project=project).count() >= dead_letters.KEPT


def endpoints_of(project: Project) -> list[Endpoint]:
    found = Endpoint.objects.filter(project=project).select_related("schema")
    return list(found.order_by("name"))
