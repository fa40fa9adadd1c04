"""One more answer, only while the answers so far leave an item unsure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MOST_VOTES = 7
SURE = 0.95


class Next(StrEnum):
    """What an item needs."""

    NOTHING = "nothing"
    ANSWER = "answer"
    ADJUDICATION = "adjudication"


def is_sure(posterior: ArrayLike, sure: float = SURE) -> bool:
    """Whether one of K labels is at least `sure` probable.

    ValueError for a posterior that is none, or `sure` outside of [0.5, 1).
    """
    chances = np.asarray(posterior, dtype=np.float64)
    if not (chances >= 0).all() or abs(float(chances.sum()) - 1) > 1e-3:
        raise ValueError("a posterior is probabilities that add up to 1")
    if not 0.5 <= sure < 1:
        raise ValueError("sure is from 0.5 to below 1")
    return float(chances.max()) >= sure


def next_step(
    posterior: ArrayLike,
    answers: int,
    *,
    sure: float = SURE,
    fewest: int = 1,
    most: int = MOST_VOTES,
) -> Next:
    """Nothing more once one label is at least `sure` probable; an expert after `most`.

    `posterior` is K probabilities given the `answers` so far (Crowd.posterior). At least
    `fewest` people answer whatever the prior says. When to stop does not bias the
    posterior: it depends on the answers only, not on why there are no more of them.
    ValueError for a posterior that is none, or bounds out of order.
    """
    enough = is_sure(posterior, sure)
    if not (0 <= fewest <= most and answers >= 0):
        raise ValueError("0 <= fewest <= most")
    if answers >= fewest and enough:
        return Next.NOTHING
    return Next.ANSWER if answers < most else Next.ADJUDICATION


def fixed_overlap(right: float, *, sure: float = SURE, most: int = MOST_VOTES) -> int:
    """The smallest odd overlap up to `most` whose majority is right with `sure`; else `most`.

    Of k people who are each right with probability `right`, independently, more than
    half are right with probability Σ_{j>k/2} C(k, j)·right^j·(1 − right)^(k−j)
    (Condorcet 1785; who errs is taken to say the same, the worst case). ValueError for
    a probability that is none, or an overlap below 1.
    """
    if not (0 <= right <= 1 and 0.5 <= sure < 1 and most >= 1):
        raise ValueError("right is a probability, sure from 0.5 to below 1, most >= 1")
    for k in range(1, most + 1, 2):
        if float(binom.sf(k // 2, k, right)) >= sure:
            return k
    return most


def answers_saved(answers: ArrayLike, overlap: int) -> int:
    """How many fewer answers than with a fixed overlap; below 0 if there were more.

    `answers` counts those of each settled item.
    """
    given = np.asarray(answers, dtype=np.intp)
    return int(overlap * given.size - given.sum())
