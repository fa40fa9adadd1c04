"""Precision, recall and F1 of each class under the active design with 2,000 reviews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import Population, load, names
from benchmarks.bars.simulated import fastest, windows
from reviewer.stats.class_rows import ClassesReviewed, ClassTotals
from reviewer.stats.classes import by_class
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.bars.simulated import Drawn
    from reviewer.stats.classes import ClassFigures

    Floats = NDArray[np.float64]

_BUDGET: Final = 2000
_FIGURES: Final = ("precision", "recall", "f1")
_LARGE: Final = 1_000_000


def bars(runs: int) -> Iterator[Bar]:
    """Coverage and width are means over classes; the bias is that of the worst class."""
    for name in names():
        population = load(name)
        truth = _truth(population)
        found = np.stack(list(_found(population, runs)))
        value, low, high = np.moveaxis(found, -1, 0)
        hit = (low <= truth) & (truth <= high)
        off = np.abs(np.nanmean(value, axis=0) - truth).max(axis=0)
        for at, figure in enumerate(_FIGURES):
            said = f"classes_{figure}_{population.name}_{_BUDGET}"
            yield Bar(f"{said}_bias", 100 * off[at], "points", 0.2, "at most")
            yield Bar(f"{said}_coverage", hit[..., at].mean(), "", 0.92, "at least")
    yield _time(load(names()[0]))


def _truth(population: Population) -> Floats:
    """K×3: precision, recall and F1 of each class, by counting."""
    classes = population.probs.shape[1]
    hits = np.bincount(population.said[population.right == 1], minlength=classes)
    said = np.bincount(population.said, minlength=classes)
    true = np.bincount(population.truth, minlength=classes)
    return np.stack([hits / said, hits / true, 2 * hits / (said + true)], axis=1)


def _found(population: Population, runs: int) -> Iterator[Floats]:
    """K×3×3 each: of every figure its value, low and high; NaN where there is none."""
    everyone = ClassTotals.of(population.said, population.probs)
    for drawn in windows(population, _BUDGET, runs, seed=5):
        found = by_class(
            _reviewed(population, drawn),
            everyone,
            lowest=drawn.lowest,
            target="window",
        )
        yield np.array([_numbers(each) for each in found])


def _reviewed(population: Population, drawn: Drawn) -> ClassesReviewed:
    said, truth = population.said[drawn.places], population.truth[drawn.places]
    return ClassesReviewed(said, truth, drawn.inclusion, population.probs[drawn.places])


def _numbers(figures: ClassFigures) -> list[tuple[float, float, float]]:
    return [_ends(each) for each in (figures.precision, figures.recall, figures.f1)]


def _ends(found: Estimate | NotEnough) -> tuple[float, float, float]:
    if isinstance(found, NotEnough):
        return (np.nan, np.nan, np.nan)
    return found.value, found.low, found.high


def _time(population: Population) -> Bar:
    """What a page does at a million predictions: sums are at hand, a tenth is reviewed."""
    rng = np.random.default_rng(6)
    rows = rng.integers(population.said.size, size=_LARGE // 10)
    reviewed = ClassesReviewed(
        population.said[rows],
        population.truth[rows],
        np.full(rows.size, 0.1),
        population.probs[rows],
    )
    everyone = ClassTotals.of(population.said, population.probs)
    seconds = fastest(lambda: by_class(reviewed, everyone))
    return Bar("classes_all_1m_seconds", seconds, "s", 0.3, "at most")
