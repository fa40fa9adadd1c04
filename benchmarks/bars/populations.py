"""Real model outputs whose truth is known, to draw samples from; not part of the project."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIABLE: Final = "OVERREAD_STATISTICS_DATA"
_BESIDE: Final = Path(__file__).parents[3] / "shared" / "data"


class NoData(LookupError):
    """A data set is not where it is looked for; the text names folder and variable."""


@dataclass(frozen=True, slots=True)
class Population:
    """One real data set, only items whose truth is decided, probabilities adding up to 1.

    `probs` N×K; `said` and `truth` N, as places of classes.
    """

    name: str
    probs: NDArray[np.float64]
    said: NDArray[np.intp]
    truth: NDArray[np.intp]

    @property
    def right(self) -> NDArray[np.float64]:
        """1.0 where the model is right, else 0.0."""
        right: NDArray[np.float64] = (self.said == self.truth).astype(np.float64)
        return right

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of what the model said."""
        sure: NDArray[np.float64] = self.probs[np.arange(self.said.size), self.said]
        return sure


def folder() -> Path:
    """Where the data sets are looked for; it need not exist."""
    return Path(os.environ.get(VARIABLE) or _BESIDE)


def names() -> tuple[str, ...]:
    """The data sets in the folder. NoData where there is none."""
    found = tuple(sorted(path.stem for path in folder().glob("*.npz")))
    if not found:
        raise NoData(f"No data set (*.npz) in {folder()}: set {VARIABLE}.")
    return found


@cache
def load(name: str) -> Population:
    """The data set of that name. NoData, telling the folder, where it is not there."""
    path = folder() / f"{name}.npz"
    if not path.is_file():
        raise NoData(f"No {path.name} in {folder()}: set {VARIABLE} to its folder.")
    with np.load(path) as data:
        decided = data["corrected"] >= 0
        probs = data["probs"][decided].astype(np.float64)
        said, truth = data["pred"][decided], data["corrected"][decided]
    probs /= probs.sum(axis=1, keepdims=True)
    return Population(name, probs, said.astype(np.intp), truth.astype(np.intp))
