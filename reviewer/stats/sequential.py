"""Is the challenger better, or not worse? Evidence that may be looked at after every label.

A value d is 1 where only the challenger is right, -1 where only the champion is, else 0.
Items are taken in the order of intake (intake_order.py): in the order in which they
settle, every promise made here is broken, since wrong items settle late.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import betting
from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_BETS: Final = 24
_LARGEST: Final = 0.99
_EQUAL: Final = 1e-9
_MOST_LABELS: Final = 1_000_000
_LOWEST_LOG: Final = -700.0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a claim. `holds` at any one look: it holds at level alpha, for good.

    `log_e` is the natural logarithm of the e-value: its reciprocal bounds the chance of
    ever seeing as much if the claim were false. wins, losses, ties and n count items.
    """

    log_e: float
    alpha: float
    wins: int
    losses: int
    ties: int
    method: str

    @property
    def n(self) -> int:
        return self.wins + self.losses + self.ties

    @property
    def holds(self) -> bool:
        return betting.reached(self.log_e, self.alpha)

    @property
    def p_value(self) -> float:
        """Valid at every look: min(1, 1/e)."""
        return math.exp(min(0.0, -self.log_e))

    def as_json(self) -> dict[str, object]:
        told = {"n": self.n, "holds": self.holds, "p_value": self.p_value}
        return {**asdict(self), **told}


@dataclass(frozen=True, slots=True)
class PairedTest:
    """ "Better" (margin 0), or "worse by less than `margin`": fixed before the first item.

    `lowest` and `highest` bound the inclusion probabilities that an item whose answer
    needs a person can have; known ties have 1 and are bound by neither. margin is a
    difference of shares (0.02: two points). ValueError where these cannot be.
    """

    margin: float = 0.0
    lowest: float = 1.0
    highest: float = 1.0
    alpha: float = 0.05

    def __post_init__(self) -> None:
        betting.check_level(self.alpha)
        if not 0 <= self.margin < _LARGEST:
            raise ValueError(f"a margin is in [0, {_LARGEST}), not {self.margin}")
        if not 0 < self.lowest <= self.highest <= 1:
            raise ValueError("inclusion probabilities: 0 < lowest <= highest <= 1")

    def look(self, counts: Counts) -> Look:
        """The evidence in counts of d; a claim once reached stays reached.

        Better, all probabilities equal: sign_log_e(). Else ∏ (1 + λ·(d + margin)/pi),
        mean over the bets (betting.py). ValueError for values that are no d, or
        probabilities outside lowest..highest.
        """
        self._check(counts)
        wins, losses, ties = (counts.seen(d) for d in (1, -1, 0))
        return Look(self.log_e(counts), self.alpha, wins, losses, ties, self.method)

    @property
    def method(self) -> str:
        if self._by_sign:
            return "e-process of signs"
        return "e-process of bets, weighted"

    @property
    def bets(self) -> Floats:
        """Better: evenly spaced, as the closed form's. Not worse: on a log scale.

        A challenger that is equal on the whole is best met by a bet of about margin over
        the share of disagreements, which is anywhere between `margin` and 1.
        """
        shares = (
            np.geomspace(self.margin, _LARGEST, _BETS)
            if self.margin
            else (np.arange(_BETS) + 0.5) / _BETS
        )
        found: Floats = shares * self.lowest / (1 - self.margin)
        return found

    def log_e(self, counts: Counts) -> float:
        if self._by_sign:
            signs = (counts.times[counts.values == d].sum() for d in (1, -1))
            return float(sign_log_e(*signs))
        return betting.log_e(self._shifted(counts), self.bets)

    def _shifted(self, counts: Counts) -> Counts:
        return Counts(counts.values + self.margin, counts.inclusion, counts.times)

    def path(
        self,
        values: ArrayLike,
        inclusion: ArrayLike,
        *,
        before: Counts | None = None,
    ) -> Floats:
        """ln of the e-value after each item, in the order of intake: (items,).

        From the first item on, or after those that are in `before`.
        """
        d = np.asarray(values, dtype=np.float64)
        if self._by_sign:
            wins, losses = (before.seen(x) if before else 0 for x in (1, -1))
            return sign_log_e(np.cumsum(d == 1) + wins, np.cumsum(d == -1) + losses)
        wealth = betting.wealth(self._shifted(before), self.bets) if before else None
        return betting.path(d + self.margin, inclusion, self.bets, wealth)

    @property
    def _by_sign(self) -> bool:
        return not self.margin and self.highest - self.lowest <= _EQUAL

    def _check(self, counts: Counts) -> None:
        if not np.isin(counts.values, (-1, 0, 1)).all():
            raise ValueError("differences are -1, 0 or 1")
        pi = counts.inclusion[counts.values != 0]
        if np.any((pi < self.lowest - _EQUAL) | (pi > self.highest + _EQUAL)):
            raise ValueError("an item's inclusion probability is outside the test's")


