"""Accuracy from reviewed predictions and the confidence of all: narrower, and still unbiased.

What a model says of itself only counts as far as reviews confirm it: the estimate is the
mean predicted chance of being right, put right by what the reviewed ones show of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import chance, folds
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import TOLERATED_NONRESPONSE, weighted_mean
from reviewer.stats.intervals import wilson_effective

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.estimation import Target

    Floats = NDArray[np.float64]

# The variance allows for this part of an error of the greatest weight that nobody saw.
UNSEEN: Final = 0.25
# Fewer cannot tell how to calibrate.
_ENOUGH_TO_FIT: Final = 50
# With fewer errors seen, only their count can be trusted, no variance.
FEWEST_ERRORS: Final = 5
_SURE: Final = 1e-9
# From here on rows are put together: ten times as fast, and the same to five digits.
MANY_ROWS: Final = 20_000
MANY_LEVELS: Final = 1_000
_OUTCOMES: Final = (0.0, 1.0, np.nan)
METHOD: Final = "calibrated difference, Wilson at n_eff"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The reviewed predictions, a row each; or rows that are alike together, with counts.

    `outcomes` 1 right, 0 wrong, NaN closed without an answer; `inclusion` as in
    estimation.py; `confidence` in [0, 1]; `counts` how many predictions a row stands for
    (whole numbers; one each by default). All of one length.
    """

    outcomes: ArrayLike
    inclusion: ArrayLike
    confidence: ArrayLike
    counts: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Everyone:
    """The confidences of all predictions of the window, reviewed or not; counts as above."""

    confidence: ArrayLike
    counts: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Answers as arrays of one length: outcome, inclusion, confidence, count."""

    y: Floats
    pi: Floats
    confidence: Floats
    n: Floats

    def filled(self, outcome: float | None) -> Rows:
        """With `outcome` for what has no answer, or without those rows."""
        open_ = np.isnan(self.y)
        if outcome is not None:
            return replace(self, y=np.where(open_, outcome, self.y))
        columns = (self.y, self.pi, self.confidence, self.n)
        return Rows(*(each[~open_] for each in columns))


def accuracy(
    reviewed: Reviewed,
    everyone: Everyone,
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> Estimate | NotEnough:
    """The share of right predictions among all, helped by their confidence.

    With f the chance of being right, fitted from the answers (chance.py) in five folds so
    that no answer is predicted by itself, and w = 1/inclusion:

        value = l·mean_all(f) + Σ w(y - l·f)/Σ w,
        l = Σ a(y - ȳ)(f - f̄)/Σ a(f - f̄)² within [0, 1], a = (1 - pi)/pi²,
        V = Σ a(r - r̄)²/(Σ w)², r = y - l·f,

    the difference estimator (Särndal, Swensson & Wretman 1992, 6.3) tuned as in PPI++
    (Angelopoulos, Duchi & Zrnic 2023). V is at least what the calibrated model expects,
    Σ a·f(1 - f)/(Σ w)², and at least what a quarter of an error of the greatest weight
    (inclusion `lowest`) adds. Target "model" adds the variance of drawing the window
    itself, ȳ(1 - ȳ)/N. The interval is Wilson's at n_eff = value(1 - value)/V (after Korn
    & Graubard 1998).

    Where confidences cannot help (below 50 answers, fewer than five of them wrong, or
    right, an estimate at 0 or 1), it is weighted_mean()'s estimate, which also says what
    is not enough. Above 1 % (by weight) without an answer, low and high are the worst cases. ValueError for
    lengths that differ or values out of range, NaN confidences included.
    """
    rows = read(reviewed)
    held, many = grouped(everyone)
    size = round(float(many.sum()))
    if size < rows.n.sum():
        raise ValueError("more predictions reviewed than there are")
    plain = _plain(rows, size, lowest, target, level)
    rows = _compact(rows)
    known = rows.filled(None)
    if isinstance(plain, NotEnough) or not _can_help(known):
        return plain
    least = min(float(rows.pi.min()), lowest if lowest is not None else 1.0)

    def among(answers: Rows) -> Estimate:
        return _estimate(answers, held, many, least, target, plain)

    found = among(known)
    weights = rows.n / rows.pi
    share = float(weights[np.isnan(rows.y)].sum() / weights.sum())
    if share <= TOLERATED_NONRESPONSE:
        return found
    worst, best = among(rows.filled(0.0)), among(rows.filled(1.0))
    method = f"{found.method}, worst case for {share:.1%} without an answer"
    return replace(found, low=worst.low, high=best.high, method=method)


def read(reviewed: Reviewed) -> Rows:
    """As arrays. ValueError for lengths that differ or values out of range."""
    y = np.asarray(reviewed.outcomes, dtype=np.float64)
    pi = np.asarray(reviewed.inclusion, dtype=np.float64)
    sure = np.asarray(reviewed.confidence, dtype=np.float64)
    n = counts_of(reviewed.counts, y.size)
    if not y.shape == pi.shape == sure.shape:
        raise ValueError("outcomes, inclusion and confidence differ in length")
    if not np.all((pi > 0) & (pi <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    if not np.all(np.isnan(y) | (y == 0) | (y == 1)):
        raise ValueError("outcomes are 0, 1 or NaN (no answer)")
    if not np.all((sure >= 0) & (sure <= 1)):
        raise ValueError("confidences are numbers from 0 to 1")
    return Rows(y, pi, sure, n)


def counts_of(counts: ArrayLike | None, rows: int) -> Floats:
    """Counts as an array, ones by default. ValueError unless whole, positive, one per row."""
    n = np.ones(rows) if counts is None else np.asarray(counts, dtype=np.float64)
    if n.shape != (rows,) or not np.all((n > 0) & (n == np.floor(n))):
        raise ValueError("a count is a whole number above 0, one for each row")
    return n


def grouped(everyone: Everyone) -> tuple[Floats, Floats]:
    """Confidences in rising order, at most 2048, and how many predictions have each."""
    size = np.asarray(everyone.confidence).size
    counts = None if everyone.counts is None else counts_of(everyone.counts, size)
    return chance.binned(everyone.confidence, counts)


def _plain(
    rows: Rows, size: int, lowest: float | None, target: Target, level: float
) -> Estimate | NotEnough:
    times = rows.n.astype(np.intp)
    y, pi = np.repeat(rows.y, times), np.repeat(rows.pi, times)
    return weighted_mean(y, pi, lowest=lowest, size=size, target=target, level=level)


def _compact(rows: Rows) -> Rows:
    """Many rows as groups of the same outcome, inclusion and bin of confidence."""
    levels, level = np.unique(rows.pi, return_inverse=True)
    if rows.y.size < MANY_ROWS or levels.size > MANY_LEVELS:
        return rows
    said = np.where(np.isnan(rows.y), 2, rows.y).astype(np.intp)
    key = (level * chance.BINS + chance.bins(rows.confidence)) * len(_OUTCOMES) + said
    n = np.bincount(key, rows.n).astype(np.float64)
    sure = np.bincount(key, rows.n * rows.confidence)
    some = np.flatnonzero(n)
    pi = levels[some // (chance.BINS * len(_OUTCOMES))]
    y = np.array(_OUTCOMES)[some % len(_OUTCOMES)]
    return Rows(y, pi, sure[some] / n[some], n[some])


def _can_help(known: Rows) -> bool:
    few = known.n.sum() < _ENOUGH_TO_FIT
    return (
        not few and float(np.ptp(known.y)) > 0 and float(np.ptp(known.confidence)) > 0
    )


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers dealt to folds, and their chance f of being right by what others answered.

    y, pi, confidence, n, f by dealt row; `everyone` the chance of each of the window's
    rows, the mean of the folds' maps by their weight; `use` is l of accuracy().
    """

    rows: Rows
    f: Floats
    everyone: Floats
    use: float


