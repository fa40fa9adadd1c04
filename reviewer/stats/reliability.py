"""The reliability curve: of predictions as sure as that, how many are right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.calibrated import grouped, read
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import wilson_effective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.calibrated import Everyone, Reviewed

    Floats = NDArray[np.float64]

BINS: Final = 10
# A bin with fewer answers joins its neighbour.
_FEWEST: Final = 10
METHOD: Final = "weighted share, Wilson at n_eff"


@dataclass(frozen=True, slots=True)
class Point:
    """Predictions alike in confidence: their share of all, mean confidence, accuracy."""

    share: float
    confidence: float
    accuracy: Estimate


def reliability(
    reviewed: Reviewed, everyone: Everyone, *, bins: int = BINS, level: float = 0.95
) -> tuple[Point, ...] | NotEnough:
    """Accuracy against confidence, bin by bin, in rising order of confidence.

    All predictions are cut into `bins` of equal size by confidence; a bin with fewer than
    ten answers joins the next (the last one, the one before). In a bin, with w =
    1/inclusion, accuracy = Σ w·y/Σ w (Hájek), its interval Wilson's at n_eff = (Σ w)²/Σ w²
    (Kish 1965), each for one bin decided on beforehand. Predictions closed without an
    answer (NaN) are left out: how many they are, an estimate of accuracy says.
    NotEnough below ten answers. ValueError as calibrated.accuracy().
    """
    rows = read(reviewed).filled(None)
    held, many = grouped(everyone)
    answers = int(rows.n.sum())
    if answers < _FEWEST or not held.size:
        more = _FEWEST - answers
        return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", answers)
    # the middle of what lies in one place decides where all of it goes
    middle = (np.cumsum(many) - many / 2) / many.sum()
    bin_of_held = np.minimum((middle * bins).astype(np.intp), bins - 1)
    bin_of = bin_of_held[np.searchsorted((held[1:] + held[:-1]) / 2, rows.confidence)]
    groups = _groups(np.bincount(bin_of, rows.n, bins).astype(np.float64))
    place, place_of_held = groups[bin_of], groups[bin_of_held]
    return tuple(
        _point(
            rows.y[place == at],
            (rows.n / rows.pi)[place == at],
            (rows.n / rows.pi**2)[place == at],
            int(rows.n[place == at].sum()),
            _Held(held[place_of_held == at], many[place_of_held == at], many.sum()),
            level,
        )
        for at in range(int(groups.max()) + 1)
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """All predictions of a group: confidences, how many have each, and how many there are."""

    confidence: Floats
    many: Floats
    all: float


def _groups(answers: Floats) -> NDArray[np.intp]:
    """Bin -> group; neighbours join until each group has enough answers."""
    found, group, sofar = np.zeros(answers.size, dtype=np.intp), 0, 0.0
    for at, n in enumerate(answers):
        found[at] = group
        sofar += float(n)
        if sofar >= _FEWEST:
            group, sofar = group + 1, 0.0
    # what is left over at the end is too small to stand alone
    return np.minimum(found, max(group - 1, 0))


def _point(
    y: Floats, w: Floats, squares: Floats, n: int, held: _Held, level: float
) -> Point:
    value = min(float(w @ y) / float(w.sum()), 1.0)
    n_eff = float(w.sum()) ** 2 / float(squares.sum())
    low, high = wilson_effective(value, n_eff, level)
    size = float(held.many.sum())
    return Point(
        share=size / float(held.all),
        confidence=float(held.many @ held.confidence) / size,
        accuracy=Estimate(value, low, high, n, METHOD, level),
    )
