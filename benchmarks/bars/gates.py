"""Gates looked at after each label: false passes, power, and the alarm on a live stream.

The candidate takes the champion's answer or another drawn from its probabilities, and the
two are swapped at random: exactly equal on every item. Answers on which the models differ
settle late, some never in time; evidence waits for them in the order of intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from reviewer.stats import detectors
from reviewer.stats.intake_order import Standing, ready
from reviewer.stats.sequential import PairedTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.bars.populations import Population

    Floats = NDArray[np.float64]

DATA: Final = ("cifar10", "20news")
ITEMS: Final = 2_000
MARGIN: Final = 0.02
ALPHA: Final = 0.05
FALSE: Final = 0.06
_FLOOR: Final = 0.2
_DIFFER: Final = 0.043


@dataclass(frozen=True, slots=True)
class Pair:
    """Champion and a candidate on a population: how often each alone is right, by item."""

    wins: Floats
    losses: Floats
    pi: Floats

    def stream(
        self, rng: np.random.Generator, items: int, *, weighted: bool
    ) -> tuple[Floats, Floats]:
        """d and pi of what counts, ties known; what nobody drew is left out."""
        at = rng.integers(self.wins.size, size=items)
        chance, pi = rng.random(items), self.pi[at] if weighted else np.ones(items)
        lost = chance >= 1 - self.losses[at]
        d = np.where(chance < self.wins[at], 1.0, np.where(lost, -1.0, 0.0))
        kept = (d == 0) | (rng.random(items) < pi)
        return d[kept], np.where(d == 0, 1.0, pi)[kept]


def bars(runs: int) -> Iterator[Bar]:
    for name in DATA:
        population, rng = load(name), np.random.default_rng(83)
        for weighted in (False, True):
            yield from _false_passes(population, rng, runs, weighted=weighted)
    yield from _power(runs)
    yield from _alarms(max(1, runs // 4))


def _false_passes(
    population: Population, rng: np.random.Generator, runs: int, *, weighted: bool
) -> Iterator[Bar]:
    equal, edge = _pairs(population)
    lowest = _FLOOR if weighted else 1.0
    cases = (("equal", equal, 0.0), ("edge", edge, MARGIN))
    for case, pair, margin in cases:
        test = PairedTest(margin, lowest, 1.0, ALPHA)
        passed = [_passes(test, pair, rng, weighted=weighted) for _ in range(runs)]
        name = f"gate_{population.name}_{case}{'_weighted' if weighted else ''}"
        yield Bar(
            f"{name}_false_pass", float(np.mean(passed)), "share", FALSE, "at most"
        )


def _pairs(population: Population) -> tuple[Pair, Pair]:
    """A candidate that is equal on every item, and one that is worse by the margin."""
    n = np.arange(population.said.size)
    right, truly = population.right, population.probs[n, population.truth]
    other = right * (1 - truly) + (1 - right) * truly
    pi = np.clip(3 * (1 - population.confidence), _FLOOR, 1)
    even = other / 2
    more = MARGIN * right * (1 - other) / (right * (1 - other)).mean()
    return Pair(even, even, pi), Pair(even, even + more, pi)


def _passes(
    test: PairedTest, pair: Pair, rng: np.random.Generator, *, weighted: bool
) -> bool:
    """Whether any look passes; a look comes whenever something settles."""
    d, pi = pair.stream(rng, ITEMS, weighted=weighted)
    values, looks = _settling(d, rng)
    return bool(_reached(test.path(values, pi)[looks], test))


def _settling(d: Floats, rng: np.random.Generator) -> tuple[Floats, NDArray[np.intp]]:
    """What each item counts as, and the last item that counts at each look.

    Losses are argued about for long, and one in fifty is never settled in time.
    """
    mean = np.select([d == 0, d > 0], [0.0, 20.0], 200.0)
    delay, due = rng.exponential(1, d.size) * mean, 800.0
    late = delay > due
    standing = np.select(
        [d == 0, late], [Standing.TIE, Standing.OVERDUE], Standing.SETTLED
    )
    found = ready(standing, d, np.ones(d.size), worst=-1).values
    # an item can count as soon as it and all before it are settled or overdue
    times = np.maximum.accumulate(np.arange(d.size) + np.minimum(delay, due))
    last = np.flatnonzero(np.append(np.diff(times) > 0, True))
    return found, last


def _reached(path: Floats, test: PairedTest) -> np.bool_:
    return np.any(path >= -np.log(test.alpha))


def _power(runs: int) -> Iterator[Bar]:
    """Candidates that are better, or as good: passes within 2,000 items, labels needed."""
    rng = np.random.default_rng(89)
    better = (PairedTest(alpha=ALPHA), 0.0193, 700)
    equal = (PairedTest(MARGIN, alpha=ALPHA), 0.0, 917)
    for name, (test, gain, most) in (("better", better), ("not_worse", equal)):
        wins, losses = (np.array([(_DIFFER + sign * gain) / 2]) for sign in (1, -1))
        pair = Pair(wins, losses, np.ones(1))
        stops = np.array([_stop(test, pair, rng) for _ in range(runs)])
        power = float(np.isfinite(stops[:, 0]).mean())
        items, labels = np.median(stops, axis=0).tolist()
        yield Bar(f"gate_{name}_power", power, "share", 0.9, "at least")
        yield Bar(f"gate_{name}_items", items, "items", most, "at most")
        # only items on which the two differ need a label
        most_labels = most * _DIFFER
        yield Bar(f"gate_{name}_labels", labels, "labels", most_labels, "at most")


def _stop(
    test: PairedTest, pair: Pair, rng: np.random.Generator
) -> tuple[float, float]:
    """Items until the gate opens, and those among them on which the models differ."""
    d, pi = pair.stream(rng, ITEMS, weighted=False)
    open_ = np.flatnonzero(test.path(d, pi) >= -np.log(test.alpha))
    if not open_.size:
        return np.inf, np.inf
    return float(open_[0] + 1), float((d[: open_[0] + 1] != 0).sum())


def _alarms(runs: int) -> Iterator[Bar]:
    """Accuracy at its line of 95 % for ever, and falling from 97 to 90 % after a while."""
    rng, length = np.random.default_rng(97), 1_000
    detector = detectors.of_fall(0.95, lowest=1.0, run_length=length)
    quiet = [_until(detector, rng.random(6 * length) < 0.95) for _ in range(runs)]
    yield Bar("alarm_run_length", float(np.mean(quiet)), "items", length, "at least")
    delays = []
    for _ in range(runs):
        before = rng.random(500) < 0.97
        at = _until(detector, np.concatenate([before, rng.random(5_500) < 0.9]))
        delays.append(at - before.size)
    delay = float(np.median([each for each in delays if each > 0]))
    yield Bar("alarm_delay", delay, "items", 200, "at most")


def _until(detector: detectors.Detector, right: NDArray[np.bool_]) -> float:
    alarm = detectors.watch(detector, right, np.ones(right.size)).alarm
    return float(right.size if alarm is None else alarm + 1)
