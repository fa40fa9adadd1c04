"""Rates of people whose items differ in difficulty, compared like with like.

A stratum is what makes items alike: a queue, a label, a band of the model's confidence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_FEWEST: Final = 5


def standardised_rate(
    right: ArrayLike, of: ArrayLike, weights: ArrayLike, *, level: float = 0.95
) -> Estimate | NotEnough:
    """The rate somebody would have on everybody's mixture of strata.

    Three arrays, one entry per stratum: successes, trials, and how much of everybody's
    work it is. Direct standardisation Σ w_s·p_s/Σ w_s; the interval joins Wilson's of each
    stratum by recovering variances: low = value - sqrt(Σ w_s²(p_s - l_s)²), high alike
    (MOVER, Zou & Donner 2008). NotEnough while a stratum of any weight has no trial, or
    there are fewer than five in all.
    """
    k, n, w = _checked(right, of), _floats(of), _floats(weights)
    if w.shape != n.shape or not np.all(w >= 0) or not w.sum() > 0:
        raise ValueError("one weight per stratum, none below 0")
    total, empty = int(n.sum()), int(((n == 0) & (w > 0)).sum())
    if empty or total < _FEWEST:
        what = f"answers in {empty} more strata" if empty else f"{_FEWEST} answers"
        return NotEnough(what, total)
    used = w > 0
    k, n, w = k[used], n[used], w[used] / w.sum()
    p, (low, high) = k / n, _bounds(k, n, level)
    value = float(w @ p)
    below, above = (math.sqrt(float((w**2) @ (p - e) ** 2)) for e in (low, high))
    ends = max(0.0, value - below), min(1.0, value + above)
    return Estimate(
        value, *ends, total, "standardised over strata, MOVER-Wilson", level
    )


def stratified_difference(
    right: ArrayLike,
    of: ArrayLike,
    others_right: ArrayLike,
    others_of: ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate | NotEnough:
    """One rate minus another, each stratum compared with itself only.

    Σ w_s(p_s - q_s)/Σ w_s with Mantel & Haenszel's weights w_s = n_s·m_s/(n_s + m_s);
    strata that only one side worked on say nothing. The interval is the stratified one of
    Newcombe (Yan & Su 2010): low = d - sqrt(Σ w²(p - l_p)² + Σ w²(u_q - q)²), high alike,
    with Wilson's l and u at z of `level` in each stratum. n counts the first side's
    trials. NotEnough below five on either side in shared strata.
    """
    k, n = _checked(right, of), _floats(of)
    j, m = _checked(others_right, others_of), _floats(others_of)
    if n.shape != m.shape:
        raise ValueError("both sides have the same strata")
    shared = (n > 0) & (m > 0)
    k, n, j, m = k[shared], n[shared], j[shared], m[shared]
    if n.sum() < _FEWEST or m.sum() < _FEWEST:
        return NotEnough("answers to the same kind of items", int(n.sum()))
    w = n * m / (n + m)
    w /= w.sum()
    p, q = k / n, j / m
    (p_low, p_high), (q_low, q_high) = _bounds(k, n, level), _bounds(j, m, level)
    value = float(w @ (p - q))
    below = math.sqrt(float(w**2 @ ((p - p_low) ** 2 + (q_high - q) ** 2)))
    above = math.sqrt(float(w**2 @ ((p_high - p) ** 2 + (q - q_low) ** 2)))
    ends = max(-1.0, value - below), min(1.0, value + above)
    method = "difference within strata, Newcombe"
    return Estimate(value, *ends, int(n.sum()), method, level)


def _bounds(successes: Floats, trials: Floats, level: float) -> tuple[Floats, Floats]:
    pairs = zip(successes.tolist(), trials.tolist(), strict=True)
    ends = np.array([wilson(k, n, level) for k, n in pairs]).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def _checked(successes: ArrayLike, trials: ArrayLike) -> Floats:
    k, n = _floats(successes), _floats(trials)
    if k.ndim != 1 or k.shape != n.shape or not np.all((k >= 0) & (k <= n)):
        raise ValueError("in each stratum, successes are from 0 to the trials")
    return k


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
