"""From several answers to the truth behind them, and to how each person errs.

The model of Dawid & Skene (1979): an item is of label k with probability shares[k], and
person r then says l with probability confusion[r][k, l], whatever the others say. Each
person's confusion is drawn towards everybody's by `strength` pseudo-votes per label: of
whom little is known is taken to be like the others, and few answers per person do not
make the labels run into each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer.stats.em import Crowd, Em, normalised, safe
from reviewer.stats.estimates import NotEnough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from reviewer.stats.votes import Votes

    Floats = NDArray[np.float64]

# A prior of pseudo-votes as weak or as strong as these is tried.
STRENGTHS: Final = (1.0, 3.0, 10.0, 30.0)
DEFAULT_STRENGTH: Final = 10.0
_ROUNDS: Final = 50


@dataclass(frozen=True)
class Truth:
    """The posterior of each item (N×K), and the crowd that was fitted with it.

    `assisted` says whether a model's probabilities were the prior: then it must not feed
    estimates, gates or skills. `overlapped` counts the items that two or more people
    answered; where there is none (and no prior), the confusion is an assumption.
    """

    posterior: Floats
    crowd: Crowd
    assisted: bool
    overlapped: int
    rounds: int

    @property
    def strength(self) -> float:
        return self.crowd.strength

    @property
    def label(self) -> NDArray[np.intp]:
        """The most probable label of each item."""
        found: NDArray[np.intp] = self.posterior.argmax(axis=1)
        return found


def fit(
    votes: Votes,
    *,
    prior: ArrayLike | None = None,
    strength: float | None = None,
    rounds: int = _ROUNDS,
) -> Truth | NotEnough:
    """Posterior of each item and confusion of each person (Dawid & Skene 1979).

    Two steps, in turn: posterior_ik ∝ prior_ik · ∏ confusion[r][k, l] over the item's
    answers; confusion[r][k, l] = (c_rkl + strength·pool_kl)/(Σ_l c_rkl + strength), c the
    expected counts, pool the same of everybody (drawn to one that knows no two labels
    apart, or labels that are rare would come to stand for the noise of others). An
    answer's own part is left out of the confusion by which it is weighed: collapsed
    variational inference of order nought (Asuncion et al. 2009). Plain EM lets each
    answer confirm itself, and is far too sure where people gave few.

    `prior` (N×K, calibrated) takes the place of the shares. Items with a single answer
    and no prior say nothing about confusion. An item without answers gets its prior.
    `strength` None: of STRENGTHS the one that best predicts each answer from all others.

    NotEnough without answers, of one person only (without prior), or with one label
    throughout (without prior). ValueError for a prior that is none.
    """
    if missing := _missing(votes, prior is not None):
        return missing
    given = None if prior is None else _prior(prior, votes)
    em = Em(votes, None if given is None else np.log(safe(given)).T)
    force = DEFAULT_STRENGTH if strength is None else strength
    posterior, took = em.settle(em.begin(), force, rounds)
    if strength is None:
        force = _best_strength(em, posterior)
        posterior, more = em.settle(posterior, force, rounds)
        took += more
    overlapped, crowd = int(votes.overlapped.sum()), em.crowd(posterior, force)
    return Truth(posterior.T.copy(), crowd, prior is not None, overlapped, took)


def leave_one_out(votes: Votes, truth: Truth) -> Floats:
    """For each answer, what the item is as all the others say (and the prior): M×K.

    The posterior with the answer's own factor taken out, normalised.
    """
    posterior = np.ascontiguousarray(truth.posterior.T)
    em = Em(votes, posterior if truth.assisted else None)
    return _others(em, posterior, em.crowd(posterior, truth.strength)).T


def _others(em: Em, posterior: Floats, crowd: Crowd) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(posterior[:, em.votes.item])
    return normalised(logs - np.array(em.factors(posterior, crowd)))


def _best_strength(em: Em, posterior: Floats) -> float:
    """The one of STRENGTHS under which each answer is most probable, given all others.

    Σ log Σ_k others_ik · confusion[r][k, l] over the answers to items that others
    answered too, the answer left out of both (leave-one-out cross-validation). The
    default where no item has two answers.
    """
    shared = em.votes.overlapped[em.votes.item]
    if not shared.any():
        return DEFAULT_STRENGTH
    crowd = em.crowd(posterior, DEFAULT_STRENGTH)
    others = _others(em, posterior, crowd)

    def predicted(strength: float) -> float:
        factors = em.factors(posterior, replace(crowd, strength=strength))
        chances = (others * np.exp(factors)).sum(axis=0)
        return float(np.log(chances[shared]).sum())

    return max(STRENGTHS, key=predicted)


def _missing(votes: Votes, has_prior: bool) -> NotEnough | None:
    if not votes.size:
        return NotEnough("answers", 0)
    if not has_prior and np.unique(votes.reviewer).size < 2:
        return NotEnough("answers of a second person", votes.size)
    if not has_prior and np.unique(votes.label).size < 2:
        return NotEnough("answers that differ", votes.size)
    return None


def _prior(given: ArrayLike, votes: Votes) -> Floats:
    table = np.asarray(given, dtype=np.float64)
    if table.shape != (votes.items, votes.labels):
        raise ValueError(f"one prior per item and label, not {table.shape}")
    if not np.all(table >= 0) or not np.allclose(table.sum(axis=1), 1, atol=1e-3):
        raise ValueError("each row of a prior is probabilities that add up to 1")
    return table
