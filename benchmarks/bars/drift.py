"""How often drift is seen where there is none, and how soon a reviewer's change is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from reviewer.stats import cusum
from reviewer.stats.drift import Drift, confidence_drift, label_drift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIZES: Final = (100, 300, 1000)
_ALPHA: Final = 0.01
_FLOOR: Final = 0.05
# twice as long as the run that is asked for would be cut far too seldom to matter
_LONGEST: Final = 30_000


def bars(runs: int) -> Iterator[Bar]:
    rng = np.random.default_rng(9)
    for name in ("cifar10", "20news"):
        each = load(name)
        for n in _SIZES:
            for moved in (False, True):
                alarms = _confidence_alarms(each.confidence, n, 10 * runs, rng, moved)
                yield _bar(f"drift_{name}_confidence_{n}", alarms, moved, n)
        selective = np.maximum(_FLOOR, 1 - each.confidence)
        alarms = _label_alarms(each.truth, selective, runs, rng)
        yield Bar(f"drift_{name}_weighted_labels", alarms, "", 0.015, "at most")
    stays = np.mean([_run(rng, cusum.USUAL) for _ in range(runs)])
    yield Bar("cusum_run_length", float(stays), "answers", 3000, "at least")
    found = np.mean([_run(rng, cusum.WORSE) for _ in range(10 * runs)])
    yield Bar("cusum_detection", float(found), "answers", 70, "at most")


def _bar(name: str, alarms: float, moved: bool, n: int) -> Bar:
    if not moved:
        return Bar(f"{name}_false_alarm", alarms, "", 0.015, "at most")
    return Bar(f"{name}_seen", alarms, "", 0.25 if n < 300 else 0.65, "at least")


def _confidence_alarms(
    confidence: NDArray[np.float64],
    n: int,
    runs: int,
    rng: np.random.Generator,
    moved: bool,
) -> float:
    """The share of windows of n that alarm; moved: a tenth goes to the lowest decile."""
    lowest = confidence[confidence <= np.quantile(confidence, 0.1)]
    alarms = 0
    for _ in range(runs // 10 if moved else runs):
        old, new = rng.choice(confidence, 5000), rng.choice(confidence, n)
        if moved:
            new = np.where(rng.random(n) < 0.1, rng.choice(lowest, n), new)
        found = confidence_drift(old, new)
        alarms += isinstance(found, Drift) and found.p_value <= _ALPHA
    return alarms / (runs // 10 if moved else runs)


def _label_alarms(
    truth: NDArray[np.intp],
    pi: NDArray[np.float64],
    runs: int,
    rng: np.random.Generator,
) -> float:
    """The share of two windows of 3,000 that alarm, labels known of drawn items only."""
    alarms = 0
    for _ in range(runs):
        sides = []
        for _ in range(2):
            item = rng.integers(truth.size, size=3000)
            item = item[rng.random(3000) < pi[item]]
            sides.append((truth[item], 1 / pi[item]))
        (old, w), (new, v) = sides
        found = label_drift(old, new, reference_weights=w, window_weights=v)
        alarms += isinstance(found, Drift) and found.p_value <= _ALPHA
    return alarms / runs


def _run(rng: np.random.Generator, rate: float) -> int:
    """How many answers until the alarm, cut at _LONGEST."""
    state = 0.0
    for at, wrong in enumerate((rng.random(_LONGEST) < rate).tolist()):
        state = cusum.step(state, wrong)
        if cusum.alarming(state):
            return at + 1
    return _LONGEST
