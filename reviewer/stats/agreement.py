"""How far people agree: Krippendorff's alpha, percent agreement, Cohen's kappa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_ROUNDS: Final = 1000
_SEED: Final = 20_040_101


def counts(ratings: Sequence[Sequence[Hashable | None]]) -> Floats:
    """Items by values: how many people gave each value to each item; None is missing."""
    values = {v for item in ratings for v in item if v is not None}
    place = {v: at for at, v in enumerate(values)}
    table: Floats = np.zeros((len(ratings), len(place)))
    for row, item in enumerate(ratings):
        for v in item:
            if v is not None:
                table[row, place[v]] += 1
    return table


def krippendorff_alpha(
    table: ArrayLike, *, level: float = 0.95, rounds: int = _ROUNDS, seed: int = _SEED
) -> Estimate | NotEnough:
    """Krippendorff's alpha for nominal values, any number of people, gaps allowed.

    `table` is items by values (counts()). alpha = 1 - Do/De with Do = Σ_i Σ_(c≠k)
    n_ic·n_ik/(m_i - 1)/n and De = Σ_(c≠k) n_c·n_k/(n(n - 1)), over items with m_i >= 2
    answers (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"). 1 is
    perfect, 0 what chance gives. The interval is the bootstrap's over items (percentile).
    n counts items. NotEnough below two such items, or where all gave one value.
    """
    pairable = _pairable(table)
    if len(pairable) < 2:
        return NotEnough("items with two or more answers", len(pairable))
    if (pairable.sum(axis=0) > 0).sum() < 2:
        return NotEnough("items with different answers", len(pairable))
    disagreement = _disagreement(pairable)

    def alpha(times: Floats) -> float:
        totals = times @ pairable
        n = float(totals.sum())
        expected = (n * n - float((totals**2).sum())) / (n - 1)
        return 1 - float(times @ disagreement) / expected if expected > 0 else np.nan

    return _bootstrapped(
        alpha, len(pairable), "Krippendorff's alpha", level, rounds, seed
    )


def percent_agreement(
    table: ArrayLike, *, level: float = 0.95, rounds: int = _ROUNDS, seed: int = _SEED
) -> Estimate | NotEnough:
    """The share of pairs of answers to the same item that agree, each item counting once.

    Mean over items with m >= 2 answers of Σ_c n_c(n_c - 1)/(m(m - 1)) (Fleiss 1971's
    observed agreement), interval by the bootstrap over items. Not corrected for chance.
    """
    pairable = _pairable(table)
    if len(pairable) < 2:
        return NotEnough("items with two or more answers", len(pairable))
    agreeing = 1 - _disagreement(pairable) / pairable.sum(axis=1)

    def mean(times: Floats) -> float:
        return float(times @ agreeing) / float(times.sum())

    return _bootstrapped(mean, len(pairable), "percent agreement", level, rounds, seed)


def cohen_kappa(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    *,
    level: float = 0.95,
    rounds: int = _ROUNDS,
    seed: int = _SEED,
) -> Estimate | NotEnough:
    """Cohen's kappa of two people who answered the same items, in the same order.

    (po - pe)/(1 - pe), po the share they agree on, pe what their own habits would give
    by chance (Cohen 1960). Interval by the bootstrap over items. NotEnough below two
    items, or where both gave one and the same value throughout.
    """
    if len(a) != len(b):
        raise ValueError(f"one answer each per item: {len(a)} and {len(b)}")
    values = {v: at for at, v in enumerate(dict.fromkeys([*a, *b]))}
    if len(a) < 2 or len(values) < 2:
        return NotEnough("items with different answers", len(a))
    one, two = (np.array([values[v] for v in person]) for person in (a, b))
    same = (one == two).astype(np.float64)

    def kappa(times: Floats) -> float:
        n, k = float(times.sum()), len(values)
        habit = np.bincount(one, times, k) @ np.bincount(two, times, k) / n**2
        chance = float(habit)
        return (
            (float(times @ same) / n - chance) / (1 - chance) if chance < 1 else np.nan
        )

    return _bootstrapped(kappa, len(a), "Cohen's kappa", level, rounds, seed)


def _pairable(table: ArrayLike) -> Floats:
    given = np.asarray(table, dtype=np.float64)
    if given.ndim != 2 or (given.size and not given.min() >= 0):
        raise ValueError("a table of items by values holds counts")
    kept: Floats = given[given.sum(axis=1) >= 2]
    return kept


def _disagreement(pairable: Floats) -> Floats:
    """Per item: Σ_(c≠k) n_c·n_k / (m - 1)."""
    answers = pairable.sum(axis=1)
    unlike: Floats = (answers**2 - (pairable**2).sum(axis=1)) / (answers - 1)
    return unlike


def _bootstrapped(
    statistic: Callable[[Floats], float],
    n: int,
    name: str,
    level: float,
    rounds: int,
    seed: int,
) -> Estimate:
    """The statistic with its percentile interval; it takes how often each item counts."""
    rng = np.random.default_rng(seed)
    again = [
        statistic(np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64))
        for _ in range(rounds)
    ]
    value = statistic(np.ones(n))
    tail = (1 - level) / 2
    low, high = np.nanquantile(again, [tail, 1 - tail])
    bounds = min(float(low), value), max(float(high), value)
    return Estimate(value, *bounds, n, f"{name}, bootstrap over items", level)
