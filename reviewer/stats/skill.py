"""How well each person tells each label, measured against what the others say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.truth import Truth
    from reviewer.stats.votes import Votes

    Floats = NDArray[np.float64]

_FEWEST: Final = 5
_METHOD: Final = "Dawid–Skene, drawn to everybody, Beta"


@dataclass(frozen=True, slots=True)
class Skill:
    """One person: how often they name each label where it is the truth, and on the whole.

    `overall` weighs the labels as they are shared among all items, for everybody alike:
    whoever got more of the easy labels does not look better for it. Strata other than
    labels are for strata.stratified_difference().
    """

    person: int
    overall: Estimate | NotEnough
    by_label: tuple[Estimate | NotEnough, ...]


def skills(votes: Votes, truth: Truth, *, level: float = 0.95) -> list[Skill]:
    """Each person's skill per label, from answers to items that others answered too.

    Each answer is held against the item's posterior h, in which it weighs only as much
    as the person's *other* answers make it (see truth.fit): the own vote confirms
    nothing by itself, and somebody who answers at random agrees with the others by
    chance only. right = Σ h over answers k, of = Σ h; since the truth is not known for
    certain, both count for Σ h²s²/Σ h·s² of what they seem, s = 1/p or 1/(1 - p): the
    observed information (Louis 1982). The interval is Beta(right + strength·pool, wrong +
    strength·(1 - pool))'s, its value the mean.

    NotEnough for a label with fewer than about five items. ValueError for a truth that a
    model's prior went into: people would be measured by how they agree with the model.
    """
    if truth.assisted:
        raise ValueError("skill is measured by people alone: fit without a prior")
    shared = votes.where(votes.overlapped[votes.item])
    right, of = _counts(shared, truth)
    pool = np.diag(truth.crowd.pool) * truth.strength
    a, b = right + pool, of - right + truth.strength - pool
    low, high = _beta(a, b, level)
    table = np.stack([a / (a + b), low, high], axis=2)
    answers = np.bincount(shared.reviewer, minlength=votes.reviewers)
    return [
        _skill(person, table[person], of[person], truth.crowd.shares, int(n), level)
        for person, n in enumerate(answers)
    ]


def _counts(votes: Votes, truth: Truth) -> tuple[Floats, Floats]:
    """R×K: how often right, and of how many, as far as it is known; for shared items."""
    found = [_of_label(votes, truth, k) for k in range(votes.labels)]
    right, of = (np.array(each).T for each in zip(*found, strict=True))
    return right, of


def _of_label(votes: Votes, truth: Truth, k: int) -> tuple[Floats, Floats]:
    h, is_k, pool = truth.posterior[votes.item, k], votes.label == k, truth.crowd.pool
    right, of = _sums(votes, h * is_k), _sums(votes, h)
    own = (right + truth.strength * pool[k, k]) / (of + truth.strength)
    p = own[votes.reviewer]
    score = np.where(is_k, 1 / p, 1 / (1 - p)) ** 2
    known, whole = _sums(votes, h**2 * score), _sums(votes, h * score)
    part = np.divide(known, whole, out=np.zeros_like(known), where=whole > 0)
    return part * right, part * of


def _sums(votes: Votes, weights: Floats) -> Floats:
    """Over each person's answers."""
    return np.bincount(votes.reviewer, weights, votes.reviewers).astype(np.float64)


def _beta(a: Floats, b: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    normal_quantile(level)  # refuses an impossible level
    tail = (1 - level) / 2
    return betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)


def _skill(
    person: int, table: Floats, of: Floats, shares: Floats, answers: int, level: float
) -> Skill:
    labels: list[Estimate | NotEnough] = []
    for (value, low, high), n in zip(table.tolist(), of.tolist(), strict=True):
        enough = n >= _FEWEST - 0.5
        found = Estimate(value, low, high, round(n), _METHOD, level)
        labels.append(found if enough else NotEnough("items of this label", round(n)))
    if answers < _FEWEST:
        more = NotEnough("answers to items that others answered too", answers)
        return Skill(person, more, tuple(labels))
    value = float(shares @ table[:, 0])
    below, above = (
        math.sqrt(float(shares**2 @ (table[:, 0] - table[:, end]) ** 2))
        for end in (1, 2)
    )
    ends = max(0.0, value - below), min(1.0, value + above)
    overall = Estimate(value, *ends, answers, f"{_METHOD}, by shares of labels", level)
    return Skill(person, overall, tuple(labels))
