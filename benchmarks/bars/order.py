"""How many errors the default order finds in the first thousand, and what it costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from reviewer.stats import ordering

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST: Final = {"cifar10": 415, "20news": 372}
_SIZES: Final = {"1e5": (100_000, 0.106), "1e6": (1_000_000, 1.2)}


def bars(runs: int) -> Iterator[Bar]:
    for name, least in _LEAST.items():
        each = load(name)
        first = ordering.order(ordering.margin(each.probs))[:1000]
        found = float((1 - each.right[first]).sum())
        yield Bar(f"order_{name}_errors_in_1000", found, "errors", least, "at least")
    for size, (items, most) in _SIZES.items():
        yield Bar(f"order_{size}_s", _seconds(items), "s", most, "at most")


def _seconds(items: int) -> float:
    """All three scores of so many items with ten labels, processor time."""
    rng = np.random.default_rng(1)
    probs, given = rng.random((items, 10)), rng.integers(10, size=items)
    probs /= probs.sum(axis=1, keepdims=True)
    begin = time.process_time()
    ordering.margin(probs)
    ordering.confidence(probs)
    ordering.normalised_margin(probs, given)
    return time.process_time() - begin
