"""How people err, where more were asked only while it was unsure (adaptive overlap)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats import truth
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reviewer.stats.em import Crowd
    from reviewer.stats.truth import Truth
    from reviewer.stats.votes import Votes

    Floats = NDArray[np.float64]

# How often the shares are found anew, and the smallest share that is looked at.
_TURNS: Final = 4
_SEEN: Final = 0.01


def fit(votes: Votes) -> Truth | NotEnough:
    """As truth.fit(), but items with a single answer count as well, with the shares as prior.

    Where an item stops is decided by the answers it has. That may be left out of account
    as long as all answers are in (ignorable: Rubin 1976); truth.fit() leaves single ones
    out of the confusion, and people then seem to say least often what was sure at once.
    Refitting on that, round by round, can even make the labels change places. The prior
    of the first fit is what is said most, of each next one the shares found before.
    `assisted` is False: no model was asked. NotEnough as truth.fit().
    """
    if not votes.overlapped.any():
        return NotEnough("items with two or more answers", 0)
    said = np.bincount(votes.label, minlength=votes.labels) + 1.0
    found = _with_shares(votes, said / said.sum(), None)
    for _ in range(_TURNS - 1):
        if isinstance(found, NotEnough):
            return found
        found = _with_shares(votes, found.crowd.shares, found.strength)
    return found


def _with_shares(
    votes: Votes, shares: Floats, strength: float | None
) -> Truth | NotEnough:
    prior = np.tile(shares, (votes.items, 1))
    found = truth.fit(votes, prior=prior, strength=strength)
    if isinstance(found, NotEnough):
        return found
    return replace(found, assisted=False)


def is_plausible(crowd: Crowd) -> bool:
    """Whether of each label with a share of 1% or more people say that one most often.

    Else the labels have probably changed places, and nothing should rest on it.
    """
    common = crowd.shares >= _SEEN
    most: bool = bool(
        (crowd.pool.argmax(axis=0) == np.arange(common.size))[common].all()
    )
    return most
