"""Intervals that hold at every look at once, however often and why ever one looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.betting import check_level, mixed
from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_PRIOR: Final = 0.5
_HALVINGS: Final = 50
# Shares of the largest safe bet. The more items, the smaller the bets that matter.
SHARES: Final = np.geomspace(0.0003, 0.99, 40)
_EQUAL: Final = 1e-9


def proportion(
    successes: float, trials: float, level: float = 0.95
) -> Estimate | NotEnough:
    """A proportion from items that all had the same inclusion probability.

    All p with M(p) = B(k+½, n-k+½)/B(½, ½)/(p^k·(1-p)^(n-k)) < 1/(1 - level): M is the
    likelihood ratio mixed over Beta(½, ½), a martingale at the true p (Robbins 1970;
    Howard, Ramdas, McAuliffe & Sekhon 2021), so Ville's inequality gives the coverage.
    ValueError unless 0 <= successes <= trials; NotEnough without trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials cannot be")
    line = -math.log(check_level(1 - level))
    if trials == 0:
        return NotEnough("1 more answer", 0)
    value = successes / trials

    def inside(p: float) -> bool:
        return float(log_mixture(successes, trials, p)) < line

    low = 0.0 if value == 0 else _edge(inside, value, 0.0)
    high = 1.0 if value == 1 else _edge(inside, value, 1.0)
    method = "confidence sequence, Beta mixture"
    return Estimate(value, low, high, round(trials), method, level)


def log_mixture(successes: ArrayLike, trials: ArrayLike, p: ArrayLike) -> Floats:
    """ln M(p) of proportion(): p is outside of the sequence where it reaches -ln(1 - level).

    Arrays that broadcast; 0 < p < 1.
    """
    from scipy.special import betaln, xlog1py, xlogy

    k, n = (np.asarray(x, dtype=np.float64) for x in (successes, trials))
    at = np.asarray(p, dtype=np.float64)
    mixture = betaln(k + _PRIOR, n - k + _PRIOR) - betaln(_PRIOR, _PRIOR)
    found: Floats = mixture - xlogy(k, at) - xlog1py(n - k, -at)
    return found


def weighted_mean(
    counts: Counts,
    *,
    lowest: float,
    bounds: tuple[float, float] = (0.0, 1.0),
    unanswered: Counts | None = None,
    level: float = 0.95,
) -> Estimate | NotEnough:
    """The mean of bounded values from items selected with known, unequal probabilities.

    For each candidate mean m, with values scaled to y in [0, 1], two families of bets:
    ∏ (1 + λ·(y - m)/pi) with λ = r·lowest/m, and ∏ (1 + λ·(m - y)/pi) with
    λ = r·lowest/(1 - m), each mixed over r (betting.py; hedged as in Waudby-Smith &
    Ramdas 2024). m stays inside while both are below 2/(1 - level). The value is the
    weighted mean (Hájek). `lowest` is the design's smallest inclusion probability, fixed
    beforehand. `unanswered` items (closed without an answer) count as the lowest value
    below and as the highest above; their own values do not matter.
    NotEnough without an answer; ValueError where values or probabilities are out of range.
    """
    low, high = bounds
    check_level(1 - level)
    _check(counts, lowest, bounds)
    if not counts.n:
        return NotEnough("1 more answer", 0)
    below, above = (_with(counts, unanswered, worst) for worst in bounds)
    line = math.log(2 / (1 - level))
    least = low + (high - low) * _lower(_scaled(below, bounds), lowest, line)
    turned = _scaled(above, (high, low))
    most = high - (high - low) * _lower(turned, lowest, line)
    weights = counts.times / counts.inclusion
    value = float(np.clip(weights @ counts.values / weights.sum(), low, high))
    method = "confidence sequence, weighted bets"
    if unanswered is not None and unanswered.n:
        method += f", worst case for {unanswered.n:.0f} without an answer"
    return Estimate(value, least, most, round(counts.n), method, level)


def _with(counts: Counts, unanswered: Counts | None, worst: float) -> Counts:
    if unanswered is None:
        return counts
    values = np.full_like(unanswered.values, worst)
    return counts.plus(Counts(values, unanswered.inclusion, unanswered.times))


def _scaled(counts: Counts, bounds: tuple[float, float]) -> Counts:
    """Values as shares of the way from the first bound to the second."""
    start, end = bounds
    values = (counts.values - start) / (end - start)
    return Counts(values, counts.inclusion, counts.times)


def _lower(counts: Counts, lowest: float, line: float) -> float:
    """The smallest mean of values in [0, 1] that the bets have not ruled out.

    Wealth falls as m rises, and at the weighted mean no bet has won: bisection is safe.
    """
    weights = counts.times / counts.inclusion
    mean = float(weights @ counts.values / weights.sum())
    if mean <= 0:
        return 0.0

    def inside(m: float) -> bool:
        z = (counts.values - m) * lowest / (m * counts.inclusion)
        return mixed(np.log1p(np.outer(SHARES, z)) @ counts.times) < line

    return _edge(inside, mean, 0.0)


def _edge(inside: Callable[[float], bool], within: float, without: float) -> float:
    """Where `inside` ends on the way from a point within, on the far side of it."""
    for _ in range(_HALVINGS):
        middle = (within + without) / 2
        if inside(middle):
            within = middle
        else:
            without = middle
    return without


def _check(counts: Counts, lowest: float, bounds: tuple[float, float]) -> None:
    if not 0 < lowest <= 1:
        raise ValueError(f"an inclusion probability is in (0, 1], not {lowest}")
    if counts.n and counts.inclusion.min() < lowest - _EQUAL:
        raise ValueError("an item's inclusion probability is below the design's lowest")
    if not np.all((counts.values >= bounds[0]) & (counts.values <= bounds[1])):
        raise ValueError(f"values are between {bounds[0]} and {bounds[1]}")
