"""Accuracy by reviewers who err, alike and with the model; experts settle a random part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import Population, load, names
from benchmarks.bars.simulated import score, windows
from reviewer.stats.two_phase import TwoPhases, corrected_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.estimates import Estimate, NotEnough

    Floats = NDArray[np.float64]

# One answer in eight is wrong among the least sure predictions, one in thirty elsewhere.
_WRONG_HARD: Final = 0.123
_WRONG_EASY: Final = 0.033
_HARD: Final = 0.07
# Where the model is wrong, so often does a mistaken reviewer say what it says.
_SHARED: Final = 0.7
# An expert sees half of where they differ, a tenth of where they agree.
_DIFFER: Final = 0.5
_AGREE: Final = 0.1


def bars(runs: int) -> Iterator[Bar]:
    for name in names():
        population = load(name)
        found = score(_found(population, runs), float(population.right.mean()))
        said = f"two_phase_{population.name}_1000"
        yield Bar(f"{said}_bias", 100 * abs(found.bias), "points", 0.2, "at most")
        yield Bar(f"{said}_coverage", found.covered, "", 0.94, "at least")


def _found(population: Population, runs: int) -> Iterator[Estimate | NotEnough]:
    rng = np.random.default_rng(7)
    hard = population.confidence <= np.quantile(population.confidence, _HARD)
    wrong = np.where(hard, _WRONG_HARD, _WRONG_EASY)
    for drawn in windows(population, 1000, runs, seed=8):
        right = population.right[drawn.places]
        said_right = _reviewers(right, wrong[drawn.places], rng)
        second = np.where(said_right == 1, _AGREE, _DIFFER)
        asked = rng.random(second.size) < second
        experts = np.where(asked, right, np.nan)
        phases = TwoPhases(said_right, experts, drawn.inclusion, second)
        yield corrected_mean(phases, target="window")


def _reviewers(right: Floats, wrong: Floats, rng: np.random.Generator) -> Floats:
    """Whether each answer agrees with the model: a mistake turns that round, mostly."""
    mistaken = rng.random(right.size) < wrong
    agrees = np.where(right == 1, 0.0, rng.random(right.size) < _SHARED)
    return np.where(mistaken, agrees, right)
