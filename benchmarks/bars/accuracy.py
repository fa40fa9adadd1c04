"""Accuracy and calibration error under the active design, against random sampling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import Population, load, names
from benchmarks.bars.simulated import Score, fastest, score, windows
from reviewer.stats import chance
from reviewer.stats.calibrated import Everyone, Reviewed, accuracy
from reviewer.stats.calibration_error import calibration_error
from reviewer.stats.design import plan
from reviewer.stats.intervals import wilson

# Points of the interval's width, and how many times fewer labels than random sampling.
_WIDEST: Final = {"cifar10": 1.82, "20news": 1.69, "mnist": 0.70, "imdb": 2.43}
_SAVED: Final = {"cifar10": 2.7, "20news": 2.7, "mnist": 2.2, "imdb": 1.8}
_LARGE: Final = 1_000_000
_SECONDS: Final = {"inclusion": 0.218, "estimate": 0.214}


def bars(runs: int) -> Iterator[Bar]:
    for name in names():
        population = load(name)
        yield from _budget(population, 1000, runs)
        yield from _budget(population, 300, runs)
        yield from _calibration(population, runs)
    yield from _times()


def _budget(population: Population, budget: int, runs: int) -> Iterator[Bar]:
    found, truth = _scored(population, budget, runs), float(population.right.mean())
    random = 100 * _random_width(truth, budget, runs)
    name, width = f"accuracy_{population.name}_{budget}", 100 * found.width
    yield Bar(f"{name}_bias", 100 * abs(found.bias), "points", _bias(budget), "at most")
    yield Bar(f"{name}_coverage", found.covered, "", 0.935, "at least")
    yield Bar(f"{name}_width_to_random", width / random, "x", 1.1, "at most")
    if budget == 1000:
        widest = _WIDEST.get(population.name, 1.1 * random)
        yield Bar(f"{name}_width", width, "points", widest, "at most")
        saved = _SAVED.get(population.name, 1.0)
        yield Bar(f"{name}_labels_saved", (random / width) ** 2, "x", saved, "at least")


def _bias(budget: int) -> float:
    """In points. A third of the labels leaves more chance in the mean of all runs."""
    return 0.1 if budget >= 1000 else 0.2


def _scored(population: Population, budget: int, runs: int) -> Score:
    right, sure = population.right, population.confidence
    everyone = Everyone(*chance.binned(sure))
    estimates = (
        accuracy(
            Reviewed(right[d.places], d.inclusion, sure[d.places]),
            everyone,
            lowest=d.lowest,
            target="window",
        )
        for d in windows(population, budget, runs, seed=budget)
    )
    return score(estimates, float(right.mean()))


def _random_width(truth: float, budget: int, runs: int) -> float:
    right = np.random.default_rng(2).binomial(budget, truth, runs)
    ends = [wilson(int(each), budget) for each in right]
    return float(np.mean([high - low for low, high in ends]))


def _calibration(population: Population, runs: int) -> Iterator[Bar]:
    right, sure = population.right, population.confidence
    everyone = Everyone(*chance.binned(sure))
    found = score(
        (
            calibration_error(
                Reviewed(right[d.places], d.inclusion, sure[d.places]),
                everyone,
                target="window",
            )
            for d in windows(population, 2000, runs, seed=3)
        ),
        true_error(population),
    )
    name = f"calibration_error_{population.name}_2000"
    yield Bar(f"{name}_bias", abs(found.bias), "", 0.003, "at most")
    yield Bar(f"{name}_coverage", found.covered, "", 0.92, "at least")


def true_error(population: Population) -> float:
    """The expected calibration error of all predictions, in ten bins of equal size."""
    order = np.argsort(population.confidence, kind="stable")
    gaps = [
        abs(float((population.right - population.confidence)[part].sum()))
        for part in np.array_split(order, 10)
    ]
    return sum(gaps) / order.size


def _times() -> Iterator[Bar]:
    """A million predictions, a tenth of them reviewed."""
    rng = np.random.default_rng(4)
    sure = 1 - 0.5 * rng.beta(0.5, 3, _LARGE)
    right = (rng.random(_LARGE) < sure).astype(np.float64)
    fitted = chance.fit(right[:1000], sure[:1000])
    pi = plan(sure, _LARGE / 10, fitted).inclusion(sure)
    drawn = rng.random(_LARGE) < pi
    reviewed = Reviewed(right[drawn], pi[drawn], sure[drawn])
    took = {
        "inclusion": fastest(lambda: plan(sure, _LARGE / 10, fitted).inclusion(sure)),
        "estimate": fastest(lambda: accuracy(reviewed, Everyone(sure))),
    }
    for what, seconds in took.items():
        name = f"accuracy_{what}_1m_seconds"
        yield Bar(name, seconds, "s", _SECONDS[what], "at most")