def sign_log_e(wins: ArrayLike, losses: ArrayLike) -> Floats:
    """ln of the e-value of "better" where all inclusion probabilities are equal.

    Among items that only one model got right, the challenger did in a share of at most
    1/2 unless it is better. E = 2·∫_½^1 p^b·(1-p)^c dp / ½^(b+c), the likelihood ratio
    against 1/2 mixed evenly over all better shares, for b wins and c losses; that is
    ln 2 + ln B(b+1, c+1) + ln I_½(c+1, b+1) + (b+c)·ln 2. Ties say nothing.
    """
    from scipy.special import betainc, betaln

    b, c = (np.asarray(x, dtype=np.float64) for x in (wins, losses))
    if np.any((b < 0) | (c < 0)):
        raise ValueError("counts are not negative")
    half = np.maximum(betainc(c + 1, b + 1, 0.5), np.finfo(np.float64).tiny)
    found: Floats = betaln(b + 1, c + 1) + np.log(half) + (b + c + 1) * math.log(2)
    return np.maximum(found, _LOWEST_LOG)


def differences(
    champion: Sequence[str], challenger: Sequence[str], truth: Sequence[str | None]
) -> Floats:
    """d of each item, NaN where it needs a label that is not there.

    Where both models say the same, d is 0 whatever is true: only the items on which they
    differ need a person. This compares shares of right answers (0/1 accuracy), nothing
    else: a study of disagreements says nothing of calibration or of costly mistakes.
    """
    if not len(champion) == len(challenger) == len(truth):
        raise ValueError("one answer of each model, and one truth, per item")
    rows = zip(champion, challenger, truth, strict=True)
    return np.array([_difference(*row) for row in rows], dtype=np.float64)


def _difference(champion: str, challenger: str, truth: str | None) -> float:
    if champion == challenger:
        return 0.0
    if truth is None:
        return math.nan
    return float(challenger == truth) - float(champion == truth)


def more_labels(test: PairedTest, counts: Counts) -> Estimate | NotEnough:
    """About how many more items like those seen would decide; a guess for planning.

    The k for which the evidence of (1 + k/n) times the counts reaches 1/alpha. low..high:
    the growth per item of the best bet, plus and minus its standard error times z. Its
    high end, and itself, stop at a million. 0 when decided; NotEnough while the evidence
    does not grow, which a challenger that is no better never brings about.
    """
    need = -math.log(test.alpha) - test.log_e(counts)
    if need <= 0:
        return Estimate(0, 0, 0, round(counts.n), "decided")
    growth, error = _growth(test, counts)
    if growth <= 0:
        return NotEnough("a difference in the claim's favour", round(counts.n))
    about = _times_until(test, counts)
    low = about * growth / (growth + 1.96 * error)
    slow = growth - 1.96 * error
    high = about * growth / slow if slow > 0 else math.inf
    low, about, high = (min(x, _MOST_LABELS) for x in (low, about, high))
    return Estimate(about, low, high, round(counts.n), "growth of the evidence so far")


def _growth(test: PairedTest, counts: Counts) -> tuple[float, float]:
    """ln wealth won per item by the best bet, and its standard error."""
    if counts.n < 2:
        return 0.0, 0.0
    z = (counts.values + test.margin) / counts.inclusion
    each = np.log1p(np.outer(test.bets, z))
    best = each[int(np.argmax(each @ counts.times))]
    mean = float(best @ counts.times) / counts.n
    variance = float((best - mean) ** 2 @ counts.times) / (counts.n - 1)
    return mean, math.sqrt(variance / counts.n)


def _times_until(test: PairedTest, counts: Counts) -> float:
    """The k of more_labels(), by bisection."""
    low, high = 0.0, float(_MOST_LABELS)
    while high - low > 0.5:
        k = (low + high) / 2
        grown = Counts(
            counts.values, counts.inclusion, counts.times * (1 + k / counts.n)
        )
        if betting.reached(test.log_e(grown), test.alpha):
            high = k
        else:
            low = k
    return high
