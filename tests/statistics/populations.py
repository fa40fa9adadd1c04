"""Synthetic windows of predictions whose truth is known, reviewed as a policy would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats.sampling import levels_at_least

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLIND_REVIEW = 0.2


@dataclass(frozen=True)
class Window:
    """Who is right, and with which probability each becomes a first blind answer."""

    right: Floats
    pi: Floats

    @property
    def inclusion(self) -> Floats:
        """pi·b: one review in five is blind, every audit is."""
        return self.pi * np.where(self.pi == 1, BLIND_REVIEW, 1.0)

    def reviewed(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        drawn: NDArray[np.bool_] = rng.random(self.pi.size) < self.inclusion
        return drawn


def threshold_and_audit(
    rng: np.random.Generator,
    *,
    size: int = 4000,
    hard: float = 0.2,
    wrong_hard: float = 0.3,
    wrong_easy: float = 0.02,
    audit: float = 0.05,
) -> Window:
    """All doubtful predictions are reviewed; of the others, a few are audited."""
    doubtful = rng.random(size) < hard
    wrong = rng.random(size) < np.where(doubtful, wrong_hard, wrong_easy)
    return Window((~wrong).astype(float), np.where(doubtful, 1.0, audit))


def graded(
    rng: np.random.Generator, *, size: int = 4000, floor: float = 0.05
) -> Window:
    """The less sure a prediction is, the more probable its review: many levels of pi."""
    confidence = 1 - 0.5 * rng.beta(0.5, 3, size)
    wrong = rng.random(size) < 1 - confidence
    asked = np.clip(3 * (1 - confidence), floor, 1)
    return Window((~wrong).astype(float), levels_at_least(asked))
