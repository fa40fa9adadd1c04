"""How good one version is, from its drawn answers and the confidences of all it sent.

Confidences make estimates narrower, never biased. They help where every prediction of the
window came with one; where they cannot, an estimate rests on the answers alone and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from reviewer.evidence import spread
from reviewer.rollups.confidences import NO_BIN
from reviewer.stats import calibrated, class_counts, classes, estimation
from reviewer.stats.calibration_error import calibration_error
from reviewer.stats.class_rows import ClassesReviewed, ClassTotals
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.reliability import Point, reliability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.evidence import Judged, Seen
    from reviewer.rollups.confidences import Sure

    Floats = NDArray[np.float64]

Number: TypeAlias = Estimate | NotEnough
# Answers times labels: more would take too much memory at once (32 bytes each).
MOST_CELLS: Final = 4_000_000
_FEWEST: Final = 10
UNHELPED: Final = "without the help of confidences"


@dataclass(frozen=True)
class LabelQuality:
    """Of what was called so, how much is; of what is so, how much was found; both in one."""

    label: str
    precision: Number
    recall: Number
    f1: Number


@dataclass(frozen=True)
class Basis:
    """What the figures of one version rest on."""

    judged: Sequence[Judged]
    # Of all that was sent once in the window, unless some of it is gone.
    told: Sequence[Sure]
    # How many predictions that were.
    size: int
    # The smallest inclusion probability any of them had.
    lowest: float
    # The share of them that no answer stands for.
    unseen: float

    @classmethod
    def of(cls, seen: Seen, told: Sequence[Sure], *, once: int, least: float) -> Basis:
        """`once` predictions were counted before `told` was, with pi·b of `least` or more."""
        size, judged = max(once, sum(each.n for each in told)), seen.judged
        lowest = min([least, *(each.inclusion for each in judged)])
        return cls(judged, told, size, lowest, seen.unseen)

    @cached_property
    def estimate(self) -> Number:
        """Its accuracy."""
        return estimation.of_all(_accuracy(self), self.unseen)

    @cached_property
    def outcomes(self) -> Floats:
        """Of each answer: 1 right, 0 wrong, NaN none."""
        return spread((each.outcome for each in self.judged), self.judged)

    @cached_property
    def inclusion(self) -> Floats:
        return spread((each.inclusion for each in self.judged), self.judged)

    @property
    def is_whole(self) -> bool:
        """Whether all predictions are told of; removed before they were counted, they are not."""
        return sum(each.n for each in self.told) == self.size

    @property
    def unsure(self) -> int:
        """Predictions without a confidence."""
        return sum(each.n for each in self.told if each.bin == NO_BIN)

    @cached_property
    def is_helped(self) -> bool:
        answers = all(each.bin != NO_BIN for each in self.judged)
        return answers and self.is_whole and not self.unsure

    @property
    def stands_for_few(self) -> bool:
        """Whether so much is drawn but not answered that nothing can be said of the rest."""
        missing = isinstance(self.estimate, NotEnough)
        return missing and self.estimate.n >= _FEWEST


def _accuracy(basis: Basis) -> Number:
    if basis.is_helped:
        return calibrated.accuracy(
            _reviewed(basis.judged), _everyone(basis), lowest=basis.lowest
        )
    found = estimation.weighted_mean(
        basis.outcomes, basis.inclusion, lowest=basis.lowest, size=basis.size
    )
    if isinstance(found, NotEnough):
        return found
    return replace(found, method=f"{found.method}, {UNHELPED}: {_why(basis)}")


def _why(basis: Basis) -> str:
    if basis.unsure:
        return f"{basis.unsure} of {basis.size} predictions came with none"
    return "some predictions were removed before theirs were counted"


def _reviewed(judged: Sequence[Judged]) -> calibrated.Reviewed:
    return calibrated.Reviewed(
        [each.outcome for each in judged],
        [each.inclusion for each in judged],
        [each.confidence for each in judged],
        [each.n for each in judged],
    )


def _everyone(basis: Basis) -> calibrated.Everyone:
    sure, n = _bins(basis.told)
    return calibrated.Everyone(sure, n)


def _bins(told: Sequence[Sure]) -> tuple[Floats, Floats]:
    """Mean confidence and number of predictions of each bin, in rising order."""
    total: dict[int, float] = defaultdict(float)
    n: dict[int, int] = defaultdict(int)
    for each in told:
        total[each.bin] += each.total
        n[each.bin] += each.n
    sure = [total[place] / n[place] for place in sorted(n)]
    return np.array(sure), np.array([n[place] for place in sorted(n)], dtype=np.float64)


def calibration(basis: Basis) -> Number:
    """How far confidence is from accuracy, on average; in no unit, like both."""
    if isinstance(basis.estimate, NotEnough):
        return basis.estimate
    if not basis.is_helped:
        return NotEnough("a confidence from every prediction", basis.estimate.n)
    return calibration_error(_reviewed(basis.judged), _everyone(basis))


def curve(basis: Basis) -> tuple[Point, ...] | NotEnough:
    """The reliability curve: how many are right of those that were as sure as that."""
    if isinstance(basis.estimate, NotEnough):
        return basis.estimate
    if not basis.is_helped:
        return NotEnough("a confidence from every prediction", basis.estimate.n)
    return reliability(_reviewed(basis.judged), _everyone(basis))


def by_label(basis: Basis) -> tuple[LabelQuality, ...]:
    """Precision, recall and F1 of each label that was said or is true of an answer."""
    known = [each for each in basis.judged if each.true is not None]
    labels = tuple(sorted({each.said for each in known} | {str(k.true) for k in known}))
    if basis.stands_for_few:
        few = basis.estimate
        return tuple(LabelQuality(label, few, few, few) for label in labels)
    if not labels:
        return ()
    if _fits(basis, known, len(labels) + 1):
        return _calibrated(basis, known, labels)
    return _plain(basis, known, labels)


def _fits(basis: Basis, known: Sequence[Judged], columns: int) -> bool:
    """Whether it is known of each label how many were called so, and all is not too much."""
    answers, told = defaultdict[str, int](int), defaultdict[str, int](int)
    for each in known:
        answers[each.said] += each.n
    for one in basis.told:
        told[one.said] += one.n
    counted = all(answers[label] <= told[label] for label in answers)
    small = columns * sum(answers.values()) <= MOST_CELLS
    return basis.is_whole and counted and small


def _calibrated(
    basis: Basis, known: Sequence[Judged], labels: tuple[str, ...]
) -> tuple[LabelQuality, ...]:
    """By classes.by_class(): what is left of a confidence is shared evenly by other labels.

    The last column is all labels that no answer is about. Where not all confidences are
    known, everything is as sure as chance, and only the counts of what was said help.
    """
    place = {label: at for at, label in enumerate(labels)}
    found = classes.by_class(
        ClassesReviewed(
            spread((place[each.said] for each in known), known),
            spread((place[str(each.true)] for each in known), known),
            spread((each.inclusion for each in known), known),
            _probabilities(basis, known, place),
        ),
        _totals(basis, place),
        lowest=basis.lowest,
    )
    return tuple(
        LabelQuality(label, each.precision, each.recall, each.f1)
        for label, each in zip(labels, found[:-1], strict=True)
    )


def _probabilities(
    basis: Basis, known: Sequence[Judged], place: dict[str, int]
) -> Floats:
    others = len(place)
    rows = np.empty((len(known), others + 1))
    for row, each in zip(rows, known, strict=True):
        sure = each.confidence if basis.is_helped else 1 / (others + 1)
        row[:] = (1 - sure) / others
        row[place[each.said]] = sure
    return np.repeat(rows, [each.n for each in known], axis=0)


def _totals(basis: Basis, place: dict[str, int]) -> ClassTotals:
    others = len(place)
    told = list(basis.told)
    if not basis.is_helped:
        chance = 1 / (others + 1)
        told = [each._replace(bin=0, total=each.n * chance) for each in told]
    at = {each: row for row, each in enumerate(sorted({one.bin for one in told}))}
    said = np.zeros((len(at), others + 1))
    for each in told:
        said[at[each.bin], place.get(each.said, others)] += each.n
    sure, n = _bins(told)
    return ClassTotals(sure, said, (n[:, None] - said) / others)


def _plain(
    basis: Basis, known: Sequence[Judged], labels: tuple[str, ...]
) -> tuple[LabelQuality, ...]:
    said = spread((each.said for each in known), known)
    true = spread((str(each.true) for each in known), known)
    pi = spread((each.inclusion for each in known), known)
    found = estimation.by_label(true, said, pi, labels, lowest=basis.lowest)
    return tuple(
        LabelQuality(
            label, each.precision, each.recall, _f1(said, true, label, pi, basis)
        )
        for label, each in found.items()
    )


def _f1(
    said: NDArray[np.str_],
    true: NDArray[np.str_],
    label: str,
    pi: Floats,
    basis: Basis,
) -> Number:
    hit, either = (said == label) & (true == label), (said == label) | (true == label)
    fewer = min(int((said == label).sum()), int((true == label).sum()))
    if fewer < _FEWEST:
        more = _FEWEST - fewer
        return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", fewer)
    return class_counts.f1(hit, either & ~hit, pi, basis.lowest)
