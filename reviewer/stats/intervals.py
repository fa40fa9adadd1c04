"""Confidence intervals, as pairs (low, high): for proportions, totals and shares of totals.

SciPy is imported where it is used: it costs every process 11 MB, and few draw intervals.
"""

from __future__ import annotations

import math
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]


def normal_quantile(level: float) -> float:
    """z of a two-sided interval: 1.96 for level 0.95. ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion from independent trials.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), Wilson (1927). Never empty,
    also with no or only successes; (0, 1) without trials.
    ValueError unless 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials cannot be")
    if trials == 0:
        return 0.0, 1.0
    return wilson_effective(successes / trials, trials, level)


def wilson_effective(value: float, n_eff: float, level: float = 0.95) -> Interval:
    """Wilson's interval around an estimated proportion with n_eff = value(1-value)/V.

    n_eff is the number of independent trials that would give the same variance V: the
    way of Korn & Graubard (1998) for samples with unequal probabilities, with Wilson's
    interval in place of the exact one. ValueError unless 0 <= value <= 1, n_eff > 0.
    """
    if not (0 <= value <= 1 and n_eff > 0):
        raise ValueError(f"no proportion: value {value}, n_eff {n_eff}")
    z2 = normal_quantile(level) ** 2
    if math.isinf(n_eff):
        return value, value
    middle = (value + z2 / (2 * n_eff)) / (1 + z2 / n_eff)
    spread = value * (1 - value) / n_eff + z2 / (4 * n_eff**2)
    half = math.sqrt(z2 * spread) / (1 + z2 / n_eff)
    low = 0.0 if value == 0 else max(0.0, middle - half)
    high = 1.0 if value == 1 else min(1.0, middle + half)
    return min(low, value), max(high, value)


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """The exact interval: covers at least `level` for every proportion and count.

    Quantiles of Beta(k, n-k+1) and Beta(k+1, n-k), Clopper & Pearson (1934).
    (0, 1) without trials. ValueError unless 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials cannot be")
    from scipy.special import betaincinv

    normal_quantile(level)  # refuses an impossible level
    k, n, tail = successes, trials, (1 - level) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def gamma_total(
    total: float, variance: float, heaviest: float, spread: float, level: float = 0.95
) -> Interval:
    """An interval of a total that is estimated as a weighted sum of Poisson counts.

    Gamma quantiles with the sum's mean and variance; for the upper end one more count of
    the greatest weight is added to both: Fay & Feuer (1997). Holds with few counts, and
    with none. `variance` is that of `total`; `heaviest` and `spread` are what one more
    item of the greatest weight would add to the two.
    """
    tail = (1 - level) / 2
    low = _gamma(total, variance, tail)
    return low, max(total, _gamma(total + heaviest, variance + spread, 1 - tail))


def share_of_totals(
    one: float, one_in: Interval, other: float, other_in: Interval
) -> Interval:
    """The interval of one/(one + other), from independent intervals of two totals.

    That of the ratio of the smaller to the larger by recovering variances (MOVER-R,
    Donner & Zou 2012): with f(x, x') = x'(2x - x'), low = (ab - sqrt((ab)² -
    f(a, low a)·f(b, high b))) / f(b, high b), and the high end with the ends swapped.
    """
    if one > other:
        low, high = share_of_totals(other, other_in, one, one_in)
        return 1 - high, 1 - low
    low = _ratio(one, one_in[0], other, other_in[1], -1)
    high = _ratio(one, one_in[1], other, other_in[0], 1)
    return low / (1 + low), (high / (1 + high) if high < math.inf else 1.0)


def _gamma(mean: float, variance: float, quantile: float) -> float:
    if variance <= 0 or mean <= 0:
        return mean
    from scipy.special import gammaincinv

    return float(gammaincinv(mean**2 / variance, quantile)) * variance / mean


def _ratio(a: float, end_a: float, b: float, end_b: float, sign: int) -> float:
    over = end_b * (2 * b - end_b)
    if over <= 0:
        return 0.0 if sign < 0 else math.inf
    root = math.sqrt(max(0.0, (a * b) ** 2 - end_a * (2 * a - end_a) * over))
    return max(0.0, (a * b + sign * root) / over)
