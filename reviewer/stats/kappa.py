"""Kappas: agreement beyond chance of two people (Cohen), of equally many (Fleiss)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from reviewer.stats.agreement import bootstrapped
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.estimates import Estimate

    Floats = NDArray[np.float64]

Weights: TypeAlias = Literal["equal", "linear", "quadratic"]

_ROUNDS: Final = 1000
_SEED: Final = 20_040_103


def cohen_kappa(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    *,
    weights: Weights = "equal",
    order: Sequence[Hashable] | None = None,
    level: float = 0.95,
    rounds: int = _ROUNDS,
    seed: int = _SEED,
) -> Estimate | NotEnough:
    """Cohen's kappa of two people who answered the same items, in the same order.

    1 - Σ v·o/Σ v·e, o the shares of pairs of answers, e what their own habits would give
    by chance, v how bad a pair is: 1 where the two differ (Cohen 1960), or |i - j| or
    (i - j)² in the places of `order`, which the weighted ones need (Cohen 1968).
    Interval by the bootstrap over items. NotEnough below two items, or where both gave
    one and the same value throughout. ValueError for lengths that differ, or a value
    that is not in `order`.
    """
    if len(a) != len(b):
        raise ValueError(f"one answer each per item: {len(a)} and {len(b)}")
    if weights != "equal" and order is None:
        raise ValueError("weighted kappa needs the order of the values")
    values = {v: at for at, v in enumerate(order or dict.fromkeys([*a, *b]))}
    if strange := {*a, *b} - values.keys():
        raise ValueError(f"not in the order: {strange}")
    if len(a) < 2 or len({*a, *b}) < 2:
        return NotEnough("items with different answers", len(a))
    k = len(values)
    pairs = [values[one] * k + values[two] for one, two in zip(a, b, strict=True)]
    table = np.bincount(pairs, minlength=k * k).astype(np.float64)
    bad = _badness(weights, k)

    def kappa(times: Floats) -> float:
        shares = times.reshape(k, k) / times.sum()
        chance = float(shares.sum(axis=1) @ bad @ shares.sum(axis=0))
        return 1 - float((shares * bad).sum()) / chance if chance > 0 else np.nan

    name = (
        "Cohen's kappa" if weights == "equal" else f"Cohen's kappa, {weights} weights"
    )
    return bootstrapped(kappa, table, name, level, rounds, seed)


def fleiss_kappa(
    table: ArrayLike, *, level: float = 0.95, rounds: int = _ROUNDS, seed: int = _SEED
) -> Estimate | NotEnough:
    """Fleiss's kappa of items by values, each answered by equally many (Fleiss 1971).

    (P - Pe)/(1 - Pe), P the mean share of pairs that agree, Pe = Σ_c p_c². Interval by
    the bootstrap over items. NotEnough below two items or with one value throughout.
    ValueError where items differ in their number of answers (krippendorff_alpha() does
    not mind), or have fewer than two.
    """
    rows = np.asarray(table, dtype=np.float64)
    if rows.ndim != 2 or (rows.size and not rows.min() >= 0):
        raise ValueError("a table of items by values holds counts")
    if len(rows) < 2 or (rows.sum(axis=0) > 0).sum() < 2:
        return NotEnough("items with different answers", len(rows))
    m = float(rows[0].sum())
    if m < 2 or not (rows.sum(axis=1) == m).all():
        raise ValueError("each item has the same number of answers, two or more")
    agreeing = ((rows**2).sum(axis=1) - m) / (m * (m - 1))

    def kappa(times: Floats) -> float:
        n = float(times.sum())
        chance = float((((times @ rows) / (n * m)) ** 2).sum())
        return (
            (float(times @ agreeing) / n - chance) / (1 - chance)
            if chance < 1
            else np.nan
        )

    return bootstrapped(
        kappa, np.ones(len(rows)), "Fleiss's kappa", level, rounds, seed
    )


def _badness(weights: Weights, k: int) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    if weights == "linear":
        return apart
    return apart**2 if weights == "quadratic" else (apart > 0).astype(np.float64)
