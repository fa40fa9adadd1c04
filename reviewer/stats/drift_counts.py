"""drift.py's tests from counts, for windows of which every prediction is known: as fast for a million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.drift import Drift
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_BINS: Final = 10
_EXPECTED: Final = 5.0
_FEWEST: Final = 20


def label_counts_drift(reference: ArrayLike, window: ArrayLike) -> Drift | NotEnough:
    """label_drift() without weights, of how often each label came: two arrays of K counts.

    Pearson's chi-square of the 2×K table: with p, q the shares, c those of both together,
    X² = Σ (p - q)²/c / (1/n + 1/m), K - 1 degrees. Labels of which fewer than about five
    would be expected in either are taken together. NotEnough and the rest as there;
    ValueError for counts below 0 or of different lengths.
    """
    old, new = _counts(reference, window)
    least = int(min(old.sum(), new.sum()))
    if least < _FEWEST:
        return NotEnough(f"{_FEWEST - least} more labels", least)
    kept = _large(old + new, least)
    table = [np.append(each[kept], each[~kept].sum()) for each in (old, new)]
    return _tested(*(each[table[0] + table[1] > 0] for each in table))


def confidence_counts_drift(
    reference: ArrayLike, window: ArrayLike, *, bins: int = _BINS
) -> Drift | NotEnough:
    """confidence_drift() of how often each of K steps of confidence came, in rising order.

    Neighbouring steps are put together until about equally many of both lie in each, at
    most `bins` and so few that about ten of each are expected in one.
    """
    old, new = _counts(reference, window)
    least = int(min(old.sum(), new.sum()))
    if least < _FEWEST:
        return NotEnough(f"{_FEWEST - least} more predictions", least)
    several = max(2, min(bins, int(least / _EXPECTED / 2)))
    both = old + new
    # the middle of what lies in one step decides where all of it goes
    middle = (np.cumsum(both) - both / 2) / both.sum()
    place = np.minimum((middle * several).astype(np.intp), several - 1)
    return label_counts_drift(
        *(np.bincount(place, each, several) for each in (old, new))
    )


def _counts(reference: ArrayLike, window: ArrayLike) -> tuple[Floats, Floats]:
    old, new = (
        np.asarray(each, dtype=np.float64).ravel() for each in (reference, window)
    )
    if old.shape != new.shape or min(old.min(initial=0), new.min(initial=0)) < 0:
        raise ValueError("two lists of counts of the same labels")
    return old, new


def _large(both: Floats, least: float) -> NDArray[np.bool_]:
    """Labels that stand alone; what is small is one group, large enough to be one."""
    share = both / both.sum()
    kept: NDArray[np.bool_] = share * least >= _EXPECTED
    if (share[~kept] > 0).any() and share[~kept].sum() * least < _EXPECTED:
        # the rest is too small even together: it joins the smallest that is not
        kept[np.where(kept, share, 2).argmin()] = False
    return kept


def _tested(old: Floats, new: Floats) -> Drift | NotEnough:
    from scipy.special import chdtrc, chdtri

    m, n, groups = old.sum(), new.sum(), old.size
    if groups < 2:
        return NotEnough("labels that differ, a few of each", int(min(m, n)))
    p, q, common = old / m, new / n, (old + new) / (m + n)
    spread = 1 / n + 1 / m
    a, b = np.maximum(p, 0.5 / (m + 0.5)), np.maximum(q, 0.5 / (n + 0.5))
    return Drift(
        p_value=float(chdtrc(groups - 1, ((p - q) ** 2 / common).sum() / spread)),
        psi=float(((a - b) * np.log(a / b)).sum()),
        psi_limit=float(chdtri(groups - 1, 0.01) * spread),
        n=int(n),
        m=int(m),
        n_eff=float(n),
        m_eff=float(m),
        method=f"chi-square, {groups} groups",
    )
