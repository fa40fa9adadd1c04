"""A drift that a lead should look at now: of what a version says, or of how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from projects.news import News
from reviewer import trends
from reviewer.models import VersionPeriod
from reviewer.templatetags.figures import coefficient

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project, User

Unit = VersionPeriod.Unit


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """A line for each version whose newest day, or this week, is marked on its page.

    It goes once neither is: after four weeks the new ways are what is usual.
    """
    told: dict[tuple[int, str, str], News] = {}
    for each in _marked(projects, timezone.now()):
        told.setdefault(trends.version_of(each), _line(each))
    return list(told.values())


def _marked(projects: Sequence[Project], at: datetime) -> Iterator[VersionPeriod]:
    """Days before weeks; of a version's days the newest of which something can be said."""
    seen = set()
    for each in _recent(projects, at):
        key = (each.unit, *trends.version_of(each))
        if key not in seen and _can_be_judged(each):
            seen.add(key)
            if _drifts(each):
                yield each


def _can_be_judged(each: VersionPeriod) -> bool:
    return "psi" in each.labels or "psi" in each.confidence


def _recent(projects: Sequence[Project], at: datetime) -> list[VersionPeriod]:
    today = at.astimezone(UTC).date()
    yesterday, week = (
        today - trends.LENGTH[Unit.DAY],
        trends.period_of(Unit.WEEK, today),
    )
    recent = Q(unit=Unit.DAY, begin__gte=yesterday)
    recent |= Q(unit=Unit.WEEK, begin=week.begin)
    rows = VersionPeriod.objects.filter(recent, endpoint__project__in=projects)
    return list(
        rows.select_related("endpoint__project").order_by("unit", "-begin", "pk")
    )


def _drifts(each: VersionPeriod) -> list[str]:
    """What of it: names of its fields."""
    return [
        name
        for name in ("labels", "confidence")
        if trends.alarms(getattr(each, name), each.unit)
    ]


def _line(each: VersionPeriod) -> News:
    drifts = _drifts(each)
    project = each.endpoint.project
    title = _("What %(model)s %(version)s says has changed")
    if drifts == ["confidence"]:
        title = _("How sure %(model)s %(version)s is has changed")
    return News(
        project=project,
        title=title % {"model": each.model_name, "version": each.model_version},
        words=_words(each, getattr(each, drifts[0])),
        url=f"{reverse('quality-time', args=[project.slug])}?unit={each.unit}",
        at=trends.midnight(each.begin),
        tone="warn",
        state=_("Drift"),
    )


def _words(each: VersionPeriod, found: dict[str, float]) -> str:
    said = _("On %(day)s, against the four weeks before: PSI %(psi)s, %(chance)s.")
    if each.unit == Unit.WEEK:
        said = _(
            "In the week of %(day)s, against the four before: PSI %(psi)s, %(chance)s."
        )
    chance = _("by chance to %(limit)s, n %(n)s") % {
        "limit": coefficient(found["psi_limit"]),
        "n": f"{found['n']:,}",
    }
    told = {"psi": coefficient(found["psi"]), "day": date_format(each.begin, "j M")}
    look = _("See whether inputs or the model changed, and whether accuracy fell.")
    return f"{said % {**told, 'chance': chance}} {look}"
