"""What policies would come to: reviews, audits and hours a day, errors let through; paired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.replaying import deciding, window
from reviewer.replaying.columns import ACCEPTED, AUDIT, REVIEW
from reviewer.stats import estimation, let_through
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.sampling import level_at_least

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.known import Known
    from reviewer.policies import Policy
    from reviewer.replaying.deciding import Decided
    from reviewer.replaying.window import Window

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

Number = Estimate | NotEnough
_DAY: Final = 86_400
_HOUR: Final = 3_600
POINTS: Final = 21


@dataclass(frozen=True, slots=True)
class ADay:
    """A count of the window by the day: the mean, and the least and most of a whole day."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy would have come to on the window."""

    reviews: ADay
    audits: ADay
    hours: Number
    # Of all predictions.
    accepted: float
    # Wrong ones among them, as a share of all predictions.
    let_through: Number

    @property
    def looked_at(self) -> float:
        return self.reviews.mean + self.audits.mean


@dataclass(frozen=True, slots=True)
class Point:
    """If all below one confidence were reviewed, and of the rest the audits drawn."""

    threshold: float
    looked_at: float
    let_through: Number


@dataclass(frozen=True, slots=True)
class Replayed:
    """The policy in use and another one, on the same predictions."""

    new: Outcome
    old: Outcome | None
    # let_through of the new one minus that of the old one.
    difference: Number | None
    # Predictions that one of the two would have people look at and the other not.
    changed: int
    curve: tuple[Point, ...]
    n: int
    days: float
    since: datetime
    answers: int
    one_vote: bool
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy and what routing would be told beside it."""

    policy: Policy
    known: Known


def replay(given: Window, new: Rules, old: Rules | None, at: datetime) -> Replayed:
    """Both on the whole window; deciding.KeyNotKept where a column is missing."""
    basis = _Basis(given, at)
    decided = _decided(given, new)
    before = _decided(given, old) if old else None
    return Replayed(
        new=basis.outcome(decided),
        old=basis.outcome(before) if before else None,
        difference=basis.difference(before, decided) if before else None,
        changed=int((decided.drawn != before.drawn).sum()) if before else 0,
        curve=basis.curve(new.policy.audit),
        n=given.columns.n,
        days=basis.days,
        since=datetime.fromtimestamp(float(given.columns.at[0]), UTC),
        answers=basis.answers,
        one_vote=basis.known.one_vote,
        as_of=given.as_of,
    )


def _decided(given: Window, rules: Rules) -> Decided:
    return deciding.decide(rules.policy, given.columns, given.salt, rules.known)


class _Basis:
    """What both policies are held against."""

    def __init__(self, given: Window, at: datetime) -> None:
        self.columns, self.seconds = given.columns, given.seconds
        # on its first day a project is taken to send as little as it did so far
        first = float(self.columns.at[0])
        self.days = max(1.0, (at.timestamp() - first) / _DAY)
        self.place, self.known = window.places(self.columns, given.known)
        self.once = ~self.columns.repeats
        self.weight = np.where(self.once, 1 / self.columns.inclusion, 0.0)
        self.day = np.floor(self.columns.at / _DAY).astype(np.intp)
        self.day -= self.day.min()

    @property
    def answers(self) -> int:
        return int((~np.isnan(self.known.wrong)).sum())

    def outcome(self, decided: Decided) -> Outcome:
        drawn = int(decided.drawn.sum()) / self.days
        return Outcome(
            reviews=self._a_day(decided.verdict == REVIEW),
            audits=self._a_day(decided.verdict == AUDIT),
            hours=self._hours(drawn),
            accepted=float((decided.verdict == ACCEPTED).mean()),
            let_through=self._let_through(decided.pi),
        )

    def difference(self, before: Decided, after: Decided) -> Number:
        step = (before.pi - after.pi) * self.weight
        heaviest = (max(0.0, float(step.max())), max(0.0, float(-step.min())))
        old, new = (1 - each.pi[self.place] for each in (before, after))
        found = let_through.difference(self._known, old, new, heaviest)
        return estimation.of_all(found, self.known.unseen)

    def curve(self, audit: float) -> tuple[Point, ...]:
        """From nothing but audits to nothing unseen, in even steps of how much is reviewed."""
        # those without a confidence come last, and are reviewed whatever the threshold
        order = np.argsort(self.columns.confidence)
        sure = self.columns.confidence[order]
        n = int(np.count_nonzero(~np.isnan(sure)))
        if not n:
            return ()
        floor = level_at_least(audit)
        audited = np.append(0, np.cumsum(self.columns.u[order[:n]] < floor))
        heaviest = np.maximum.accumulate(self.weight[order[:n]][::-1])[::-1]
        limits = np.unique(sure[np.arange(POINTS - 1) * n // (POINTS - 1)])
        firsts = np.searchsorted(sure[:n], limits)
        return tuple(
            self._point(
                float(limit),
                floor,
                self.columns.n - n + int(first + audited[n] - audited[first]),
                float(heaviest[first]),
            )
            for limit, first in zip(limits, firsts, strict=True)
        )

    def _point(self, limit: float, floor: float, drawn: int, heaviest: float) -> Point:
        passes = self.columns.confidence[self.place] >= limit
        unseen = np.where(passes, 1 - floor, 0.0)
        return Point(
            limit, drawn / self.days, self._share(unseen, (1 - floor) * heaviest)
        )

    def _a_day(self, which: Flags) -> ADay:
        n = int(which.sum())
        by_day = np.bincount(self.day, which)
        # the first and the last are no whole days
        whole = by_day[1:-1]
        if not whole.size:
            return ADay(n / self.days, n / self.days, n / self.days)
        return ADay(n / self.days, float(whole.min()), float(whole.max()))

    def _hours(self, drawn: float) -> Number:
        each = self.seconds
        if isinstance(each, NotEnough):
            return each
        value, low, high = (
            drawn * seconds / _HOUR for seconds in (each.value, each.low, each.high)
        )
        return Estimate(value, low, high, each.n, each.method, each.level)

    def _let_through(self, pi: Floats) -> Number:
        heaviest = float(((1 - pi) * self.weight).max())
        return self._share(1 - pi[self.place], heaviest)

    def _share(self, unseen: Floats, heaviest: float) -> Number:
        found = let_through.share(self._known, unseen, heaviest)
        return estimation.of_all(found, self.known.unseen)

    @cached_property
    def _known(self) -> let_through.Known:
        heaviest = float(self.weight.max())
        lowest = 1 / heaviest if heaviest else 1.0
        lowest = min(lowest, float(self.known.inclusion.min(initial=1.0)))
        size = int(self.once.sum())
        return let_through.Known(self.known.wrong, self.known.inclusion, lowest, size)
