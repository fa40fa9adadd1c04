"""What a study of disagreements has seen, and which claims that bears out.

Two versions of a model answer the same inputs. Where they agree nothing is labelled: the
difference of shares of right answers is 0 there whatever is true. Where they differ, a
known share pi is labelled. Items count in the order of intake (intake_order.py); what
nobody answered in time counts as the worst case for whatever is claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewer.stats import betting, confidence_sequences, multiplicity
from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.evidence_path import Path, Point
from reviewer.stats.sequential import PairedTest, more_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Where there are more slices, those that come later are one.
MOST_SLICES: Final = 50
OTHERS: Final = "(others)"
NOTHING: Final = Counts.of([], [])
_LOWEST: Final = -700.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Fixed before the first item: chance, margin, levels, and which slices are judged.

    A slice is judged once it has `fewest` items, and as many as could decide it at all.
    """

    pi: float = 1.0
    better: float = 0.05
    margin: float = 0.02
    not_worse: float = 0.05
    fewest: int = 100

    @property
    def tests(self) -> tuple[PairedTest, PairedTest]:
        """Better; worse by less than `margin`."""
        return (
            PairedTest(0.0, self.pi, self.pi, self.better),
            PairedTest(self.margin, self.pi, self.pi, self.not_worse),
        )

    @property
    def enough(self) -> int:
        return max(self.fewest, _least(self.tests[1]))


@lru_cache(maxsize=64)
def _least(test: PairedTest) -> int:
    """How many items on which both agree make "not worse" hold: fewer never do."""
    best = float(np.log1p(test.bets * test.margin).max())
    low, high = 0, math.ceil((math.log(test.bets.size) - math.log(test.alpha)) / best)
    while high - low > 1:
        n = (low + high) // 2
        ties = Counts.of([0.0], [1.0], [n])
        low, high = (low, n) if _held(test, test.log_e(ties)) else (n, high)
    return high


def _held(test: PairedTest, log_e: float) -> bool:
    return betting.reached(log_e, test.alpha)


