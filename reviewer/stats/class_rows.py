"""What figures of classes rest on: the reviewed predictions, and sums over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats import chance
from reviewer.stats.calibrated import counts_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassesReviewed:
    """The reviewed predictions, a row each: R of all but `probabilities`, R×K.

    `said` and `truth` are places of classes; `inclusion` as in estimation.py. Rows of
    `probabilities` add up to 1; the confidence is that of what was said. `counts` how many
    predictions a row stands for (whole numbers; one each by default): those alike in
    `said`, `truth` and `inclusion` and near in confidence may come as one row, with the
    mean of their probabilities. Items closed without an answer are left out by the caller,
    who says their share.
    """

    said: ArrayLike
    truth: ArrayLike
    inclusion: ArrayLike
    probabilities: ArrayLike
    counts: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class ClassTotals:
    """All predictions of the window, reviewed or not, by bins of their confidence.

    `confidence` B; `said` B×K, how many were said to be each class; `others` B×K, the sum
    over those said to be another class of probability/(1 - confidence): how the rest is
    shared among the classes. All that is needed of a million predictions is B·2K numbers.
    """

    confidence: Floats
    said: Floats
    others: Floats

    @classmethod
    def of(cls, said: ArrayLike, probabilities: ArrayLike) -> ClassTotals:
        """From N predictions and N×K probabilities. ValueError as for_rows()."""
        calls, sure, rest = for_rows(said, probabilities)
        place, classes = chance.bins(sure), rest.shape[1]
        size = int(place.max()) + 1 if place.size else 0
        held = np.bincount(place, minlength=size)
        mean = np.bincount(place, sure, size) / np.maximum(held, 1)
        counts = np.bincount(place * classes + calls, minlength=size * classes)
        shared = [np.bincount(place, rest[:, k], size) for k in range(classes)]
        others: Floats = np.stack(shared, axis=1).astype(np.float64)
        said_of: Floats = counts.reshape(size, classes).astype(np.float64)
        some = held > 0
        return cls(mean[some], said_of[some], others[some])


@dataclass(frozen=True, slots=True)
class ClassRows:
    """ClassesReviewed as arrays, `shares` as for_rows() gives them."""

    said: NDArray[np.intp]
    truth: NDArray[np.intp]
    pi: Floats
    confidence: Floats
    shares: Floats
    n: Floats


def read(reviewed: ClassesReviewed) -> ClassRows:
    """As arrays. ValueError for lengths that differ or values out of range."""
    said, sure, shares = for_rows(reviewed.said, reviewed.probabilities)
    pi = np.asarray(reviewed.inclusion, dtype=np.float64)
    truth = np.asarray(reviewed.truth)
    if not said.shape == truth.shape == pi.shape:
        raise ValueError("said, truth and inclusion differ in length")
    if not np.all((pi > 0) & (pi <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    n = counts_of(reviewed.counts, said.size)
    return ClassRows(said, _places(truth, shares.shape[1]), pi, sure, shares, n)


def for_rows(
    said: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """What was said, its confidence, and how the rest is shared among the other classes.

    The shares are N×K, 0 for what was said, equal where nothing is left. ValueError for
    probabilities that are NaN, negative or do not add up to 1, or a class that is none.
    """
    p, calls = np.asarray(probabilities, dtype=np.float64), np.asarray(said)
    if p.ndim != 2 or calls.shape != p.shape[:1]:
        raise ValueError(
            f"one row of probabilities per answer: {calls.shape}, {p.shape}"
        )
    if not (np.all(p >= 0) and np.all(np.abs(p @ np.ones(p.shape[1]) - 1) <= 1e-3)):
        raise ValueError("the probabilities of a prediction add up to 1")
    places = _places(calls, p.shape[1])
    rows = np.arange(places.size)
    sure = np.minimum(p[rows, places], 1.0)
    rest = p.copy()
    rest[rows, places] = 0
    left = rest @ np.ones(p.shape[1])
    nothing = np.flatnonzero(left <= 0)
    rest[nothing] = 1
    rest[nothing, places[nothing]] = 0
    left[nothing] = max(p.shape[1] - 1, 1)
    rest /= left[:, None]
    return places, sure, rest


def _places(classes: ArrayLike, many: int) -> NDArray[np.intp]:
    given = np.asarray(classes)
    places = given.astype(np.intp)
    if np.any(places != given) or np.any((places < 0) | (places >= many)):
        raise ValueError(f"a class is a place from 0 to {many - 1}")
    return places
