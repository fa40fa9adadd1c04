"""Quality, agreement and scorecards as pages show them: at once, however much there is.

Where little was drawn and answered they are of this moment. Where it is much, the worker
computes them when something changed, never for more than a small share of its time; they
are kept, and shown with the time they are of.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.db.models import Max
from django.utils import timezone
from django_q.tasks import async_task

from labeling.models import Annotation, Gold
from projects.refused import Refused
from reviewer import quality, scorecards, tallies
from reviewer.models import Figures, Prediction
from reviewer.rollups import answers
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.quality import Agreement, Made, Number, VersionQuality
    from reviewer.scorecards import Scorecard

# Drawn items and answers that are added up while somebody waits: about 0.1 s.
LIVE_ROWS: Final = 10_000
# Seconds between two looks; and of one's time, one part in so many goes into figures.
PACE: Final = 10
PART: Final = 30
# With time alone, tasks become overdue and windows move on.
OLDEST: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(minutes=10)
FORGOTTEN: Final = timedelta(days=30)
MAKE: Final = "reviewer.figures.make"


class StillCounting(Refused):
    code, status = "still_counting", 503
    title = "These figures are being computed for the first time"


@dataclass(frozen=True)
class Shown:
    """What pages and programs are told; `as_of`: None means now."""

    versions: list[VersionQuality]
    agreement: Agreement
    cards: list[Scorecard]
    as_of: datetime | None


def of_project(project: Project, at: datetime, days: int | None) -> Shown:
    """All figures of a window; StillCounting until there are some."""
    sent = quality.made(project, quality.begin_of(at, days))
    kept = _kept(project, at, days, sent)
    if kept is None:
        return Shown(
            quality.of_versions(project, at, days, sent),
            quality.of_people(project, at, days),
            scorecards.of_project(project, at, days),
            as_of=None,
        )
    body = _body(kept)
    return Shown(_versions(body), _agreement(body), _cards(project, body), kept.made_at)


def of_versions(
    project: Project, at: datetime, days: int | None
) -> tuple[list[VersionQuality], datetime | None]:
    """Of model versions only, and the time they are of; None means now."""
    sent = quality.made(project, quality.begin_of(at, days))
    kept = _kept(project, at, days, sent)
    if kept is None:
        return quality.of_versions(project, at, days, sent), None
    return _versions(_body(kept)), kept.made_at


def _body(kept: Figures) -> dict[str, Any]:
    if kept.body is None:
        raise StillCounting("Ask again in a few seconds.", retry_after=PACE)
    body: dict[str, Any] = kept.body
    return body


def _kept(
    project: Project, at: datetime, days: int | None, sent: Sequence[Made]
) -> Figures | None:
    """What the worker keeps of a window that is too much to add up now."""
    drawn = sum(each.drawn for each in sent)
    given = answers.of_project(project.pk, quality.begin_of(at, days))
    if drawn + given <= LIVE_ROWS:
        return None
    found, _ = Figures.objects.get_or_create(
        project=project, days=days or 0, defaults={"asked_at": at, "next_at": at}
    )
    if found.asked_at < at - timedelta(hours=1):
        Figures.objects.filter(pk=found.pk).update(asked_at=at)
    return found


def ask() -> None:
    """Every few seconds: have figures computed where something changed, one run for each."""
    at = timezone.now()
    Figures.objects.filter(asked_at__lt=at - FORGOTTEN).delete()
    due = Figures.objects.filter(next_at__lte=at).defer("body")
    for each in due.order_by("next_at"):
        changed = each.rests_on != _newest(each.project_id)
        fresh = each.made_at is not None and each.made_at > at - OLDEST
        wait = LONGEST if changed or not fresh else timedelta(seconds=PACE)
        # whoever moves it ahead has it; one that is killed is taken again after a while
        taken = Figures.objects.filter(pk=each.pk, next_at=each.next_at)
        if taken.update(next_at=at + wait) and wait == LONGEST:
            async_task(MAKE, each.pk, save=False)


def make(figures_id: int) -> None:
    """Compute the figures of one window and keep them."""
    kept = Figures.objects.select_related("project").filter(pk=figures_id).first()
    if kept is None:
        return
    at, started = timezone.now(), time.perf_counter()
    newest = _newest(kept.project_id)
    body = _computed(kept.project, at, kept.days or None)
    took = time.perf_counter() - started
    Figures.objects.filter(pk=kept.pk).update(
        body=body,
        made_at=at,
        took=took,
        rests_on=newest,
        next_at=at + timedelta(seconds=max(PACE, PART * took)),
    )


def _newest(project: int) -> list[int | None]:
    """Numbers of the newest rows that figures rest on, each found by index."""
    drawn = Prediction.objects.filter(
        project=project, verdict__in=("review", "audit"), blind=True, repeats=False
    )
    gold = Gold.objects.filter(project=project)
    newest = (drawn, gold, Annotation.objects.all())
    return [rows.aggregate(newest=Max("pk"))["newest"] for rows in newest]


def _computed(project: Project, at: datetime, days: int | None) -> dict[str, Any]:
    found = tallies.of_project(project, quality.begin_of(at, days))
    body: dict[str, Any] = msgspec.to_builtins(
        {
            "versions": quality.of_versions(project, at, days),
            "agreement": quality.of_people(project, at, days),
            "tallies": list(found.items()),
        }
    )
    return body


def _versions(body: Mapping[str, Any]) -> list[VersionQuality]:
    return [
        quality.VersionQuality(
            **{
                **each,
                "version": quality.Version(*each["version"]),
                "estimate": _number(each["estimate"]),
                "labels": tuple(map(_label, each["labels"])),
                "first_at": datetime.fromisoformat(each["first_at"]),
                "last_at": datetime.fromisoformat(each["last_at"]),
            }
        )
        for each in body["versions"]
    ]


def _label(kept: Mapping[str, Any]) -> quality.LabelQuality:
    precision, recall = _number(kept["precision"]), _number(kept["recall"])
    return quality.LabelQuality(kept["label"], precision, recall)


def _number(kept: dict[str, Any]) -> Number:
    return NotEnough(**kept) if "missing" in kept else Estimate(**kept)


def _agreement(body: Mapping[str, Any]) -> Agreement:
    kept = body["agreement"]
    return quality.Agreement(_number(kept["blind"]), _number(kept["shown"]))


def _cards(project: Project, body: Mapping[str, Any]) -> list[Scorecard]:
    kept = msgspec.convert(body["tallies"], list[tuple[int, tallies.Tally]])
    return scorecards.cards(project, dict(kept))