@dataclass(frozen=True, slots=True)
class Seen:
    """Items of a study or of one slice, as counts; `labelled` have d of -1, 0 or 1.

    `peaks` are the greatest ln e of "better" and "not worse" after any item so far: a
    claim that was reached stays reached.
    """

    agreed: int = 0
    labelled: Counts = NOTHING
    # Drawn, and not answered in time: with the worst d for "better", -1.
    overdue: Counts = NOTHING
    peaks: tuple[float, float] = (_LOWEST, _LOWEST)

    @property
    def n(self) -> int:
        return self.agreed + self.labels

    @property
    def labels(self) -> int:
        """Items that were labelled, or should have been."""
        return round(self.labelled.n + self.overdue.n)

    @property
    def counts(self) -> Counts:
        """For claims in favour of the new version."""
        agreed = Counts.of([0.0], [1.0], [self.agreed]) if self.agreed else NOTHING
        return self.labelled.plus(self.overdue).plus(agreed)

    @property
    def reversed(self) -> Counts:
        """For the claim that the new version is worse: the other way round."""
        turned = Counts.of(
            -self.labelled.values, self.labelled.inclusion, self.labelled.times
        )
        return turned.plus(self.overdue)

    def after(self, items: Items, terms: Terms) -> Seen:
        """With some more items, in the order of intake."""
        if not items.d.size:
            return self
        peaks = (
            max(peak, float(path.max()))
            for peak, path in zip(self.peaks, self.paths(items, terms), strict=True)
        )
        known = ~items.tie & ~items.overdue
        return Seen(
            agreed=self.agreed + int(items.tie.sum()),
            labelled=self.labelled.plus(Counts.of(items.d[known], items.pi[known])),
            overdue=self.overdue.plus(
                Counts.of(items.d[items.overdue], items.pi[items.overdue])
            ),
            peaks=tuple(peaks),  # type: ignore[arg-type]
        )

    def paths(self, items: Items, terms: Terms) -> list[Floats]:
        """ln e of "better" and of "not worse" after each of some more items: (items,)."""
        before = self.counts
        return [t.path(items.d, items.pi, before=before) for t in terms.tests]

    def as_json(self) -> dict[str, Any]:
        return {
            "agreed": self.agreed,
            "labelled": self.labelled.as_json(),
            "overdue": self.overdue.as_json(),
            "peaks": list(self.peaks),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Seen:
        better, not_worse = kept["peaks"]
        return cls(
            agreed=int(kept["agreed"]),
            labelled=Counts.from_json(kept["labelled"]),
            overdue=Counts.from_json(kept["overdue"]),
            peaks=(float(better), float(not_worse)),
        )


@dataclass(frozen=True, slots=True)
class Items:
    """Items of one slice in the order of intake; d is -1 where `overdue`, 0 for a tie."""

    d: Floats
    pi: Floats
    tie: NDArray[np.bool_]
    overdue: NDArray[np.bool_]

    def part(self, chosen: NDArray[np.bool_]) -> Items:
        return Items(
            self.d[chosen], self.pi[chosen], self.tie[chosen], self.overdue[chosen]
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of a study, its slices, and how the evidence over all went."""

    whole: Seen = field(default_factory=Seen)
    slices: Mapping[str, Seen] = field(default_factory=dict)
    path: Path = field(default_factory=Path)

    def after(
        self, items: Items, slices: Sequence[str] | None, terms: Terms
    ) -> Evidence:
        """With some more items; `slices` names that of each, None where there are none."""
        whole, path = self.whole.after(items, terms), self._went(items, terms)
        if slices is None:
            return replace(self, whole=whole, path=path)
        parts = dict(self.slices)
        names = np.array([self._place(name, parts) for name in slices])
        for name in dict.fromkeys(names.tolist()):
            parts[name] = parts[name].after(items.part(names == name), terms)
        return Evidence(whole, parts, path)

    def _went(self, items: Items, terms: Terms) -> Path:
        labelled = ~items.tie
        if not labelled.any():
            return self.path
        labels = self.whole.labels + np.cumsum(labelled)
        rows = np.column_stack([labels, *self.whole.paths(items, terms)])[labelled]
        return self.path.after(Point(int(n), *e) for n, *e in rows.tolist())

    @staticmethod
    def _place(name: str, parts: dict[str, Seen]) -> str:
        """The slice's own name, while there is room for it."""
        if name not in parts:
            name = name if len(parts) < MOST_SLICES else OTHERS
            parts.setdefault(name, Seen())
        return name

    def as_json(self) -> dict[str, Any]:
        slices = {name: seen.as_json() for name, seen in self.slices.items()}
        path = self.path.as_json()
        return {"whole": self.whole.as_json(), "slices": slices, "path": path}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Evidence:
        if not kept:
            return cls()
        slices = {k: Seen.from_json(each) for k, each in kept["slices"].items()}
        path = Path.from_json(kept.get("path", {}))
        return cls(Seen.from_json(kept["whole"]), slices, path)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as it stands: ln of the e-value now, and at its best so far (`peak`)."""

    log_e: float
    peak: float
    alpha: float

    @property
    def needed(self) -> float:
        """The e-value at which it holds, for good."""
        return 1 / self.alpha

    @property
    def holds(self) -> bool:
        return betting.reached(self.peak, self.alpha)

    def as_json(self) -> dict[str, Any]:
        told = {"needed": self.needed, "holds": self.holds}
        return {"log_e": self.log_e, "peak": self.peak, **told}


def better(seen: Seen, terms: Terms) -> Claim:
    test = terms.tests[0]
    return Claim(test.log_e(seen.counts), seen.peaks[0], test.alpha)


def not_worse(seen: Seen, terms: Terms) -> Claim:
    test = terms.tests[1]
    return Claim(test.log_e(seen.counts), seen.peaks[1], test.alpha)


def more(seen: Seen, test: PairedTest) -> Estimate | NotEnough:
    """About how many more labels would decide it (sequential.more_labels()).

    Of the items that would, those that need a label: as many as of those so far.
    """
    items = more_labels(test, seen.counts)
    if isinstance(items, NotEnough):
        return replace(items, n=seen.labels)
    share = seen.labels / max(1, seen.n)
    low, value, high = (
        math.ceil(x * share) for x in (items.low, items.value, items.high)
    )
    return Estimate(value, low, high, seen.labels, items.method)


def difference(seen: Seen, terms: Terms) -> Estimate | NotEnough:
    """Shares of right answers, new version minus old; the interval holds at every look."""
    agreed = Counts.of([0.0], [1.0], [seen.agreed]) if seen.agreed else NOTHING
    return confidence_sequences.weighted_mean(
        seen.labelled.plus(agreed),
        lowest=terms.pi,
        bounds=(-1.0, 1.0),
        unanswered=seen.overdue,
    )


def worse(seen: Seen, terms: Terms) -> Claim:
    """The new version is worse: what a veto says, and what ends hope."""
    test = terms.tests[0]
    log_e = test.log_e(seen.reversed)
    return Claim(log_e, log_e, test.alpha)


def judged(slices: Mapping[str, Seen], terms: Terms) -> dict[str, Claim]:
    """ "Not worse" on each slice with enough items, each at its own level (every())."""
    return {
        name: not_worse(seen, terms)
        for name, seen in slices.items()
        if seen.n >= terms.enough
    }


def harmed(slices: Mapping[str, Seen], terms: Terms) -> tuple[str, ...]:
    """Slices on which the new version is worse, by e-BH: looked at after every label."""
    if not slices:
        return ()
    logs: Iterable[float] = (worse(seen, terms).log_e for seen in slices.values())
    e_values = np.exp(np.minimum(np.array(list(logs)), -_LOWEST))
    found = multiplicity.e_bh(e_values, terms.better)
    return tuple(np.array(list(slices))[found].tolist())
