"""What endpoints sent lately: taken in, routed, refused and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Max

from projects.recent import first_id
from reviewer import dead_letters
from reviewer.models import DeadLetter, Endpoint, Prediction

if TYPE_CHECKING:
    from projects.models import Project

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
    """Each endpoint's window, in the order given; two counts and a look-up, no scan."""
    since = at - timedelta(hours=hours)
    first = first_id(Prediction, "received_at", since)
    sent = Prediction.objects.filter(
        endpoint__in=endpoints, pk__gte=first, received_at__gte=since
    )
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    last: dict[int, datetime] = {}
    grouped = sent.values_list("endpoint", "verdict", "repeats")
    for endpoint, verdict, repeats, n, at_ in grouped.annotate(
        n=Count("pk"), last=Max("received_at")
    ):
        counts[endpoint][verdict] += n
        counts[endpoint]["repeats"] += n if repeats else 0
        last[endpoint] = max(last.get(endpoint, at_), at_)
    refused = _refused(endpoints, since)
    return [
        Arrivals(
            endpoint=endpoint,
            received=sum(
                counts[endpoint.pk][verdict] for verdict in Prediction.Verdict
            ),
            accepted=counts[endpoint.pk]["accepted"],
            review=counts[endpoint.pk]["review"],
            audit=counts[endpoint.pk]["audit"],
            repeats=counts[endpoint.pk]["repeats"],
            last_at=last.get(endpoint.pk),
            refusals=tuple(refused.get(endpoint.name, ())),
        )
        for endpoint in endpoints
    ]


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
