"""Two models on the same items: how much better is the challenger, and could it be chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import weighted_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.estimation import Target

    Floats = NDArray[np.float64]

# Shares of the largest safe bet. Evenly spread: one look at many items needs no tiny bets.
_BETS: Final = np.linspace(0.05, 0.95, 10)
_EQUAL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Challenger minus champion, paired; wins are items only the challenger got right.

    `p_value` is of the one-sided hypothesis "the challenger is at most as good".
    wins, losses, ties and n count items, unweighted.
    """

    difference: Estimate
    champion: Estimate
    challenger: Estimate
    p_value: float
    wins: int
    losses: int
    ties: int
    n: int
    method: str

    def as_json(self) -> dict[str, object]:
        whole = ("difference", "champion", "challenger")
        plain = ("p_value", "wins", "losses", "ties", "n", "method")
        return {
            **{name: getattr(self, name).as_json() for name in whole},
            **{name: getattr(self, name) for name in plain},
        }


def compare(
    champion_right: ArrayLike,
    challenger_right: ArrayLike,
    inclusion: ArrayLike,
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> Comparison | NotEnough:
    """The paired, weighted difference of two models' shares of right answers.

    Three arrays of one length: 0/1, 0/1, and the item's inclusion probability (see
    estimation.py); `lowest` as in weighted_mean(). Items must be ones neither model was
    trained on. The difference is Σ w·(challenger - champion) / Σ w, w = 1/inclusion; its
    interval is difference_interval()'s, its test sign_test()'s or betting_test()'s.
    ValueError where lengths differ or values are out of range.
    """
    old, new, pi = (_floats(v) for v in (champion_right, challenger_right, inclusion))
    if not old.shape == new.shape == pi.shape:
        raise ValueError("champion, challenger and inclusion differ in length")
    if np.isnan(old).any() or np.isnan(new).any():
        raise ValueError("leave out items whose answer is not known")
    champion = weighted_mean(old, pi, lowest=lowest, target=target, level=level)
    challenger = weighted_mean(new, pi, lowest=lowest, target=target, level=level)
    difference = difference_interval(
        new - old, pi, lowest=lowest, target=target, level=level
    )
    if isinstance(champion, NotEnough):
        return champion
    if isinstance(challenger, NotEnough):
        return challenger
    if isinstance(difference, NotEnough):
        return difference
    wins, losses = int((new > old).sum()), int((new < old).sum())
    p, method = _p_value(new - old, pi, lowest)
    ties = old.size - wins - losses
    return Comparison(
        difference, champion, challenger, p, wins, losses, ties, old.size, method
    )


def harm(
    champion_right: ArrayLike,
    challenger_right: ArrayLike,
    inclusion: ArrayLike,
    *,
    lowest: float | None = None,
) -> float:
    """The p-value of "the challenger is at least as good": compare()'s, the other way round.

    For a veto on harm to a slice, of however few items; several slices need Holm.
    """
    old, new, pi = (_floats(v) for v in (champion_right, challenger_right, inclusion))
    return _p_value(old - new, pi, lowest)[0] if pi.size else 1.0


def _p_value(d: Floats, pi: Floats, lowest: float | None) -> tuple[float, str]:
    least = min(float(pi.min()), lowest if lowest is not None else 1.0)
    if float(pi.max()) - least <= _EQUAL:
        return sign_test(int((d > 0).sum()), int((d < 0).sum())), "exact sign test"
    return betting_test(d, pi, lowest=lowest), "betting test, weighted"


def difference_interval(
    difference: ArrayLike,
    inclusion: ArrayLike,
    *,
    lowest: float | None = None,
    target: Target = "model",
    level: float = 0.95,
) -> Estimate | NotEnough:
    """The weighted mean of paired differences in {-1, 0, 1}, with an interval.

    The share of wins minus that of losses, each with weighted_mean()'s interval
    (l, u), joined by recovering variances: low = d - sqrt((w - l_w)² + (u_l - l)² -
    2·r·(w - l_w)(u_l - l)) and alike above, r the weighted correlation of the two
    (MOVER for dependent proportions: Newcombe 1998, Zou & Donner 2008).
    """
    d, pi = _floats(difference), _floats(inclusion)
    if not np.isin(d, (-1, 0, 1)).all():
        raise ValueError("differences are -1, 0 or 1")
    wins = weighted_mean(d == 1, pi, lowest=lowest, target=target, level=level)
    losses = weighted_mean(d == -1, pi, lowest=lowest, target=target, level=level)
    if isinstance(wins, NotEnough):
        return wins
    if isinstance(losses, NotEnough):
        return losses
    r = _correlation(d, pi, wins.value, losses.value)
    value = wins.value - losses.value
    below = _joined(wins.value - wins.low, losses.high - losses.value, r)
    above = _joined(wins.high - wins.value, losses.value - losses.low, r)
    low, high = max(-1.0, value - below), min(1.0, value + above)
    return Estimate(value, low, high, d.size, "paired, weighted, MOVER", level)


def sign_test(wins: int, losses: int) -> float:
    """The exact p-value of "the challenger is at most as good", where all weights are equal.

    P(Binomial(wins + losses, 1/2) >= wins): McNemar's test in its exact, one-sided form.
    With unequal weights it would test the reviewed items instead of all: betting_test().
    """
    from scipy.special import bdtrc

    trials = wins + losses
    return float(bdtrc(wins - 1, trials, 0.5)) if wins > 0 else 1.0


def betting_test(
    difference: ArrayLike, inclusion: ArrayLike, *, lowest: float | None = None
) -> float:
    """A p-value of "the challenger is at most as good" that holds for unequal weights.

    With d in {-1, 0, 1} of an item and I whether it was selected, z = I·d/pi has the mean
    of d, whatever pi. So for every bet 0 < b < lowest pi, ∏ (1 + b·z) over all items has
    an expected value of at most 1 under the hypothesis (items not selected count as 1),
    for any number of items; so has its mean over ten bets that are fixed beforehand; and by
    Markov's inequality min(1, 1/mean) is a p-value (Waudby-Smith & Ramdas 2024). No
    approximation is made, at the price of some power. It also holds for the items of the
    window themselves, since ∏ (1 + b·d_i) <= exp(b·Σ d_i). An exact test level by level
    would not do: it tests that the models are equal on every level.

    `lowest` is the design's smallest inclusion probability; by default the smallest one
    among the items, which is the same wherever one of those was drawn.
    """
    from scipy.special import logsumexp

    d, pi = _floats(difference), _floats(inclusion)
    if not d.size:
        return 1.0
    least = min(float(pi.min()), lowest if lowest is not None else 1.0)
    steps = np.log1p(np.outer(_BETS * least, d / pi)).sum(axis=1)
    log_e = float(logsumexp(steps) - math.log(_BETS.size))
    return math.exp(-log_e) if log_e > 0 else 1.0


def confusion(
    truth: Sequence[str],
    said: Sequence[str],
    labels: Sequence[str],
    weights: ArrayLike | None = None,
) -> Floats:
    """How often the model said column j where the truth is row i: a square table.

    Sums of `weights` (1/inclusion: estimated counts among all items), or plain counts of
    the reviewed items without them. ValueError for a label that is not in `labels`.
    """
    place = {label: at for at, label in enumerate(labels)}
    strange = (set(truth) | set(said)) - place.keys()
    if strange:
        raise ValueError(f"not among the labels: {', '.join(sorted(strange))}")
    rows = np.array([place[t] for t in truth], dtype=np.intp)
    columns = np.array([place[s] for s in said], dtype=np.intp)
    table: Floats = np.zeros((len(labels), len(labels)))
    np.add.at(table, (rows, columns), 1.0 if weights is None else _floats(weights))
    return table


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _correlation(d: Floats, pi: Floats, wins: float, losses: float) -> float:
    spread = 1 / pi**2
    a, b = (d == 1) - wins, (d == -1) - losses
    scale = math.sqrt(float((spread * a**2).sum()) * float((spread * b**2).sum()))
    return float((spread * a * b).sum()) / scale if scale > 0 else 0.0


def _joined(a: float, b: float, r: float) -> float:
    return math.sqrt(max(a * a + b * b - 2 * r * a * b, 0.0))
