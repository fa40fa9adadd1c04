"""Agreement of answers that have no list of values: spans, boxes, texts.

Two answers are compared by their kind's own comparison; alpha needs no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from reviewer.stats.agreement import bootstrapped
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

Answer = TypeVar("Answer")

_MOST_PAIRS: Final = 5_000
_ROUNDS: Final = 1000
_SEED: Final = 20_040_102


def alpha_by_likeness(
    answers: Sequence[Sequence[Answer]],
    alike: Callable[[Answer, Answer], float],
    *,
    pairs: int = _MOST_PAIRS,
    level: float = 0.95,
    rounds: int = _ROUNDS,
    seed: int = _SEED,
) -> Estimate | NotEnough:
    """Krippendorff's alpha with d = 1 - alike(a, b), over each item's answers.

    alpha = 1 - Do/De, Do and De as in krippendorff_alpha(). All pairs within items are
    compared; of those between items at most `pairs`, drawn at random, each standing for
    as many as there are for one drawn. Interval by the bootstrap over items. NotEnough
    below two items with two answers, or where nothing differs from anything.
    ValueError where alike() leaves [0, 1].
    """
    items = [each for each in answers if len(each) >= 2]
    if len(items) < 2:
        return NotEnough("items with two or more answers", len(items))
    within = np.array([_within(each, alike) for each in items])
    between = _between(items, alike, pairs, np.random.default_rng(seed))
    if not between.apart.any():
        return NotEnough("items with different answers", len(items))
    m = np.array([len(each) for each in items], dtype=np.float64)

    def alpha(times: Floats) -> float:
        expected = float(times**2 @ within) + between.total(times)
        observed = float(times @ (within / (m - 1))) * (float(times @ m) - 1)
        return 1 - observed / expected if expected > 0 else np.nan

    name = "Krippendorff's alpha by likeness"
    return bootstrapped(alpha, np.ones(len(items)), name, level, rounds, seed)


@dataclass(frozen=True, slots=True)
class _Between:
    """Pairs of answers to different items: of which items, how far apart, what each is for."""

    one: Places
    two: Places
    apart: Floats
    stands_for: float

    def total(self, times: Floats) -> float:
        """Σ of distances over all ordered pairs, items counting so many times."""
        both = times[self.one] * times[self.two]
        return self.stands_for * float(both @ self.apart)


def _within(
    answers: Sequence[Answer], alike: Callable[[Answer, Answer], float]
) -> float:
    return 2 * sum(_apart(alike, a, b) for a, b in combinations(answers, 2))


def _between(
    items: Sequence[Sequence[Answer]],
    alike: Callable[[Answer, Answer], float],
    most: int,
    rng: np.random.Generator,
) -> _Between:
    item = np.repeat(np.arange(len(items)), [len(each) for each in items])
    flat = [answer for each in items for answer in each]
    one, two, stands_for = _pairs(item, most, rng)
    apart = [
        _apart(alike, flat[a], flat[b])
        for a, b in zip(one.tolist(), two.tolist(), strict=True)
    ]
    return _Between(item[one], item[two], np.array(apart), stands_for)


def _pairs(
    item: Places, most: int, rng: np.random.Generator
) -> tuple[Places, Places, float]:
    """Pairs of answers to different items, all or as many at random; what each stands for."""
    n, own = item.size, np.bincount(item)
    all_of_them = n * n - int((own**2).sum())
    if all_of_them <= 2 * most:
        one, two = np.triu_indices(n, 1)
        kept = item[one] != item[two]
        return one[kept], two[kept], 2.0
    # half of two draws may fall on one item only where there are two items
    one, two = rng.integers(n, size=(2, 4 * most))
    kept = np.flatnonzero(item[one] != item[two])[:most]
    return one[kept], two[kept], all_of_them / kept.size


def _apart(alike: Callable[[Answer, Answer], float], a: Answer, b: Answer) -> float:
    how = alike(a, b)
    if not -1e-9 <= how <= 1 + 1e-9:
        raise ValueError(f"likeness is from 0 to 1, not {how}")
    return min(max(1 - how, 0.0), 1.0)
