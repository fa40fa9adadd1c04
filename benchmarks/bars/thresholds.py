"""How often does a threshold break its promise, and how much does it accept?

Labels are drawn from the real predictions, with replacement; the risk of a threshold is
that among all of them, so it is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from reviewer.stats.estimates import NotEnough
from reviewer.stats.promises import Answers
from reviewer.stats.threshold_process import fitted, start, take
from reviewer.stats.thresholds import fit, fit_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.bars.populations import Population
    from reviewer.stats.promises import Threshold

    Floats = NDArray[np.float64]

DELTA: Final = 0.1
# Accepted unseen where doubtful predictions are drawn more often: less than of plain labels.
ACTIVE: Final = 0.75
BROKEN: Final = 0.13
LOOKS: Final = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """A promise on a data set; the least it has to accept, looked at once and ten times."""

    data: str
    alpha: float
    labels: int
    once: float
    ten: float

    @property
    def name(self) -> str:
        return f"threshold_{self.data}_{self.alpha * 100:g}pc_{self.labels}"


CELLS: Final = (
    Cell("cifar10", 0.02, 2_000, 0.83, 0.80),
    Cell("cifar10", 0.01, 2_000, 0.73, 0.68),
    Cell("20news", 0.02, 2_000, 0.80, 0.78),
    Cell("cifar10", 0.02, 500, 0.70, 0.65),
)


@dataclass(slots=True)
class Tally:
    """What became of a promise, split after split."""

    broken: list[bool] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)

    def bars(self, name: str, least: float) -> Iterator[Bar]:
        broken, accepted = float(np.mean(self.broken)), float(np.mean(self.accepted))
        yield Bar(f"{name}_broken", broken, "share", BROKEN, "at most")
        yield Bar(f"{name}_accepted", accepted, "share", least, "at least")


def bars(runs: int) -> Iterator[Bar]:
    """Half as many splits as runs: 500 of 1,000."""
    splits = max(1, runs // 2)
    for cell in CELLS:
        once, ten = _cell(cell, splits)
        yield from once.bars(f"{cell.name}_once", cell.once)
        yield from ten.bars(f"{cell.name}_ten_looks", cell.ten)
    for data in ("cifar10", "20news"):
        yield from _active(data, splits)
        yield _each_label(data, max(1, splits // 10))


def _cell(cell: Cell, splits: int) -> tuple[Tally, Tally]:
    population, rng = load(cell.data), np.random.default_rng(71)
    once, ten = Tally(), Tally()
    for _ in range(splits):
        drawn = rng.integers(population.said.size, size=cell.labels)
        answers = _answers(population, drawn, np.ones(population.said.size))
        one = fit(answers, population.confidence, alpha=cell.alpha, delta=DELTA)
        _note(once, population, [one], cell.alpha)
        looks = _looks(answers, population.confidence, np.ones(1), cell)
        _note(ten, population, looks, cell.alpha)
    return once, ten


def _answers(population: Population, drawn: NDArray[np.intp], pi: Floats) -> Answers:
    wrong = 1 - population.right[drawn]
    return Answers.of(population.confidence[drawn], wrong, pi[drawn])


def _looks(
    answers: Answers, confidence: Floats, pi: Floats, cell: Cell
) -> list[Threshold]:
    """What the process says at each of ten looks."""
    process = start(confidence, pi, alpha=cell.alpha, delta=DELTA, planned=cell.labels)
    if isinstance(process, NotEnough):
        return [process]
    found = []
    for part in np.array_split(np.arange(answers.wrong.size), LOOKS):
        process = take(process, answers.part(slice(part[0], part[-1] + 1)))
        found.append(fitted(process))
    return found


def _note(
    tally: Tally, population: Population, looks: list[Threshold], alpha: float
) -> None:
    """Broken if at any look; accepted as at the last."""
    inside = [_inside(population, each) for each in looks]
    wrong = 1 - population.right
    broken = [bool(each.any()) and wrong[each].mean() > alpha for each in inside]
    tally.broken.append(any(broken))
    tally.accepted.append(float(inside[-1].mean()))


def _inside(population: Population, found: Threshold) -> NDArray[np.bool_]:
    if isinstance(found, NotEnough):
        return np.zeros(population.said.size, dtype=np.bool_)
    return population.confidence >= found.threshold


def _active(data: str, splits: int) -> Iterator[Bar]:
    """2 %, about 2,000 labels, doubtful predictions drawn up to five times as often."""
    population, rng = load(data), np.random.default_rng(73)
    pi = np.clip(2 * (1 - population.confidence), 0.1, 0.5)
    size = round(2_000 / pi.mean())
    cell = Cell(data, 0.02, 2_000, 0, 0)
    once, ten = Tally(), Tally()
    for _ in range(splits):
        stream = rng.integers(population.said.size, size=size)
        answers = _answers(population, stream[rng.random(size) < pi[stream]], pi)
        one = fit(answers, population.confidence, alpha=0.02, delta=DELTA, lowest=0.1)
        _note(once, population, [one], 0.02)
        _note(ten, population, _looks(answers, population.confidence, pi, cell), 0.02)
    name = f"threshold_{data}_2pc_active"
    yield from once.bars(f"{name}_once", ACTIVE)
    yield from ten.bars(f"{name}_ten_looks", ACTIVE)


def _each_label(data: str, splits: int) -> Bar:
    """2 %, 4,000 labels, a threshold for each label: the share of labels above 2 %."""
    population, rng = load(data), np.random.default_rng(79)
    said, wrong = population.said.tolist(), 1 - population.right
    broken = []
    for _ in range(splits):
        drawn = rng.integers(population.said.size, size=4_000)
        found = fit_each(
            _answers(population, drawn, np.ones(population.said.size)),
            population.said[drawn].tolist(),
            population.confidence,
            said,
            alpha=0.02,
            delta=DELTA,
        )
        for label, each in found.items():
            inside = _inside(population, each) & (population.said == label)
            broken.append(bool(inside.any()) and wrong[inside].mean() > 0.02)
    share = float(np.mean(broken))
    return Bar(
        f"threshold_{data}_2pc_each_label_broken", share, "share", BROKEN, "at most"
    )
