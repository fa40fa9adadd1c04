"""A model's probabilities made as sure as they are right: one temperature for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize_scalar

from reviewer.stats.em import normalised
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 100
# A temperature is looked for from a hundredth to a hundred.
_WIDEST: Final = float(np.log(100))
_TINY: Final = 1e-12


def temperature(truth: ArrayLike, probabilities: ArrayLike) -> float | NotEnough:
    """T that makes softmax(log p / T) say best what is true; above 1: p was too sure.

    `truth` and `probabilities` are N×K: of each item how probable each label is as people
    say, and as the model says. Minimises −Σ_ik truth_ik · log softmax(log p_i / T)_k
    (temperature scaling, Guo et al. 2017, with soft targets). NotEnough below 100 items.
    ValueError where the two differ in shape or the model's are no probabilities.
    """
    known, said = _table(truth), _table(probabilities)
    if known.shape != said.shape:
        raise ValueError(f"truth is {known.shape}, probabilities are {said.shape}")
    if len(known) < FEWEST:
        return NotEnough("answers to tasks that a model spoke of", len(known))

    def lost(log_t: float) -> float:
        logs = np.log(np.maximum(tempered(said, float(np.exp(log_t))), _TINY))
        return -float((known * logs).sum())

    found = minimize_scalar(lost, bounds=(-_WIDEST, _WIDEST), method="bounded")
    return float(np.exp(found.x))


def tempered(probabilities: ArrayLike, by: float) -> Floats:
    """softmax(log p / by) of one item (K) or of many (N×K). ValueError unless `by` > 0."""
    if not by > 0:
        raise ValueError(f"a temperature is above 0, not {by}")
    given = np.asarray(probabilities, dtype=np.float64)
    logs = np.log(np.maximum(given, _TINY)) / by
    return normalised(logs.T.copy()).T


def _table(given: ArrayLike) -> Floats:
    table = np.asarray(given, dtype=np.float64)
    if table.ndim != 2 or not np.all(table >= 0):
        raise ValueError("a row of probabilities per item")
    return table
