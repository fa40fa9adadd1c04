"""Whether truth from several answers is at least the majority's, and what it costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from reviewer.stats.agreement import krippendorff_alpha
from reviewer.stats.truth import Truth, fit
from reviewer.stats.votes import votes
from tests.statistics.crowds import coins, crowd, with_bad_ones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.statistics.crowds import Crowded

_PEOPLE: Final = 2500
_ANSWERS: Final = 4
_SIZES: Final = {"1e5": (100_000, 1.84), "1e6": (1_000_000, 14.8)}


def bars(runs: int) -> Iterator[Bar]:
    rng = np.random.default_rng(4)
    for each in (1, 2, 3, 5):
        found, majority = _collapse(rng, each, max(5, runs // 50))
        name = f"truth_2500_people_{each}_per_item"
        yield Bar(name, found, "", majority, "at least")
    for size, (items, most) in _SIZES.items():
        seconds, table = _cost(rng, items)
        yield Bar(f"truth_{size}_s", seconds, "s", most, "at most")
        begin = time.process_time()
        krippendorff_alpha(table, rounds=100)
        took = time.process_time() - begin
        yield Bar(f"alpha_{size}_s", took, "s", 3.66 if items < 1e6 else 4.1, "at most")


def _collapse(rng: np.random.Generator, each: int, rounds: int) -> tuple[float, float]:
    items = _PEOPLE * _ANSWERS // each
    sides = []
    for _ in range(rounds):
        people = with_bad_ones(rng, _PEOPLE)
        seen = crowd(rng, people, items=items, each=each)
        sides.append((_right(seen), seen.majority))
    found, majority = np.mean(sides, axis=0)
    return float(found), float(majority)


def _right(seen: Crowded) -> float:
    found = fit(seen.votes)
    return seen.right(found.label) if isinstance(found, Truth) else float("nan")


def _cost(rng: np.random.Generator, items: int) -> tuple[float, np.ndarray]:
    """Processor time of fifteen rounds, 3 of 500 people on each item, ten labels."""
    confusion, truth = coins(rng.uniform(0.6, 1, 500), 10), rng.integers(10, size=items)
    item, person = np.repeat(np.arange(items), 3), rng.integers(500, size=3 * items)
    good = rng.random(item.size) < confusion[person, 0, 0]
    said = np.where(good, truth[item], rng.integers(10, size=item.size))
    given = votes(item, person, said, labels=10)
    begin = time.process_time()
    fit(given, strength=10.0, rounds=15)
    took = time.process_time() - begin
    table = np.bincount(item * 10 + said, minlength=items * 10).reshape(-1, 10)
    return took, table
