"""Do intervals looked at 2,000 times hold, and how much wider are they than Wilson's?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from reviewer.stats import betting
from reviewer.stats.confidence_sequences import (
    SHARES,
    log_mixture,
    proportion,
    weighted_mean,
)
from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.bars.populations import Population

    Floats = NDArray[np.float64]

LOOKS: Final = 2_000
LEVEL: Final = 0.95
DATA: Final = ("cifar10", "20news")
_FLOOR: Final = 0.1


def bars(runs: int) -> Iterator[Bar]:
    for name in DATA:
        population, rng = load(name), np.random.default_rng(61)
        yield _at_most(f"cs_{name}_misses", _misses(population, rng, runs), 0.05)
        weighted = _weighted_misses(population, rng, runs)
        yield _at_most(f"cs_{name}_weighted_misses", weighted, 0.05)
        widths = _widths(float(population.right.mean()))
        yield Bar(f"cs_{name}_width_over_wilson", widths, "x", 1.9, "at most")
        equal = _equal_width(float(population.right.mean()))
        yield Bar(f"cs_{name}_bets_width_over_wilson", equal, "x", 2.2, "at most")


def _at_most(name: str, value: float, limit: float) -> Bar:
    return Bar(name, value, "share", limit, "at most")


def _misses(population: Population, rng: np.random.Generator, runs: int) -> float:
    """How often the truth is outside at any of the looks, one after each answer."""
    truth, looks = float(population.right.mean()), np.arange(1, LOOKS + 1)
    line = -np.log(1 - LEVEL)
    missed = 0
    for _ in range(runs):
        right = np.cumsum(rng.choice(population.right, LOOKS))
        missed += bool((log_mixture(right, looks, truth) >= line).any())
    return missed / runs


def _weighted_misses(
    population: Population, rng: np.random.Generator, runs: int
) -> float:
    """The same where doubtful predictions are looked at more often."""
    truth = float(population.right.mean())
    pi = np.clip(3 * (1 - population.confidence), _FLOOR, 1)
    missed = 0
    for _ in range(runs):
        drawn = _drawn(rng, pi, LOOKS)
        y, chance = population.right[drawn], pi[drawn]
        sides = ((y - truth, truth), (truth - y, 1 - truth))
        paths = (betting.path(z, chance, SHARES * _FLOOR / top) for z, top in sides)
        line = np.log(2 / (1 - LEVEL))
        missed += any(bool((path >= line).any()) for path in paths)
    return missed / runs


def _drawn(rng: np.random.Generator, pi: Floats, wanted: int) -> NDArray[np.intp]:
    """Places of so many selected items of an endless stream from the population."""
    stream = rng.integers(pi.size, size=round(2 * wanted / pi.mean()))
    found: NDArray[np.intp] = stream[rng.random(stream.size) < pi[stream]][:wanted]
    return found


def _widths(truth: float, n: int = 1_000) -> float:
    """The Beta mixture's width over Wilson's, after 1,000 answers."""
    found = proportion(round(truth * n), n, LEVEL)
    return _over_wilson(found, round(truth * n), n)


def _equal_width(truth: float, n: int = 1_000) -> float:
    """The same of the weighted one, with equal weights: the price of its bets."""
    right = round(truth * n)
    counts = Counts.of([1, 0], [1, 1], [right, n - right])
    return _over_wilson(weighted_mean(counts, lowest=1, level=LEVEL), right, n)


def _over_wilson(found: Estimate | NotEnough, right: int, n: int) -> float:
    low, high = wilson(right, n, LEVEL)
    if isinstance(found, NotEnough):
        return float("inf")
    return (found.high - found.low) / (high - low)
