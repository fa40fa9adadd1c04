"""Has what a model says, or what is true, changed? With limits that know how much was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_BINS: Final = 10
# The usual rule for a chi-square: about five in each cell if nothing has changed.
_EXPECTED: Final = 5.0
_FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a window is from the reference, and how probable that is by chance.

    `p_value` is what to act on. `psi` describes the size of the change; `psi_limit` is
    what it exceeds once in a hundred times without any (by chi-square: a fixed limit such
    as 0.2 means something else for each n). n and m count the window and the reference;
    n_eff and m_eff are what they are worth after weighting.
    """

    p_value: float
    psi: float
    psi_limit: float
    n: int
    m: int
    n_eff: float
    m_eff: float
    method: str


def confidence_drift(
    reference: ArrayLike, window: ArrayLike, *, bins: int = _BINS
) -> Drift | NotEnough:
    """Whether confidences (any numbers of which all are known) come from elsewhere now.

    Both are cut into bins that hold equally many of the two together, at most `bins` and
    so few that about ten of each are expected in one; then label_drift()'s test.
    NotEnough below 20 of either, or where all are the same. ValueError for NaN.
    """
    old, new = (
        np.asarray(each, dtype=np.float64).ravel() for each in (reference, window)
    )
    if not (np.isfinite(old).all() and np.isfinite(new).all()):
        raise ValueError("confidences are numbers: leave out predictions without one")
    least = min(old.size, new.size)
    if least < _FEWEST:
        return NotEnough(f"{_FEWEST - least} more predictions", least)
    several = max(2, min(bins, int(least / _EXPECTED / 2)))
    both = np.concatenate([old, new])
    edges = np.unique(np.quantile(both, np.linspace(0, 1, several + 1)[1:-1]))
    cut = (np.searchsorted(edges, each, side="left") for each in (old, new))
    return label_drift(*cut)


def label_drift(
    reference: ArrayLike,
    window: ArrayLike,
    *,
    reference_weights: ArrayLike | None = None,
    window_weights: ArrayLike | None = None,
) -> Drift | NotEnough:
    """Whether labels are shared out differently: two arrays of labels, any length.

    Weights are 1/inclusion where only drawn items have a label. With p, q the (weighted)
    shares, c the shares of both together and V the covariance of p - q if nothing
    changed, X² = Σ (p - q)²/c is to be compared with Σ λ·χ²_1, λ the eigenvalues of
    V/c; by Satterthwaite X²·tr/tr₂ with χ² of tr²/tr₂ degrees (Rao & Scott 1984). Without
    weights that is Pearson's test of a 2×K table. Labels of which fewer than about five
    would be expected (at their n_eff) in either are taken together.

    NotEnough below 20 of either, or with fewer than two such groups. ValueError for
    weights that are not above 0.
    """
    old = _Sample.of(reference, reference_weights)
    new = _Sample.of(window, window_weights)
    least = min(old.n, new.n)
    if least < _FEWEST:
        return NotEnough(f"{_FEWEST - least} more labels", least)
    tables = _grouped(old, new)
    if tables is None:
        return NotEnough("labels that differ, a few of each", least)
    return _tested(old, new, *tables)


def spent(alpha: float, looks: int) -> float:
    """What one of so many planned looks may spend, so that all together spend `alpha`.

    alpha/looks: any of the looks alarms by mistake at most that often, however they
    depend on each other (Bonferroni). Looked at daily for 90 days at alpha .05 each, some
    alarm is all but certain. For a stream without end, plan a period of so many looks
    and spend `alpha` in each. ValueError unless 0 < alpha < 1 and looks >= 1.
    """
    if not 0 < alpha < 1 or looks < 1:
        raise ValueError("0 < alpha < 1, and at least one look")
    return alpha / looks


@dataclass(frozen=True)
class _Sample:
    labels: NDArray[np.generic]
    weights: Floats

    @classmethod
    def of(cls, labels: ArrayLike, weights: ArrayLike | None) -> _Sample:
        given = np.asarray(labels).ravel()
        w = np.ones(given.size) if weights is None else np.asarray(weights, np.float64)
        if w.shape != given.shape or not np.all((w > 0) & np.isfinite(w)):
            raise ValueError("one weight above 0 per label")
        return cls(given, w)

    @property
    def n(self) -> int:
        return self.labels.size

    @property
    def n_eff(self) -> float:
        """Kish (1965): (Σ w)²/Σ w²."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())


def _grouped(old: _Sample, new: _Sample) -> tuple[Floats, Floats] | None:
    """Each item's group as a row of noughts and a one, for both; small labels are one."""
    both = np.concatenate([old.labels, new.labels])
    names, place = np.unique(both, return_inverse=True)
    worth = [s.weights * s.n_eff / s.weights.sum() for s in (old, new)]
    weights = np.concatenate(worth)
    share = np.bincount(place, weights, names.size) / weights.sum()
    kept = share * min(old.n_eff, new.n_eff) >= _EXPECTED
    if (~kept).any() and share[~kept].sum() * min(old.n_eff, new.n_eff) < _EXPECTED:
        # the rest is too small even together: it joins the smallest that is not
        kept[np.where(kept, share, 2).argmin()] = False
    groups = np.where(kept, np.cumsum(kept) - 1, kept.sum())[place]
    size = int(kept.sum()) + int((~kept).any())
    if size < 2:
        return None
    rows = np.eye(size)[groups]
    return rows[: old.n], rows[old.n :]


def _tested(old: _Sample, new: _Sample, of_old: Floats, of_new: Floats) -> Drift:
    from scipy.special import chdtrc, chdtri

    p, q = (s.weights @ t / s.weights.sum() for s, t in ((old, of_old), (new, of_new)))
    share = old.n_eff / (old.n_eff + new.n_eff)
    common = share * p + (1 - share) * q
    spread = sum(_covariance(s, t, common) for s, t in ((old, of_old), (new, of_new)))
    scaled = spread / common[:, None]
    one, two = float(np.trace(scaled)), float(np.trace(scaled @ scaled))
    statistic = float(((p - q) ** 2 / common).sum()) * one / two
    freedom = one**2 / two
    least = 0.5 / (np.array([old.n_eff, new.n_eff]) + 0.5)
    a, b = np.maximum(p, least[0]), np.maximum(q, least[1])
    return Drift(
        p_value=float(chdtrc(freedom, statistic)),
        psi=float(((a - b) * np.log(a / b)).sum()),
        psi_limit=float(chdtri(freedom, 0.01)) * two / one,
        n=new.n,
        m=old.n,
        n_eff=new.n_eff,
        m_eff=old.n_eff,
        method=f"chi-square, {common.size} groups",
    )


def _covariance(sample: _Sample, rows: Floats, common: Floats) -> Floats:
    """Σ w²(y - c)(y - c)ᵀ/(Σ w)²; without weights its expectation, c known."""
    w = sample.weights / sample.weights.sum()
    if np.ptp(w) == 0:
        plain: Floats = (np.diag(common) - np.outer(common, common)) / sample.n
        return plain
    apart = (rows - common) * w[:, None]
    found: Floats = apart.T @ apart
    return found
