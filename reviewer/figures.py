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
from reviewer import people, quality, scorecards, tallies
from reviewer.measuring import LabelQuality
from reviewer.models import Figures, Prediction
from reviewer.rollups import answers
from reviewer.stats.estimates import NotEnough, from_json
from reviewer.stats.reliability import Point

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.people import Known
    from reviewer.quality import Agreement, Made, VersionQuality
    from reviewer.scorecards import Scorecard

# Drawn items and answers that are added up while somebody waits: about 0.1 s.
LIVE_ROWS: Final = 10_000
# What else takes that long: estimates of a version with answers enough take as long as so
# many rows, and confidences are read as counts, so many predictions to a row.
ESTIMATED: Final = 2_000
ENOUGH_DRAWN: Final = 50
PREDICTIONS_A_ROW: Final = 200
# Seconds between two looks; and of one's time, one part in so many goes into figures.
PACE: Final = 10
PART: Final = 30
# With time alone, tasks become overdue and windows move on.
OLDEST: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(minutes=10)
FORGOTTEN: Final = timedelta(days=30)
MAKE: Final = "reviewer.figures.make"
# Of what is kept; older ones count as not computed yet.
SHAPE: Final = 4


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


def of_cards(project: Project, at: datetime, days: int | None) -> list[Scorecard]:
    """Of reviewers only."""
    sent = quality.made(project, quality.begin_of(at, days))
    kept = _kept(project, at, days, sent)
    if kept is None:
        return scorecards.of_project(project, at, days)
    return _cards(project, _body(kept))


def of_people(
    project: Project, at: datetime, days: int | None
) -> tuple[dict[int, Known], datetime | None]:
    """What is known of each person, and the time it is of; None means now."""
    sent = quality.made(project, quality.begin_of(at, days))
    kept = _kept(project, at, days, sent)
    if kept is None:
        return people.of_project(project, at, days), None
    if kept.people is None or kept.rests_on[:1] != [SHAPE]:
        raise StillCounting("Ask again in a few seconds.", retry_after=PACE)
    return people.read(kept.people), kept.made_at


def _body(kept: Figures) -> dict[str, Any]:
    if kept.body is None or kept.rests_on[:1] != [SHAPE]:
        raise StillCounting("Ask again in a few seconds.", retry_after=PACE)
    body: dict[str, Any] = kept.body
    return body


def _kept(
    project: Project, at: datetime, days: int | None, sent: Sequence[Made]
) -> Figures | None:
    """What the worker keeps of a window that is too much to add up now."""
    given = answers.of_project(project.pk, quality.begin_of(at, days))
    if given + sum(map(_rows_of, sent)) <= LIVE_ROWS:
        return None
    found, _ = Figures.objects.defer("people").get_or_create(
        project=project, days=days or 0, defaults={"asked_at": at, "next_at": at}
    )
    if found.asked_at < at - timedelta(hours=1):
        Figures.objects.filter(pk=found.pk).update(asked_at=at)
    return found


def _rows_of(made: Made) -> int:
    """As many rows as take the time that the figures of one version take."""
    estimated = ESTIMATED if made.drawn >= ENOUGH_DRAWN else 0
    return made.drawn + estimated + made.n // PREDICTIONS_A_ROW


def ask() -> None:
    """Every few seconds: have figures computed where something changed, one run for each."""
    at = timezone.now()
    Figures.objects.filter(asked_at__lt=at - FORGOTTEN).delete()
    due = Figures.objects.filter(next_at__lte=at).defer("body", "people")
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
    known = people.of_project(kept.project, at, kept.days or None)
    took = time.perf_counter() - started
    Figures.objects.filter(pk=kept.pk).update(
        body=body,
        people=people.kept(known),
        made_at=at,
        took=took,
        rests_on=newest,
        next_at=at + timedelta(seconds=max(PACE, PART * took)),
    )


def _newest(project: int) -> list[int | None]:
    """Their shape, and numbers of the newest rows they rest on, each found by index."""
    drawn = Prediction.objects.drawn_blind().filter(project=project)
    gold = Gold.objects.filter(project=project)
    newest = (drawn, gold, Annotation.objects.all())
    return [SHAPE, *(rows.aggregate(newest=Max("pk"))["newest"] for rows in newest)]


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
                "estimate": from_json(each["estimate"]),
                "corrected": each["corrected"] and from_json(each["corrected"]),
                "calibration": from_json(each["calibration"]),
                "curve": _curve(each["curve"]),
                "labels": tuple(map(_label, each["labels"])),
                "first_at": datetime.fromisoformat(each["first_at"]),
                "last_at": datetime.fromisoformat(each["last_at"]),
            }
        )
        for each in body["versions"]
    ]


def _curve(kept: Mapping[str, Any] | Sequence[Any]) -> tuple[Point, ...] | NotEnough:
    if isinstance(kept, Mapping):
        return NotEnough(**kept)
    return msgspec.convert(kept, tuple[Point, ...])


def _label(kept: Mapping[str, Any]) -> LabelQuality:
    numbers = (from_json(kept[name]) for name in ("precision", "recall", "f1"))
    return LabelQuality(kept["label"], *numbers)


def _agreement(body: Mapping[str, Any]) -> Agreement:
    kept = body["agreement"]
    return quality.Agreement(from_json(kept["blind"]), from_json(kept["shown"]))


def _cards(project: Project, body: Mapping[str, Any]) -> list[Scorecard]:
    kept = msgspec.convert(body["tallies"], list[tuple[int, tallies.Tally]])
    return scorecards.cards(project, dict(kept))
