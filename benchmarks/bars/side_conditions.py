"""Side conditions of promotions through the product's own gate code: wrong verdicts, power.

The limit of each is what is true, where open and shut are equally wrong and each may
happen by chance to one in forty; then a limit far enough away for the gate to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.bars.accuracy import true_error
from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import load
from benchmarks.bars.product import ready_to_import
from reviewer.stats.calibrated import Reviewed
from reviewer.stats.calibration_error import of_sample
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.bars.populations import Population

    Evidence = Mapping[str, Any]

DATA: Final = ("cifar10", "20news")
ANSWERS: Final = 2_000
# What one side of a 95 % interval may be wrong in, and what so many runs add by chance.
WRONG: Final = 0.04
POWER: Final = 0.9
# A limit so far above what is true opens: points of error; times slower.
ROOM: Final = 0.04
TIMES: Final = 1.5
_FLOOR: Final = 0.2
# Milliseconds as services have them: most are quick, some are not.
_USUAL_MS: Final = 20.0
_SPREAD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all runs, how many opened and how many shut."""

    opened: float
    shut: float


def bars(runs: int) -> Iterator[Bar]:
    ready_to_import()
    for name in DATA:
        yield from _calibration(load(name), runs)
    yield from _latency(runs)


def _calibration(population: Population, runs: int) -> Iterator[Bar]:
    truth, rng = true_error(population), np.random.default_rng(101)

    def evidence() -> Evidence:
        return {"calibration_error": {"challenger": _error(population, rng)}}

    yield from _wrong(
        f"side_calibration_{population.name}",
        "calibration",
        evidence,
        {"at_most": truth},
        {"at_most": truth + ROOM},
        runs,
    )


def _error(population: Population, rng: np.random.Generator) -> dict[str, Any]:
    """Answers to what was drawn, the unsure ones more often, as audits and reviews are."""
    at = rng.integers(population.said.size, size=2 * ANSWERS)
    sure = population.confidence[at]
    pi = np.clip(3 * (1 - sure), _FLOOR, 1)
    drawn = np.flatnonzero(rng.random(at.size) < pi)[:ANSWERS]
    found = of_sample(Reviewed(population.right[at][drawn], pi[drawn], sure[drawn]))
    return found.as_json()


def _latency(runs: int) -> Iterator[Bar]:
    from registry_bridge import timing

    rng = np.random.default_rng(103)
    # 95 in 100 lie below the upper end of the middle nine tenths
    slow = _USUAL_MS * np.exp(_SPREAD * normal_quantile(0.9))

    def times() -> list[float]:
        spread = rng.normal(0, _SPREAD, timing.TIMED)
        return list(map(float, _USUAL_MS * np.exp(spread)))

    def evidence() -> Evidence:
        both = {"champion": times(), "challenger": times()}
        return {"latency": timing.of_both(both)}

    at, far = {"at_most_ms": slow}, {"at_most_ms": TIMES * slow}
    yield from _wrong("side_latency_ms", "latency", evidence, at, far, runs)
    # both are as fast: a ratio of 1, and a limit of 1 and of half as slow again
    at, far = {"margin": 0.0}, {"margin": TIMES - 1}
    yield from _wrong("side_latency_ratio", "latency", evidence, at, far, runs)


def _wrong(
    name: str,
    condition: str,
    evidence: Callable[[], Evidence],
    at: Mapping[str, float],
    far: Mapping[str, float],
    runs: int,
) -> Iterator[Bar]:
    seen = [evidence() for _ in range(runs)]
    edge = _verdicts(condition, at, seen)
    yield Bar(f"{name}_false_open", edge.opened, "share", WRONG, "at most")
    yield Bar(f"{name}_false_shut", edge.shut, "share", WRONG, "at most")
    opened = _verdicts(condition, far, seen).opened
    yield Bar(f"{name}_power", opened, "share", POWER, "at least")


def _verdicts(
    condition: str, settings: Mapping[str, float], seen: list[Evidence]
) -> Shares:
    from django.utils import timezone

    from registry_bridge import side_gates
    from registry_bridge.models import Gate, GateCheck, Training

    gate = Gate(condition=condition, settings=dict(settings))
    training, now = Training(version="2", champion="1"), timezone.now()
    found = [side_gates.judge(gate, training, each, now).verdict for each in seen]
    opened, shut = (
        found.count(verdict) / len(found)
        for verdict in (GateCheck.Verdict.OPEN, GateCheck.Verdict.SHUT)
    )
    return Shares(opened, shut)
