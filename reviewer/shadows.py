"""A policy in shadow: it decides nothing, and is counted beside the one in use, day by day.

Its decisions are computed when somebody looks, by replaying the predictions that came since
it began: intake decides once, and a draw is the same whoever computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction
from django.utils import timezone

from projects import audit
from projects.models import Project
from projects.refused import Conflict
from reviewer import policies, policies_in_use, policy_versions
from reviewer.models import ShadowPolicy
from reviewer.replaying import deciding, knowing, window
from reviewer.replaying.columns import ACCEPTED, AUDIT, REVIEW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from projects.models import User
    from reviewer.models import Policy

_DAY: Final = 86_400
MOST_ENDED: Final = 10


class OneAtATime(Conflict):
    code, title = "shadow_policy_there", "There is a shadow policy already"


class NoShadow(Conflict):
    code, title = "no_shadow_policy", "There is no shadow policy"


@dataclass(frozen=True, slots=True)
class Counts:
    reviews: int
    audits: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC): what was decided, and what the shadow policy would have decided."""

    day: date
    n: int
    real: Counts
    shadow: Counts
    # People looked at these, and would not have; did not, and would have.
    only_real: int
    only_shadow: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Since the shadow policy began, or since the first prediction that is kept."""

    days: list[Day]
    whole: Day | None
    since: datetime


def in_force(project: Project) -> ShadowPolicy | None:
    found = ShadowPolicy.objects.filter(project=project, ended_at=None)
    return found.select_related("began_by").first()


def ended(project: Project) -> list[ShadowPolicy]:
    """Those that are over, newest first."""
    found = ShadowPolicy.objects.filter(project=project, ended_at__isnull=False)
    found = found.select_related("began_by", "ended_by", "adopted")
    return list(found.order_by("-pk")[:MOST_ENDED])


@transaction.atomic
def begin(
    project: Project, rules: dict[str, Any], *, by: User, reason: str
) -> ShadowPolicy:
    """From now on it is counted beside the one in use: one transaction."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if in_force(project):
        raise OneAtATime("End it or adopt it, then begin another one.")
    shadow = ShadowPolicy.objects.create(
        project=project,
        rules=rules,
        reason=reason,
        began_at=timezone.now(),
        began_by=by,
    )
    _record("shadow policy begun", shadow, by, reason, after=rules)
    return shadow


@transaction.atomic
def end(project: Project, *, by: User, reason: str) -> ShadowPolicy:
    """Without effect: one transaction."""
    shadow = _held(project)
    _end(shadow, by, reason)
    _record("shadow policy ended", shadow, by, reason, before=shadow.rules)
    return shadow


@transaction.atomic
def adopt(project: Project, *, by: User, reason: str, based_on: int) -> Policy:
    """Save it as the version in use, unless another came meanwhile: one transaction."""
    shadow = _held(project)
    policy = policy_versions.keep(
        project,
        shadow.rules,
        by=by,
        reason=reason,
        based_on=based_on,
        in_browser=True,
    )
    shadow.adopted = policy
    _end(shadow, by, reason)
    _record(
        "shadow policy adopted", shadow, by, reason, after={"version": policy.version}
    )
    return policy


def _held(project: Project) -> ShadowPolicy:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    shadow = in_force(project)
    if shadow is None:
        raise NoShadow("Somebody may have ended or adopted it.")
    return shadow


def _end(shadow: ShadowPolicy, by: User, reason: str) -> None:
    shadow.ended_at, shadow.ended_by, shadow.end_reason = timezone.now(), by, reason
    shadow.save(update_fields=["ended_at", "ended_by", "end_reason", "adopted"])


def _record(
    action: str, shadow: ShadowPolicy, by: User, reason: str, **changed: Any
) -> None:
    subject = f"shadow policy {shadow.pk}"
    audit.record(action, shadow.project, subject, by=by, reason=reason, **changed)


def compare(shadow: ShadowPolicy, at: datetime) -> Compared:
    """StillReading or NothingToReplay where there are no columns to look at.

    Its thresholds and plans are those that it would have now.
    """
    rules = policies.read_policy(shadow.rules)
    keys = deciding.keys_of(rules)
    given = window.of_project(shadow.project, keys, at)
    active = policies_in_use.active(shadow.project)
    known = knowing.would_be(shadow.project, rules, active, at)
    first = int(np.searchsorted(given.columns.at, shadow.began_at.timestamp()))
    columns = given.columns.part(first)
    decided = deciding.decide(rules, columns, given.salt, known)
    day = np.floor(columns.at / _DAY).astype(np.intp)
    held_since = datetime.fromtimestamp(float(given.columns.at[0]), UTC)
    days = [
        _day(each, day == each, columns.verdict, decided.verdict)
        for each in np.unique(day)[::-1]
    ]
    whole = np.ones(columns.n, dtype=np.bool_)
    total = _day(0, whole, columns.verdict, decided.verdict) if columns.n else None
    return Compared(days, total, max(shadow.began_at, held_since))


def _day(
    day: int,
    which: NDArray[np.bool_],
    real: NDArray[np.uint8],
    shadow: NDArray[np.uint8],
) -> Day:
    is_, would = real[which], shadow[which]
    looked, would_look = is_ != ACCEPTED, would != ACCEPTED
    return Day(
        datetime.fromtimestamp(int(day) * _DAY, UTC).date(),
        int(which.sum()),
        _counts(is_),
        _counts(would),
        int((looked & ~would_look).sum()),
        int((would_look & ~looked).sum()),
    )


def _counts(verdict: NDArray[np.uint8]) -> Counts:
    reviews, audits, accepted = (
        int((verdict == each).sum()) for each in (REVIEW, AUDIT, ACCEPTED)
    )
    return Counts(reviews, audits, accepted)
