"""Accuracy from a queue that is not finished, as the product works it.

Two priorities; inside each, drawn predictions in the order of u/pi. A third of the work is
not done, what reviewers call wrong waits for an adjudicator, and three in ten see the
model's answer, whose mistakes they sometimes accept: these are never evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import Population, load, names
from benchmarks.bars.simulated import score, windows
from reviewer.stats import chance
from reviewer.stats.calibrated import Everyone, Reviewed, accuracy
from reviewer.stats.estimation import weighted_mean
from reviewer.stats.sampling import worked_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.bars.simulated import Drawn
    from reviewer.stats.estimates import Estimate, NotEnough

    Floats = NDArray[np.float64]

_BUDGET: Final = 1000
_BLIND: Final = 0.7
_DONE: Final = 2 / 3
# So many tasks are worked, on average, while one waits for an adjudicator who keeps up,
# and for one who does not.
_SOON: Final = 20
_LATE: Final = 100
_ACCEPTED: Final = 0.2
# Predictions of every third class go first.
_FIRST: Final = 3


def bars(runs: int) -> Iterator[Bar]:
    """With the confidences' help, as planned for; and by weights alone, as pages show it.

    The first open item is mostly one that was called wrong, and those before it are all
    settled: about one wrong item is missing. Where adjudicators fall far behind, little
    of the last priority counts, and one is much of it; there only the interval is promised.
    """
    for name in names():
        population = load(name)
        truth = float(population.right.mean())
        known = list(_known(population, runs, _SOON))
        helped = score((_helped(each, population) for each in known), truth)
        plain = score((_plain(each, population.said.size) for each in known), truth)
        late = (_helped(each, population) for each in _known(population, runs, _LATE))
        bias, said = 100 * abs(helped.bias), f"queue_{name}_{_BUDGET}"
        yield Bar(f"{said}_bias", bias, "points", 0.1, "at most")
        yield Bar(f"{said}_coverage", helped.covered, "", 0.935, "at least")
        yield Bar(f"{said}_weights_coverage", plain.covered, "", 0.935, "at least")
        slow = score(late, truth).covered
        yield Bar(f"{said}_slow_coverage", slow, "", 0.935, "at least")


@dataclass(frozen=True, slots=True)
class _Known:
    """What an estimate may rest on: before the first open item of its priority, blind."""

    outcomes: Floats
    inclusion: Floats
    confidence: Floats
    lowest: float


def _helped(known: _Known, population: Population) -> Estimate | NotEnough:
    reviewed = Reviewed(known.outcomes, known.inclusion, known.confidence)
    everyone = Everyone(*chance.binned(population.confidence))
    return accuracy(reviewed, everyone, lowest=known.lowest, target="window")


def _plain(known: _Known, size: int) -> Estimate | NotEnough:
    return weighted_mean(
        known.outcomes,
        known.inclusion,
        lowest=known.lowest,
        size=size,
        target="window",
    )


def _known(population: Population, runs: int, wait: float) -> Iterator[_Known]:
    rng = np.random.default_rng(9)
    for drawn in windows(population, _BUDGET, runs, seed=10):
        yield _worked(population, drawn, wait, rng)


def _worked(
    population: Population, drawn: Drawn, wait: float, rng: np.random.Generator
) -> _Known:
    places, pi = drawn.places, drawn.inclusion
    # given that it was drawn, u is uniform below pi
    u = pi * rng.random(pi.size)
    first = population.said % _FIRST == 0
    blind = rng.random(pi.size) < _BLIND
    outcomes = _answers(population.right[places], blind, rng)
    order = np.lexsort((u / pi, ~first[places]))
    settled = _settled(outcomes, order, wait, rng)
    share = np.ones(pi.size)
    lowest = 1.0
    for priority in (True, False):
        here = blind & (first[places] == priority)
        c = worked_share(u[here], pi[here], settled[here])
        share[here] = c
        lowest = min(lowest, c * float(drawn.pi[first == priority].min()) * _BLIND)
    use = blind & (u / pi < share)
    inclusion = share[use] * pi[use] * _BLIND
    return _Known(outcomes[use], inclusion, population.confidence[places[use]], lowest)


def _answers(
    right: Floats, blind: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Whether people call the model right: shown its mistakes, they let some pass."""
    passed = ~blind & (rng.random(right.size) < _ACCEPTED)
    return np.where(passed, 1.0, right)


def _settled(
    outcomes: Floats, order: NDArray[np.intp], wait: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which are settled when two thirds are worked: wrong ones some time after the answer."""
    at = np.empty(outcomes.size)
    at[order] = np.arange(outcomes.size)
    late = rng.exponential(wait, outcomes.size)
    settled: NDArray[np.bool_] = (
        at + np.where(outcomes == 0, late, 0) < _DONE * outcomes.size
    )
    return settled
