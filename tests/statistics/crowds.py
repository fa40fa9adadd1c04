"""Synthetic crowds whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewer.stats.votes import Votes, votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True)
class Crowded:
    """What each item is, and what people said."""

    truth: Places
    votes: Votes

    def right(self, label: Places) -> float:
        return float((label == self.truth).mean())

    @property
    def majority(self) -> float:
        """How often the plurality is right; of ties, a part."""
        table = np.zeros((self.votes.items, self.votes.labels))
        np.add.at(table, (self.votes.item, self.votes.label), 1)
        first = table == table.max(axis=1, keepdims=True)
        chance = first[np.arange(self.truth.size), self.truth] / first.sum(axis=1)
        return float(chance.mean())


def coins(right: Floats, labels: int) -> Floats:
    """R×K×K: people who are right so often, and else say anything."""
    table = np.tile(((1 - right) / (labels - 1))[:, None, None], (1, labels, labels))
    places = np.arange(labels)
    table[:, places, places] = right[:, None]
    return table


def crowd(
    rng: np.random.Generator,
    confusion: Floats,
    *,
    items: int,
    each: int,
    shares: Floats | None = None,
) -> Crowded:
    """Each item is answered by `each` people, all about equally often."""
    people, labels = confusion.shape[:2]
    truth = rng.choice(labels, size=items, p=shares)
    item = np.repeat(np.arange(items), each)
    turns = [rng.permutation(people) for _ in range(-(-item.size // people))]
    person = np.concatenate(turns)[: item.size]
    chance = confusion[person, truth[item]].cumsum(axis=1)
    said = (rng.random((item.size, 1)) > chance).sum(axis=1).clip(max=labels - 1)
    sizes = {"items": items, "reviewers": people, "labels": labels}
    return Crowded(truth, votes(item, person, said, **sizes))


def with_bad_ones(rng: np.random.Generator, people: int, *, labels: int = 10) -> Floats:
    """Nine in ten are right in 95 %; one in ten says anything."""
    return coins(np.where(rng.random(people) < 0.1, 1 / labels, 0.95), labels)