def predict(rows: Rows, held: Floats) -> Predicted:
    """Fits the chance of being right to answers; `held` are the window's confidences."""
    dealt = folds.deal(rows.n)
    y, pi, sure = rows.y[dealt.row], rows.pi[dealt.row], rows.confidence[dealt.row]
    w, a = dealt.n / pi, dealt.n * (1 - pi) / pi**2
    odds = chance.logit(sure)
    maps = folds.fit(y, odds, w, dealt)
    f = folds.predict(maps, odds, dealt.fold)
    shares = np.bincount(dealt.fold, w, len(maps)) / w.sum()
    at = chance.logit(held)
    everyone = shares @ np.stack([each.at(at) for each in maps])
    use = difference_slope(y, f, w, a)
    return Predicted(Rows(y, pi, sure, dealt.n), f, everyone, use)


def _estimate(
    answers: Rows,
    held: Floats,
    many: Floats,
    least: float,
    target: Target,
    plain: Estimate,
) -> Estimate:
    known = predict(answers, held)
    pi, n, f = known.rows.pi, known.rows.n, known.f
    w, a = n / pi, n * (1 - pi) / pi**2
    total, size = float(w.sum()), float(many.sum())
    rest = known.rows.y - known.use * f
    mean = float(w @ rest) / total
    value = known.use * float(many @ known.everyone) / size + mean
    if not _SURE < value < 1 - _SURE:
        return plain
    seen = max(float(a @ (rest - mean) ** 2), float(a @ (f * (1 - f))))
    variance = max(seen, UNSEEN * (1 - least) / least**2) / total**2
    if target == "model":
        variance += value * (1 - value) / size
    n_eff = value * (1 - value) / variance if variance > 0 else np.inf
    low, high = wilson_effective(value, n_eff, plain.level)
    return Estimate(value, low, high, plain.n, METHOD, plain.level)


def difference_slope(y: Floats, f: Floats, w: Floats, a: Floats) -> float:
    """l of accuracy(): how far to trust what was predicted, within [0, 1]."""
    away = f - float(w @ f) / float(w.sum())
    square = float(a @ away**2)
    if square <= 0:
        return 0.0
    slope = float(a @ ((y - float(w @ y) / float(w.sum())) * away)) / square
    return min(max(slope, 0.0), 1.0)
