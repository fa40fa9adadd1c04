"""Whether a training may start by itself now; if not, why, and until when.

A lead may start one at any time: it is counted, and nothing here keeps them from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Sum
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects import audit
from registry_bridge import plans
from registry_bridge.models import Promotion, RegisteredModel, Study, Training

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.models import Project, User
    from registry_bridge.plans import Plan

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
# So many in a row that started by themselves and failed: a person has to look.
MOST_FAILURES: Final = 3


@dataclass(frozen=True, slots=True)
class Used:
    """How much of one limit is used. `free_at`: when the next is free; None: it is now."""

    words: str
    free_at: datetime | None = None


def why_not(model: RegisteredModel, at: datetime) -> list[str]:
    """Each reason why none may start by itself now, in words; [] when one may."""
    plan = plans.of(model)
    found = [*busy(model), *_cooling(model, plan, at)]
    found += [
        _("%(used)s The next may start %(at)s.")
        % {"used": each.words, "at": _when(each.free_at)}
        for each in used(model, at)
        if each.free_at is not None
    ]
    failures = failed_in_a_row(model)
    if failures >= MOST_FAILURES:
        found.append(
            _(
                "The last %(n)s trainings that started by themselves failed: none starts "
                "by itself until somebody has looked."
            )
            % {"n": failures}
        )
    return found


def busy(model: RegisteredModel) -> Iterator[str]:
    """One training at a time; and none while the last is studied or waits for a lead."""
    if Training.objects.under_way().filter(project=model.project_id).exists():
        yield _("A training is under way.")
    if Promotion.objects.open().filter(project=model.project_id).exists():
        yield _("A promotion is not decided or carried out yet.")
    studies = Study.objects.filter(project=model.project_id)
    if studies.filter(state=Study.State.RUNNING).exists():
        yield _("A study of the last challenger is running.")


def _cooling(model: RegisteredModel, plan: Plan, at: datetime) -> Iterator[str]:
    if plan.cool_down_hours is None:
        return
    newest = _all(model).order_by("-pk").values_list("ended_at", flat=True)
    last = newest.first()
    if last is None:
        return
    until = last + timedelta(hours=plan.cool_down_hours)
    if at < until:
        yield ngettext(
            "It rests until %(until)s: cool-down of one hour after the last training.",
            "It rests until %(until)s: cool-down of %(n)s hours after the last training.",
            plan.cool_down_hours,
        ) % {"until": _when(until), "n": plan.cool_down_hours}


def used(model: RegisteredModel, at: datetime) -> list[Used]:
    """What is used of each limit that there is."""
    plan, found = plans.of(model), []
    if plan.most_a_week is not None:
        words = _("%(n)s of %(most)s trainings of the last 7 days are used.")
        found.append(_counted(model, at - WEEK, WEEK, plan.most_a_week, words))
    if plan.most_a_month is not None:
        words = _("%(n)s of %(most)s trainings of the last 30 days are used.")
        found.append(_counted(model, at - MONTH, MONTH, plan.most_a_month, words))
    if plan.most_hours_a_month is not None:
        found.append(_timed(model, at - MONTH, plan.most_hours_a_month))
    return found


def _counted(
    model: RegisteredModel, begin: datetime, span: timedelta, most: int, words: str
) -> Used:
    started = _all(model).filter(created_at__gte=begin).order_by("-created_at")
    n = started.count()
    said = words % {"n": n, "most": most}
    if n < most:
        return Used(said)
    # free once so many of them are too old to count
    return Used(said, started.values_list("created_at", flat=True)[most - 1] + span)


def _timed(model: RegisteredModel, begin: datetime, most: int) -> Used:
    started = _all(model).filter(created_at__gte=begin, seconds__isnull=False)
    hours = (started.aggregate(all=Sum("seconds"))["all"] or 0.0) / 3600
    said = _("%(n)s of %(most)s training hours of the last 30 days are used.") % {
        "n": formats.number_format(hours, 1),
        "most": most,
    }
    if hours < most:
        return Used(said)
    return Used(said, _freed(started, hours - most))


def _freed(started: QuerySet[Training], over: float) -> datetime | None:
    """When enough of the oldest are too old to count."""
    oldest = started.order_by("created_at").values_list("created_at", "seconds")
    for created_at, seconds in oldest:
        over -= (seconds or 0.0) / 3600
        if over < 0:
            return created_at + MONTH
    return None


def failed_in_a_row(model: RegisteredModel) -> int:
    """The newest that started by themselves and failed, since a person last had to do with it."""
    ended = _all(model).filter(pk__gt=model.looked_at, ended_at__isnull=False)
    n = 0
    for each in ended.order_by("-pk").only("state", "started_by")[:MOST_FAILURES]:
        if each.state != Training.State.FAILED or each.started_by_id is not None:
            break
        n += 1
    return n


@transaction.atomic
def looked(project: Project, by: User) -> None:
    """A person has looked at why trainings failed: the next may start by itself."""
    found = RegisteredModel.objects.select_for_update(no_key=True)
    model = found.filter(project=project).first()
    newest = _all(model).order_by("-pk").first() if model else None
    if model is None or newest is None or newest.pk <= model.looked_at:
        return
    RegisteredModel.objects.filter(pk=model.pk).update(looked_at=newest.pk)
    audit.record("failed trainings looked at", project, newest.job_name, by=by)


def _all(model: RegisteredModel) -> QuerySet[Training]:
    return Training.objects.filter(project=model.project_id)


def _when(at: datetime | None) -> str:
    if at is None:
        return _("later")
    return _("%(time)s UTC") % {
        "time": formats.date_format(at, "SHORT_DATETIME_FORMAT")
    }
