"""Decides on columns at once; each decision is the one that routing.decide() gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer import routing
from reviewer.cuts import EVERY_LABEL
from reviewer.known import NOTHING
from reviewer.replaying.columns import ACCEPTED, AUDIT, NO_BIN, REVIEW, value_keys
from reviewer.routing import Facts
from reviewer.stats.chance import BINS, bin_of
from reviewer.stats.sampling import levels_at_least

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.known import Known, Plan
    from reviewer.policies import Policy, When
    from reviewer.replaying.columns import Columns

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

NO_RULE: Final = -1
_DAY: Final = 86_400


class KeyNotKept(LookupError):
    """A condition names a key of the metadata that is no column yet."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a policy would have decided, an element for each prediction."""

    pi: Floats
    b: Floats
    blind: Flags
    verdict: NDArray[np.uint8]
    # Places of rules in the policy.
    rule: NDArray[np.intp]

    @property
    def drawn(self) -> Flags:
        drawn: Flags = self.verdict != ACCEPTED
        return drawn


def decide(
    policy: Policy, columns: Columns, salt: bytes, known: Known = NOTHING
) -> Decided:
    """The decisions; with a budget, each day's is spent by what was drawn that day before.

    `known.spent` does not count: whether a day's budget is spent is counted here.
    KeyNotKept where a column is missing.
    """
    asked, rule = _asked(policy, columns, salt, known)
    if policy.budget is not None and known.stop is None:
        drawn = columns.u < levels_at_least(asked)
        spent = spent_before(columns.at, drawn, policy.budget.reviews_a_day)
        asked = np.where(spent, _floors(policy, columns), asked)
        rule = np.where(spent, NO_RULE, rule)
    pi = levels_at_least(asked)
    all_ = pi == 1
    b = levels_at_least(np.where(all_, policy.blind_review, policy.blind_audit))
    said = np.where(all_, REVIEW, np.where(columns.u < pi, AUDIT, ACCEPTED))
    return Decided(pi, b, columns.v < b, said.astype(np.uint8), rule)


def spent_before(at: Floats, drawn: Flags, a_day: int) -> Flags:
    """Of each prediction, whether its day's (UTC) budget was spent when it came.

    `drawn` as decided while there is budget left; once it is spent, what the floor draws
    changes nothing any more.
    """
    if not at.size:
        return np.zeros(0, dtype=np.bool_)
    # one that was written a moment late belongs to the day of those around it
    day = np.maximum.accumulate(np.floor(at / _DAY))
    before: NDArray[np.intp] = np.cumsum(drawn) - drawn
    begins = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    length = np.diff(np.append(begins, at.size))
    of_day: NDArray[np.intp] = before - np.repeat(before[begins], length)
    spent: Flags = of_day >= a_day
    return spent


def _asked(
    policy: Policy, columns: Columns, salt: bytes, known: Known
) -> tuple[Floats, NDArray[np.intp]]:
    asked = _least(policy, columns, known)
    chosen = np.full(columns.n, NO_RULE, dtype=np.intp)
    if known.stop is not None:
        return asked, chosen
    for at, rule in enumerate(policy.rules):
        more = (rule.sample > asked) | ((chosen == NO_RULE) & (rule.sample == asked))
        if more.any():
            wins = more & fits(rule.when, columns, salt)
            asked[wins], chosen[wins] = rule.sample, at
    return asked, chosen


def _least(policy: Policy, columns: Columns, known: Known) -> Floats:
    """routing.least() of each."""
    if known.stop is not None:
        return np.ones(columns.n)
    if policy.budget is not None:
        return _planned(policy, columns, known)
    if policy.promise is not None:
        return _promised(policy, columns, known)
    return _floors(policy, columns)


def _floors(policy: Policy, columns: Columns) -> Floats:
    by_version = [routing.floor(policy, _of_version(each)) for each in columns.versions]
    return np.array(by_version, dtype=np.float64)[columns.version]


def _of_version(version: tuple[str, str]) -> Facts:
    return Facts("", model_name=version[0], model_version=version[1])


def _planned(policy: Policy, columns: Columns, known: Known) -> Floats:
    found = np.full(columns.n, routing.cautious(policy))
    floors = _floors(policy, columns)
    for at, version in enumerate(columns.versions):
        plan = known.plans.get(version)
        if plan is not None:
            mine = columns.version == at
            found[mine] = np.maximum(_inclusion(plan, columns, mine), floors[mine])
    return found


def _inclusion(plan: Plan, columns: Columns, mine: Flags) -> Floats:
    levels = np.array([*plan.levels, max(plan.levels)])
    if len(plan.levels) == BINS:
        return levels[columns.bin[mine]]
    many = len(plan.levels)
    sure = columns.confidence[mine].tolist()
    return levels[[NO_BIN if each != each else bin_of(each, many) for each in sure]]


def _promised(policy: Policy, columns: Columns, known: Known) -> Floats:
    """Where there is a threshold: reviewed below it; the cautious floor where there is none."""
    by_label = policy.promise is not None and policy.promise.by_label
    labels = columns.labels if by_label else (EVERY_LABEL,)
    cut = np.full((len(columns.versions), len(labels)), np.nan)
    for row, version in enumerate(columns.versions):
        for at, label in enumerate(labels):
            found = known.cuts.get((*version, label))
            if found is not None:
                cut[row, at] = found.threshold
    mine = cut[columns.version, columns.label if by_label else 0]
    # a comparison with NaN is false: without a confidence nothing passes
    passes = columns.confidence >= mine
    fitted = np.where(passes, _floors(policy, columns), 1.0)
    return np.where(np.isnan(mine), routing.cautious(policy), fitted)


def fits(when: When, columns: Columns, salt: bytes) -> Flags:
    """Whether the conditions hold of each, as conditions.fits() says it in words."""
    found = np.ones(columns.n, dtype=np.bool_)
    if when.label is not None:
        named = np.array(
            [each in when.label for each in columns.labels], dtype=np.bool_
        )
        found &= named[columns.label]
    for key, wanted in when.metadata:
        if key not in columns.keys:
            raise KeyNotKept(key)
        found &= np.isin(columns.keys[key], value_keys(salt, wanted))
    if when.confidence_below is not None:
        found &= ~(columns.confidence >= when.confidence_below)
    if when.confidence_between is not None:
        low, high = when.confidence_between
        found &= ~(columns.confidence < low) & ~(columns.confidence >= high)
    if when.margin_below is not None:
        found &= columns.margin < when.margin_below
    if when.entropy_above is not None:
        found &= ~(columns.entropy <= when.entropy_above)
    return found


def keys_of(policy: Policy) -> set[str]:
    """The keys of the metadata that its conditions name."""
    return {key for rule in policy.rules for key, _ in rule.when.metadata}
