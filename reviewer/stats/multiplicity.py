"""Several claims at once: which of them may be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats.betting import check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def holm(p_values: ArrayLike, alpha: float = 0.05) -> Flags:
    """Which hypotheses to reject so that the chance of any false one is at most alpha.

    Holm's step-down (1979): in ascending order, as long as p_(i) <= alpha/(m - i + 1).
    Holds for any dependence. For one look; (m,) in, (m,) out, in the order given.
    """
    p = _checked(p_values, most=1.0)
    order = np.argsort(p, kind="stable")
    small = p[order] <= check_level(alpha) / np.arange(p.size, 0, -1)
    rejected = np.zeros(p.size, dtype=np.bool_)
    rejected[order[np.logical_and.accumulate(small)]] = True
    return rejected


def e_bh(e_values: ArrayLike, alpha: float = 0.05) -> Flags:
    """Which hypotheses to reject so that the expected share of false ones is at most alpha.

    e-BH (Wang & Ramdas 2022): the k greatest e-values, k the largest number for which the
    k-th greatest is at least m/(k·alpha). Holds for any dependence, and with e-processes
    at every look. (m,) in, (m,) out, in the order given.
    """
    e = _checked(e_values, most=np.inf)
    order = np.argsort(-e, kind="stable")
    rank = np.arange(1, e.size + 1)
    great = np.flatnonzero(e[order] * rank >= e.size / check_level(alpha))
    rejected = np.zeros(e.size, dtype=np.bool_)
    rejected[order[: int(great[-1]) + 1 if great.size else 0]] = True
    return rejected


def every(p_values: ArrayLike, alpha: float = 0.05) -> bool:
    """Whether all claims hold together: an intersection-union claim needs no correction.

    Each at level alpha makes "not worse on every slice" hold at level alpha (Berger
    1982). False without any claim. Sequential p-values (Look.p_value) may be given.
    """
    p = _checked(p_values, most=1.0)
    return bool(p.size) and bool(p.max() <= check_level(alpha))


def _checked(values: ArrayLike, most: float) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not np.all((found >= 0) & (found <= most)):
        raise ValueError(f"a list of numbers from 0 to {most:g}")
    return found
