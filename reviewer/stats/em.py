"""The two steps of truth.fit() over one set of answers, and what they end in: a crowd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from reviewer.stats.votes import Votes

    Floats = NDArray[np.float64]

# How often people are right before there is evidence, and how many votes that weighs.
_ASSUMED: Final = 0.8
_ASSUMED_VOTES: Final = 5.0
# How many votes per label draw everybody's confusion to one that knows no two labels apart.
_POOL_VOTES: Final = 200.0
# No model is so sure that people could not overrule it.
_LEAST_PRIOR: Final = 1e-6
# It ends when the posteriors of an item move by less than this, on average.
_SETTLED: Final = 1e-4
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Crowd:
    """How often each label is true, and how people err, as fitted: what new answers meet.

    `shares` has K entries. `counts` (U×K) is how often, as expected, a person said a
    label of each truth, for the U pairs that occur, numbered in `cells` as person·K +
    label, ascending; `of_truth` (R×K) adds them up for each person. `pool` (K×K) is
    everybody's confusion, what was said in rows, the truth in columns.
    """

    shares: Floats
    pool: Floats
    cells: NDArray[np.intp]
    counts: Floats
    of_truth: Floats
    strength: float

    def chance(self, person: int, label: int) -> Floats:
        """How probably this person says this label, for each truth. -1: somebody new."""
        if person < 0:
            new: Floats = self.pool[label]
            return new
        part = self.strength * self.pool[label]
        cell = person * self.shares.size + label
        at = self.cells.searchsorted(cell)
        if at < self.cells.size and self.cells[at] == cell:
            part = part + self.counts[at]
        found: Floats = part / (self.of_truth[person] + self.strength)
        return found

    def confusion(self, person: int) -> Floats:
        """K×K: how probably the person says the column where the truth is the row."""
        return np.array([self.chance(person, k) for k in range(self.shares.size)]).T

    def posterior(
        self, answers: Iterable[tuple[int, int]], prior: Floats | None = None
    ) -> Floats:
        """What one item is, K probabilities, given (person, label) of each answer.

        `prior` is the model's calibrated probabilities; without it the shares are the
        prior (the model-free posterior). Microseconds: made for each submission.
        """
        total = self.shares if prior is None else safe(prior)
        for person, label in answers:
            total = total * self.chance(person, label)
            total = total / total.sum()
        found: Floats = total / total.sum()
        return found


def assumed(labels: int) -> Crowd:
    """The crowd before there is evidence: all are right in 0.8, and else say anything.

    `labels` alike in share; everybody counts as somebody new. ValueError below two.
    """
    if labels < 2:
        raise ValueError(f"people choose among two labels or more, not {labels}")
    return Crowd(
        np.full(labels, 1 / labels),
        _right(labels, _ASSUMED),
        np.zeros(0, dtype=np.intp),
        np.zeros((0, labels)),
        np.zeros((0, labels)),
        _ASSUMED_VOTES,
    )


class Em:
    """Expectation and maximisation; posteriors are K×N here, which is fast.

    `log_prior` is K×N, or None: then the shares are the prior.
    """

    def __init__(self, votes: Votes, log_prior: Floats | None) -> None:
        self.votes, self.log_prior = votes, log_prior
        cells = votes.reviewer * votes.labels + votes.label
        self.cells, self.cell = np.unique(cells, return_inverse=True)
        self.person_of_cell, self.label_of_cell = np.divmod(self.cells, votes.labels)
        # A single answer without a prior would only confirm itself.
        tells = votes.answers >= (2 if log_prior is None else 1)
        self.tells = tells[votes.item]
        self.learns = bool(tells.any())
        self._telling = votes.item[self.tells], self.cell[self.tells]

    def begin(self) -> Floats:
        """Posteriors if everybody were as everybody is assumed to be."""
        k = self.votes.labels
        factors = [np.log(row)[self.votes.label] for row in _right(k, _ASSUMED)]
        return self._joined(factors, np.full(k, 1 / k))

    def settle(
        self, posterior: Floats, strength: float, rounds: int
    ) -> tuple[Floats, int]:
        """Both steps until the posteriors stand still: they, and the rounds it took."""
        for at in range(rounds if self.learns else 0):
            before, crowd = posterior, self.crowd(posterior, strength)
            posterior = self._joined(self.factors(posterior, crowd), crowd.shares)
            if float(np.abs(posterior - before).sum()) < _SETTLED * before.shape[1]:
                return posterior, at + 1
        return posterior, rounds

    def crowd(self, posterior: Floats, strength: float) -> Crowd:
        """The maximisation: shares and confusions from expected counts."""
        k = self.votes.labels
        item, cell = self._telling
        counts = np.array(
            [np.bincount(cell, true[item], self.cells.size) for true in posterior]
        )
        pool = np.array([np.bincount(self.label_of_cell, each, k) for each in counts])
        pool += _POOL_VOTES * _coin(pool)
        people = [
            np.bincount(self.person_of_cell, each, self.votes.reviewers)
            for each in counts
        ]
        shares = (posterior.sum(axis=1) + 1) / sum(posterior.shape)
        return Crowd(
            shares if self.learns else np.full(k, 1 / k),
            (pool / pool.sum(axis=1, keepdims=True)).T,
            self.cells,
            counts.T,
            np.array(people, dtype=np.float64).T,
            strength,
        )

    def factors(self, posterior: Floats, crowd: Crowd) -> list[Floats]:
        """For each truth, the log-probability of each answer, its own part left out."""
        strength, found = crowd.strength, []
        drawn = crowd.counts + strength * crowd.pool[self.label_of_cell]
        for k, true in enumerate(posterior):
            own = true[self.votes.item]
            if not self.tells.all():
                own *= self.tells
            part = drawn[:, k][self.cell] - own
            whole = (crowd.of_truth[:, k] + strength)[self.votes.reviewer] - own
            found.append(np.log(np.maximum(part, _TINY) / whole))
        return found

    def _joined(self, factors: list[Floats], shares: Floats) -> Floats:
        """∏ of each item's factors and its prior, normalised."""
        item, size = self.votes.item, self.votes.items
        logs = np.array([np.bincount(item, each, size) for each in factors])
        logs += np.log(shares)[:, None] if self.log_prior is None else self.log_prior
        return normalised(logs)


def _coin(pool: Floats) -> Floats:
    """K×K: right as often as all are on the whole, any other label as probable."""
    k, right = len(pool), float(pool.trace()) + _ASSUMED * _ASSUMED_VOTES
    return _right(k, right / (float(pool.sum()) + _ASSUMED_VOTES))


def _right(k: int, chance: float) -> Floats:
    found: Floats = np.full((k, k), (1 - chance) / (k - 1))
    np.fill_diagonal(found, chance)
    return found


def safe(prior: Floats) -> Floats:
    """A prior without noughts. ValueError where it is not of probabilities."""
    if not (prior >= 0).all():
        raise ValueError("a prior is probabilities")
    return np.maximum(prior, _LEAST_PRIOR)


def normalised(logs: Floats) -> Floats:
    """Columns of logarithms as probabilities; changes its argument."""
    logs -= logs.max(axis=0)
    np.exp(logs, out=logs)
    logs /= logs.sum(axis=0)
    return logs
