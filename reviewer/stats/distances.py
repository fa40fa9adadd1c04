"""How far two values are from each other, squared, for each scale of Krippendorff's alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Scale: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]


def between(scale: Scale, values: ArrayLike | None, size: int) -> Floats:
    """K×K for a scale other than ordinal; `values` are the columns' numbers."""
    if scale == "nominal":
        return 1 - np.eye(size)
    at = np.arange(size) if values is None else np.asarray(values)
    at = at.astype(np.float64)
    if at.shape != (size,) or not np.isfinite(at).all():
        raise ValueError(f"{size} numbers, one for each column")
    if scale == "interval":
        return np.subtract.outer(at, at) ** 2
    if scale != "ratio" or (at < 0).any():
        raise ValueError("a ratio scale has numbers from 0 on")
    total = np.add.outer(at, at)
    return (np.subtract.outer(at, at) / np.where(total > 0, total, 1)) ** 2


def ordinal(totals: Floats) -> Floats:
    """K×K: (Σ n_g from c to k - (n_c + n_k)/2)², from how often each value was given."""
    middle = np.cumsum(totals) - totals / 2
    found: Floats = np.subtract.outer(middle, middle) ** 2
    return found
