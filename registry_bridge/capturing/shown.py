"""What people see of an endpoint's sources: how far they are, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q, Sum

from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource

if TYPE_CHECKING:
    from reviewer.models import Endpoint

State = CaptureFile.State
MOST: Final = 20
SHORT: Final = 1_000


@dataclass(frozen=True)
class Refusal:
    """A record that was kept aside; `sample`: it can be tried on the adapter's page."""

    where: str
    line: int
    code: str
    reason: str
    raw: str
    sample: str
    at: datetime


@dataclass(frozen=True)
class Shown:
    """One source, counted."""

    source: CaptureSource
    files: int
    waiting: int
    taken: int
    repeated: int
    refused: int
    failed: int
    # Files that were not read, or not wholly taken, and can be tried again.
    again: int
    refusals: tuple[Refusal, ...]
    troubled: tuple[CaptureFile, ...]

    @property
    def may_try_again(self) -> bool:
        return self.again > 0


def of_endpoint(endpoint: Endpoint) -> list[Shown]:
    found = CaptureSource.objects.filter(endpoint=endpoint)
    return [_shown(each) for each in found.select_related("connection").order_by("pk")]


def _shown(source: CaptureSource) -> Shown:
    files = CaptureFile.objects.filter(source=source)
    counts = files.aggregate(
        files=Count("pk"),
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        taken=Sum("taken", default=0),
        repeated=Sum("repeated", default=0),
        failed=Count("pk", filter=Q(state=State.FAILED)),
        again=Count("pk", filter=CaptureFile.TO_TRY_AGAIN),
    )
    troubled = files.filter(CaptureFile.UNREAD | Q(state=State.FAILED)).order_by("-pk")
    refusals = CaptureRefusal.objects.filter(source=source)
    newest = refusals.select_related("file").order_by("-pk")[:MOST]
    return Shown(
        source=source,
        refused=refusals.count(),
        refusals=tuple(_refusal(source, each) for each in newest),
        troubled=tuple(troubled[:MOST]),
        **counts,
    )


def _refusal(source: CaptureSource, kept: CaptureRefusal) -> Refusal:
    captured = source.kind == CaptureSource.Kind.CAPTURE and kept.file_id
    return Refusal(
        where=kept.file.key if kept.file else "",
        line=kept.line + 1,
        code=kept.code,
        reason=kept.reason,
        raw=kept.raw[:SHORT],
        sample=kept.raw if captured else "",
        at=kept.at,
    )
