"""The laxest threshold that keeps a promise, from one planned look at a labelled sample.

For looks at any time, after each label if one likes, see threshold_process.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import betting
from reviewer.stats.estimates import NotEnough
from reviewer.stats.promises import (
    Answers,
    Fitted,
    Threshold,
    checked_confidence,
    grid,
    labels_to_start,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# A bet of this share of the largest safe one is best where the true share of errors is
# alpha·(1 - bet).
BETS: Final = (np.arange(20) + 0.5) / 20
_EQUAL: Final = 1e-9


def fit(
    answers: Answers,
    confidence: ArrayLike,
    *,
    alpha: float,
    delta: float,
    lowest: float | None = None,
) -> Threshold:
    """Accept from which confidence on? One look: to look again, spend another delta.

    `confidence`: of all predictions of the version, for the grid and the accepted share.
    Each threshold t has the hypothesis "more than alpha of what is at t or above is
    wrong". All inclusion probabilities equal: exact binomial p-value P(Binomial(n,
    alpha) <= errors). Else p = 1/e of bets on (alpha - wrong)/pi (betting.py), with
    `lowest` the design's smallest probability (default: the smallest there). The grid
    starts where labels are worth labels_to_start(), counted as Σ lowest/pi.
    NotEnough says how many more, or that no threshold could be shown.
    """
    least = min(lowest or 1.0, float(answers.inclusion.min(initial=1.0)))
    everything = checked_confidence(confidence)
    exact = _equal(answers, least)
    start = _start(answers, least, labels_to_start(alpha, delta, exact=exact))
    if isinstance(start, NotEnough):
        return start
    share = float(np.mean(everything >= start)) if everything.size else 0.0
    if not share:
        raise ValueError("the answers are not among the predictions")
    tried = grid(everything, share)
    p_values = _p_values(answers, np.array(tried.thresholds), alpha, least)
    shown = int(np.logical_and.accumulate(p_values <= delta).sum())
    if not shown:
        return NotEnough("a threshold that keeps the promise", answers.wrong.size)
    threshold = tried.thresholds[shown - 1]
    wrong = answers.share_wrong(threshold, alpha, delta)
    method = "fixed sequence, " + ("binomial" if exact else "bets")
    accepted = tried.accepted(shown - 1)
    return Fitted(threshold, accepted, wrong, alpha, delta, wrong.n, method)


def fit_each(
    answers: Answers,
    said: Sequence[Hashable],
    confidence: ArrayLike,
    said_of_all: Sequence[Hashable],
    *,
    alpha: float,
    delta: float,
    lowest: float | None = None,
) -> dict[Hashable, Threshold]:
    """A threshold for each label that was said; each label spends a delta of its own.

    That each single promise holds at 1 - delta does not mean that all do: of K labels,
    about K·delta may break theirs. `said` goes with answers, `said_of_all` with
    `confidence`.
    """
    everything = checked_confidence(confidence)
    if len(said) != answers.wrong.size or len(said_of_all) != everything.size:
        raise ValueError("one label said per answer and per prediction")
    mine, all_ = np.array(said, dtype=object), np.array(said_of_all, dtype=object)

    def one(label: Hashable) -> Threshold:
        own = answers.part(mine == label)
        return fit(
            own, everything[all_ == label], alpha=alpha, delta=delta, lowest=lowest
        )

    return {label: one(label) for label in dict.fromkeys(said_of_all)}


def _start(answers: Answers, least: float, wanted: int) -> float | NotEnough:
    """The confidence of the answer with which the wanted worth is there."""
    order = np.argsort(-answers.confidence, kind="stable")
    worth = np.cumsum(least / answers.inclusion[order])
    if not worth.size or worth[-1] < wanted - _EQUAL:
        more = math.ceil(wanted - (float(worth[-1]) if worth.size else 0.0))
        return NotEnough(f"{more} more answers", answers.wrong.size)
    return float(answers.confidence[order][np.searchsorted(worth, wanted - _EQUAL)])


def _p_values(
    answers: Answers, thresholds: Floats, alpha: float, least: float
) -> Floats:
    inside = answers.confidence[None, :] >= thresholds[:, None]
    if _equal(answers, least):
        from scipy.special import bdtr

        found: Floats = bdtr(inside @ answers.wrong, inside.sum(axis=1), alpha)
        return found
    z = (alpha - answers.wrong) / answers.inclusion
    steps = np.log1p(np.outer(z, BETS * least / (1 - alpha)))
    logs = inside.astype(np.float64) @ steps
    return np.array([math.exp(min(0.0, -betting.mixed(each))) for each in logs])


def _equal(answers: Answers, least: float) -> bool:
    return float(answers.inclusion.max(initial=least)) - least <= _EQUAL
