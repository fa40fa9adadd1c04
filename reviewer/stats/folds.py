"""Cross-fitting: no answer is predicted by a fit that has seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reviewer.stats.chance import ChanceOfRight

    Floats = NDArray[np.float64]

FOLDS: Final = 5
# Any would do: the same answers must always give the same estimate.
_SEED: Final = 19_310_415


@dataclass(frozen=True, slots=True)
class Dealt:
    """Rows dealt to folds: of row `row`, `n` answers are in fold `fold`. Three arrays."""

    row: NDArray[np.intp]
    fold: NDArray[np.intp]
    n: Floats


def deal(counts: Floats) -> Dealt:
    """Deals `counts` answers per row evenly to five folds, what is left over by chance."""
    first = np.random.default_rng(_SEED).integers(FOLDS, size=counts.size)
    turn = (np.arange(FOLDS) - first[:, None]) % FOLDS
    each, left = np.divmod(counts[:, None], FOLDS)
    n = each + (turn < left)
    row, fold = np.nonzero(n)
    return Dealt(row, fold, n[row, fold])


def fit(y: Floats, odds: Floats, w: Floats, dealt: Dealt) -> list[ChanceOfRight]:
    """For each fold the map of logits to chances that the other folds' answers give.

    `y`, `odds`, `w` (1/inclusion times count) are by dealt row. Weights are relative:
    they add up to the number of answers.
    """
    scaled = w * (float(dealt.n.sum()) / float(w.sum()))
    whole = chance.fitted(y, odds, scaled, np.array([0.0, 1.0]))
    begin = np.array([whole.intercept, whole.slope])
    others = [dealt.fold != fold for fold in range(FOLDS)]
    return [chance.fitted(y[o], odds[o], scaled[o], begin) for o in others]


def predict(
    maps: Sequence[ChanceOfRight], odds: Floats, fold: NDArray[np.intp]
) -> Floats:
    """The chance of each row by the map of its fold."""
    intercept = np.array([each.intercept for each in maps])[fold]
    slope = np.array([each.slope for each in maps])[fold]
    return chance.expit(intercept + slope * odds)
