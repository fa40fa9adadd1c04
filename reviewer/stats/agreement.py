"""How far people agree: Krippendorff's alpha, and percent agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import distances
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.distances import Scale

    Floats = NDArray[np.float64]

_ROUNDS: Final = 1000
_SEED: Final = 20_040_101


def counts(
    ratings: Sequence[Sequence[Hashable | None]],
    values: Sequence[Hashable] | None = None,
) -> Floats:
    """Items by values: how many people gave each value to each item; None is missing.

    `values` is the order of the columns, for what is ordered; it must have all of them.
    """
    if values is None:
        values = list(dict.fromkeys(v for i in ratings for v in i if v is not None))
    place = {v: at for at, v in enumerate(values)}
    table: Floats = np.zeros((len(ratings), len(place)))
    for row, item in enumerate(ratings):
        for v in item:
            if v is not None:
                table[row, place[v]] += 1
    return table


def krippendorff_alpha(
    table: ArrayLike,
    *,
    scale: Scale = "nominal",
    values: ArrayLike | None = None,
    distance: ArrayLike | None = None,
    level: float = 0.95,
    rounds: int = _ROUNDS,
    seed: int = _SEED,
) -> Estimate | NotEnough:
    """Krippendorff's alpha for any number of people, gaps allowed.

    `table` is items by values (counts()). alpha = 1 - Do/De with Do = Σ_i Σ_ck
    n_ic·n_ik·d_ck/(m_i - 1)/n and De = Σ_ck n_c·n_k·d_ck/(n(n - 1)), over items with
    m_i >= 2 answers (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").
    1 is perfect, 0 what chance gives. d is the squared difference of two values:
    nominal, 1 where they differ; ordinal, (n_c/2 + those between + n_k/2)² with the
    columns in order; interval, (c - k)²; ratio, ((c - k)/(c + k))², with `values` the
    columns' numbers (by default 0, 1, …). `distance`, K×K, symmetric, 0 on the diagonal,
    takes the place of a scale.

    The interval is the bootstrap's over items (percentile). n counts items. NotEnough
    below two such items, or where all gave one value. ValueError for a distance that is
    none.
    """
    pairable = _pairable(table)
    if len(pairable) < 2:
        return NotEnough("items with two or more answers", len(pairable))
    if (pairable.sum(axis=0) > 0).sum() < 2:
        return NotEnough("items with different answers", len(pairable))
    rows, times = _alike_rows(pairable)
    if distance is not None:
        apart = _as_distance(distance, rows.shape[1])
    elif scale != "ordinal":
        apart = distances.between(scale, values, rows.shape[1])
    else:
        apart = None
    alpha = _alpha(rows, apart) if apart is not None else _ordinal_alpha(rows)
    name = "Krippendorff's alpha" + (
        f", {scale}" if distance is None and scale != "nominal" else ""
    )
    return bootstrapped(alpha, times, name, level, rounds, seed)


def _alpha(rows: Floats, apart: Floats) -> Callable[[Floats], float]:
    """Alpha, given how often each row counts, where distances are fixed."""
    disagreement = ((rows @ apart) * rows).sum(axis=1) / (rows.sum(axis=1) - 1)

    def alpha(times: Floats) -> float:
        totals = times @ rows
        expected = float(totals @ apart @ totals) / (float(totals.sum()) - 1)
        return 1 - float(times @ disagreement) / expected if expected > 0 else np.nan

    return alpha


def _ordinal_alpha(rows: Floats) -> Callable[[Floats], float]:
    """The same where the distances follow from how often each value was given."""
    answers = rows.sum(axis=1)

    def alpha(times: Floats) -> float:
        totals = times @ rows
        apart = distances.ordinal(totals)
        weighted = rows * (times / (answers - 1))[:, None]
        observed = float(((rows.T @ weighted) * apart).sum())
        expected = float(totals @ apart @ totals) / (float(totals.sum()) - 1)
        return 1 - observed / expected if expected > 0 else np.nan

    return alpha


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
    rows, each = _alike_rows(pairable)
    agreeing = 1 - _disagreement(rows) / rows.sum(axis=1)

    def mean(times: Floats) -> float:
        return float(times @ agreeing) / float(times.sum())

    return bootstrapped(mean, each, "percent agreement", level, rounds, seed)


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


def _alike_rows(pairable: Floats) -> tuple[Floats, Floats]:
    """The different rows, and how often each occurs: few, however many items there are."""
    # far faster than comparing rows; whole numbers times a random one hardly ever meet
    keys = pairable @ np.random.default_rng(_SEED).random(pairable.shape[1])
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return pairable[first], times.astype(np.float64)


def _as_distance(given: ArrayLike, size: int) -> Floats:
    apart = np.asarray(given, dtype=np.float64)
    if apart.shape != (size, size) or not np.isfinite(apart).all():
        raise ValueError(f"distances between {size} values, not {apart.shape}")
    if (apart < 0).any() or np.diag(apart).any() or not np.allclose(apart, apart.T):
        raise ValueError("distances are from 0 on, 0 to itself, the same both ways")
    return apart


def bootstrapped(
    statistic: Callable[[Floats], float],
    times: Floats,
    name: str,
    level: float,
    rounds: int,
    seed: int,
) -> Estimate:
    """The statistic with its percentile interval, items drawn anew.

    It takes how often each kind of item counts; `times` is how often each occurs.
    """
    rng, n = np.random.default_rng(seed), int(times.sum())
    draws = rng.multinomial(n, times / times.sum(), size=rounds)
    again = [statistic(each.astype(np.float64)) for each in draws]
    value = statistic(times)
    tail = (1 - level) / 2
    low, high = np.nanquantile(again, [tail, 1 - tail])
    bounds = min(float(low), value), max(float(high), value)
    return Estimate(value, *bounds, n, f"{name}, bootstrap over items", level)
