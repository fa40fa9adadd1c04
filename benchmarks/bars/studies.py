"""Studies of disagreements through the product's own gate code: false promotions, power, time.

Predictions come one after the other. Where both versions agree nobody looks; the others
are labelled, and those on which only the champion is right settle late, some never in
time. The gate is looked at whenever the oldest one that waits has settled.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bars.bar import Bar
from benchmarks.bars.product import ready_to_import
from reviewer.stats import intake_order
from reviewer.stats.disagreements import Evidence, Items, Terms
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from registry_bridge.models import Gate, Study

    Floats = NDArray[np.float64]

BETTER: Final = "challenger_better"
NOT_WORSE: Final = "challenger_not_worse"
MARGIN: Final = 0.02
DELTA: Final = 0.05
# What chance may add in so many runs.
FALSE: Final = 0.06
LOOK_MS: Final = 5.0
_PREDICTIONS: Final = 4_000
# One look for so many predictions that came: the evidence of more is the same.
_BETWEEN: Final = 40
_LATE: Final = 200.0
_SOON: Final = 20.0
_DUE: Final = 800.0


@dataclass(frozen=True, slots=True)
class Pair:
    """How often only the challenger is right, only the champion, and neither."""

    wins: float
    losses: float
    neither: float = 0.005

    @property
    def gain(self) -> float:
        return self.wins - self.losses


EQUAL: Final = Pair(0.025, 0.025)
EDGE: Final = Pair(0.025, 0.025 + MARGIN)
GOOD: Final = Pair(0.034, 0.015)


@dataclass(frozen=True, slots=True)
class Stream:
    """Predictions in the order of intake, and when each is settled or overdue."""

    d: Floats
    standing: NDArray[np.intp]
    known_at: Floats

    @classmethod
    def of(cls, pair: Pair, rng: np.random.Generator, n: int, pi: float) -> Stream:
        kind = rng.choice(4, n, p=_shares(pair))
        kept = (kind == 0) | (rng.random(n) < pi)
        d = np.array([0.0, 1.0, -1.0, 0.0])[kind]
        delay = rng.exponential(1, n) * np.array([0.0, _SOON, _LATE, _LATE])[kind]
        late = np.where(delay > _DUE, Standing.OVERDUE, Standing.SETTLED)
        standing = np.where(kind == 0, Standing.TIE, late)
        known = np.arange(n) + np.minimum(delay, _DUE)
        return cls(d[kept], standing[kept].astype(np.intp), known[kept])

    def at(self, now: float, after: int) -> NDArray[np.intp]:
        """What is known of the items from one on that came by now."""
        here = slice(after, None)
        unknown = self.known_at[here] > now
        return np.where(unknown, Standing.OPEN, self.standing[here])


def _shares(pair: Pair) -> list[float]:
    differ = (pair.wins, pair.losses, pair.neither)
    return [1 - sum(differ), *differ]


def bars(runs: int) -> Iterator[Bar]:
    ready_to_import()
    rng = np.random.default_rng(97)
    for name, condition, pair in (
        ("equal", BETTER, EQUAL),
        ("edge", NOT_WORSE, EDGE),
    ):
        for pi in (1.0, 0.3):
            found = [opened(condition, pair, rng, pi) for _ in range(runs)]
            share = float(np.mean([each is not None for each in found]))
            named = f"study_{name}{'_budget' if pi < 1 else ''}_false_pass"
            yield Bar(named, share, "share", FALSE, "at most")
    labels = [opened(BETTER, GOOD, rng, 1.0) for _ in range(runs)]
    power = float(np.mean([each is not None for each in labels]))
    yield Bar("study_better_power", power, "share", 0.9, "at least")
    needed = float(np.median([each for each in labels if each is not None]))
    yield Bar("study_better_labels", needed, "labels", 100, "at most")
    yield Bar("study_look", look_ms(), "ms", LOOK_MS, "at most")


def opened(
    condition: str,
    pair: Pair,
    rng: np.random.Generator,
    pi: float,
    predictions: int = _PREDICTIONS,
) -> int | None:
    """Labels until the gate opens, at any look; None: it never does."""
    gate, study = _gate(condition), a_study(pi)
    stream, upto = Stream.of(pair, rng, predictions, pi), 0
    for now in np.arange(0, predictions + _DUE + _BETWEEN, _BETWEEN):
        standing = stream.at(now, upto)
        ready = intake_order.first_open(standing)
        if not ready:
            continue
        _use(study, stream, slice(upto, upto + ready), standing[:ready])
        upto += ready
        if _is_open(gate, study):
            return Evidence.from_json(study.evidence).whole.labels
    return None


def _use(
    study: Study, stream: Stream, chosen: slice, standing: NDArray[np.intp]
) -> None:
    tie, overdue = standing == Standing.TIE, standing == Standing.OVERDUE
    terms = Terms(**study.claims)
    items = Items(
        d=np.where(overdue, -1.0, stream.d[chosen]),
        pi=np.where(tie, 1.0, terms.pi),
        tie=tie,
        overdue=overdue,
    )
    before = Evidence.from_json(study.evidence)
    study.evidence = before.after(items, None, terms).as_json()


def _is_open(gate: Gate, study: Study) -> bool:
    from registry_bridge import study_gates

    return study_gates.judge(gate, study, study_gates.look(study)).is_open


def _gate(condition: str) -> Gate:
    from registry_bridge.models import Gate

    return Gate(name="by-study", condition=condition, action="propose")


def a_study(pi: float = 1.0) -> Study:
    """As one begins, kept nowhere."""
    from django.utils import timezone

    from registry_bridge.models import Study

    levels = {"better": DELTA, "not_worse": DELTA, "margin": MARGIN, "fewest": 100}
    terms = {"pi": pi, "slices": "", "most_labels": 1_000, **levels}
    return Study(terms=terms, since=timezone.now(), drawn_upto=0, upto=0)


def look_ms() -> float:
    """A look at counts of 4,000 predictions, judged for a gate: the median of many."""
    gate, study = _gate(BETTER), a_study()
    stream = Stream.of(EQUAL, np.random.default_rng(5), _PREDICTIONS, 1.0)
    _use(study, stream, slice(None), stream.standing)
    took = []
    for _ in range(50):
        began = time.perf_counter()
        _is_open(gate, study)
        took.append(1000 * (time.perf_counter() - began))
    return float(np.median(took))
