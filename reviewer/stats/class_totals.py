"""How many predictions are of a class, among those called so and among the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import chance, folds
from reviewer.stats.calibrated import MANY_LEVELS, MANY_ROWS, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reviewer.stats.chance import ChanceOfRight
    from reviewer.stats.class_rows import ClassRows, ClassTotals

    Floats = NDArray[np.float64]

# Predicted chances that differ by less than this part of themselves are all alike.
_ALIKE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Total:
    """An estimated number of predictions, and its variance."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class Known:
    """Answers dealt to folds, those alike in inclusion, confidence and fold in one cell.

    By dealt row: its `row`, what was `said` and is the `truth`, its `cell`, its count `n`.
    By cell: `pi`, `fold`, `held` (how many), and the chance
    `f` of being right by what other folds answered. `sure` is that chance of each of the
    window's bins by the map of each fold, F×B.
    """

    rows: ClassRows
    everyone: ClassTotals
    row: NDArray[np.intp]
    said: NDArray[np.intp]
    truth: NDArray[np.intp]
    cell: NDArray[np.intp]
    n: Floats
    pi: Floats
    fold: NDArray[np.intp]
    held: Floats
    f: Floats
    sure: Floats
    least: float

    def by_cell(self, dealt: NDArray[np.intp], values: Floats | None = None) -> Floats:
        """Sums over these dealt rows, of their counts or of counts times values."""
        n = self.n[dealt] if values is None else self.n[dealt] * values
        return _summed(self.cell[dealt], n, self.pi.size)


def know(rows: ClassRows, everyone: ClassTotals, lowest: float | None) -> Known:
    """Deals answers to folds and fits what confidence says; `lowest` as in accuracy()."""
    dealt = folds.deal(rows.n)
    cell = _cells(rows, dealt)
    size = int(cell.max()) + 1
    pi, fold = np.empty(size), np.empty(size, dtype=np.intp)
    pi[cell], fold[cell] = rows.pi[dealt.row], dealt.fold
    held = _summed(cell, dealt.n, size)
    sure = _summed(cell, dealt.n * rows.confidence[dealt.row], size) / held
    said, truth = rows.said[dealt.row], rows.truth[dealt.row]
    odds = chance.logit(np.minimum(sure, 1.0))
    maps = _fit(odds, pi, fold, held, _summed(cell, dealt.n * (said == truth), size))
    at = chance.logit(everyone.confidence)
    least = min(float(rows.pi.min()), lowest if lowest is not None else 1.0)
    return Known(
        rows,
        everyone,
        dealt.row,
        said,
        truth,
        cell,
        dealt.n,
        pi,
        fold,
        held,
        folds.predict(maps, odds, fold),
        np.stack([each.at(at) for each in maps]),
        least,
    )


def totals(known: Known, k: int) -> tuple[Total, Total]:
    """How many that were called k are of class k, and how many of the others are."""
    everyone, f = known.everyone, known.f
    called, size = everyone.said[:, k], float(everyone.said.sum())
    n, others = float(called.sum()), everyone.others[:, k]
    so, is_k = np.flatnonzero(known.said == k), np.flatnonzero(known.truth == k)
    seen = known.by_cell(so)
    x = known.by_cell(so[known.truth[so] == k])
    found = _Part(seen, x, f * seen, f**2 * seen, f * x)
    missed = _missed(known, k, is_k[known.said[is_k] != k], seen)
    return (
        _total(known, found, n, n / size, known.sure @ called),
        _total(
            known,
            missed,
            size - n,
            float(others.sum()) / size,
            (1 - known.sure) @ others,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """Answers of the predictions called k, or of the others, summed by cell.

    `n` how many, `x` how many are of the class, and with p the chance predicted of each:
    Σ p, Σ p², Σ x·p.
    """

    n: Floats
    x: Floats
    p: Floats
    pp: Floats
    xp: Floats


def _missed(known: Known, k: int, is_k: NDArray[np.intp], called: Floats) -> _Part:
    """Of those called otherwise. Shares of what was called k are 0: sums may go over all."""
    shares, wrong = known.rows.shares[:, k][known.row], 1 - known.f
    each, all_ = known.n * shares, known.pi.size
    n = known.held - called
    p = wrong * _summed(known.cell, each, all_)
    pp = wrong**2 * _summed(known.cell, each * shares, all_)
    xp = wrong * known.by_cell(is_k, shares[is_k])
    return _Part(n, known.by_cell(is_k), p, pp, xp)


def _total(
    known: Known, part: _Part, size: float, errors: float, sums: Floats
) -> Total:
    """The difference estimator of one part, `size` predictions.

    `errors` is the part of all errors that would be an error here about k; `sums` the
    chances of all predictions of the part together, by the map of each fold.
    """
    w, a = 1 / known.pi, (1 - known.pi) / known.pi**2
    stood = float(w @ part.n)
    if not stood or not size:
        return Total(0.0, 0.0)
    use = _slope(part, w, a)
    mean = float(w @ (part.x - use * part.p)) / stood
    shares = np.bincount(known.fold, w * part.n, sums.size) / stood
    value = use * float(shares @ sums) + size * mean
    # Σ (x - use·p - mean)², x being 0 or 1
    square = part.x - 2 * use * part.xp + use**2 * part.pp
    square = square - 2 * mean * (part.x - use * part.p) + mean**2 * part.n
    unseen = UNSEEN * errors * (1 - known.least) / known.least**2
    spread = max(float(a @ square), float(a @ (part.p - part.pp)), unseen)
    return Total(min(max(value, 0.0), size), spread * (size / stood) ** 2)


def _slope(part: _Part, w: Floats, a: Floats) -> float:
    """calibrated.difference_slope() from sums."""
    stood = float(w @ part.n)
    x, p = float(w @ part.x) / stood, float(w @ part.p) / stood
    square = float(a @ (part.pp - 2 * p * part.p + p**2 * part.n))
    if square <= _ALIKE * float(a @ part.pp):
        return 0.0
    both = float(a @ (part.xp - p * part.x - x * part.p + x * p * part.n))
    return min(max(both / square, 0.0), 1.0)


def _summed(place: NDArray[np.intp], values: Floats, size: int) -> Floats:
    return np.bincount(place, values, size).astype(np.float64)


def _cells(rows: ClassRows, dealt: folds.Dealt) -> NDArray[np.intp]:
    """The cell of each dealt row; few rows have one each."""
    if dealt.row.size < MANY_ROWS:
        return np.arange(dealt.row.size)
    levels, level = np.unique(rows.pi, return_inverse=True)
    if levels.size > MANY_LEVELS:
        return np.arange(dealt.row.size)
    place = level * chance.BINS + chance.bins(rows.confidence)
    key = place[dealt.row] * folds.FOLDS + dealt.fold
    cell: NDArray[np.intp] = np.unique(key, return_inverse=True)[1]
    return cell


def _fit(
    odds: Floats, pi: Floats, fold: NDArray[np.intp], n: Floats, right: Floats
) -> Sequence[ChanceOfRight]:
    """folds.fit() from how many answers of each cell are right."""
    both = np.concatenate([n - right, right])
    some = np.flatnonzero(both)
    at, y = some % n.size, (some >= n.size).astype(np.float64)
    dealt = folds.Dealt(at, fold[at], both[some])
    return folds.fit(y, odds[at], both[some] / pi[at], dealt)
