"""One simulated window after the other: planned, drawn, reviewed, as the product does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import chance
from reviewer.stats.design import plan
from reviewer.stats.estimates import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.bars.populations import Population
    from reviewer.stats.estimates import NotEnough

    Floats = NDArray[np.float64]

# Reviewed at random in an earlier window of the same kind: what the design learns from.
EARLIER: Final = 500
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """Which predictions were drawn, and the inclusion probability of all of them."""

    places: NDArray[np.intp]
    pi: Floats

    @property
    def inclusion(self) -> Floats:
        inclusion: Floats = self.pi[self.places]
        return inclusion

    @property
    def lowest(self) -> float:
        return float(self.pi.min())


def windows(
    population: Population, budget: int, runs: int, seed: int
) -> Iterator[Drawn]:
    """The active design of `budget` reviews, each time from another earlier window."""
    rng = np.random.default_rng(seed)
    sure, right = population.confidence, population.right
    for _ in range(runs):
        earlier = rng.choice(right.size, EARLIER, replace=False)
        fitted = chance.fit(right[earlier], sure[earlier])
        pi = plan(sure, budget, fitted).inclusion(sure)
        yield Drawn(np.flatnonzero(rng.random(pi.size) < pi), pi)


@dataclass(frozen=True, slots=True)
class Score:
    """How estimates of one truth went; one that is missing counts as a miss."""

    bias: float
    covered: float
    width: float


def score(found: Iterable[Estimate | NotEnough], truth: float) -> Score:
    """The mean error, the share of intervals that hold the truth, the mean width."""
    all_found = list(found)
    given = [each for each in all_found if isinstance(each, Estimate)]
    errors = [each.value - truth for each in given]
    hits = sum(each.low <= truth <= each.high for each in given)
    widths = [each.high - each.low for each in given]
    if not given:
        return Score(float("nan"), 0.0, float("nan"))
    return Score(float(np.mean(errors)), hits / len(all_found), float(np.mean(widths)))


def fastest(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest of five: neighbours on the machine do not count."""
    took = []
    for _ in range(_TRIES):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)
