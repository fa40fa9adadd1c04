"""Finds which marks of different people stand for the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labeling.kinds.coordinates import Mark

_SAME: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Said:
    person: int
    mark: Mark


def matched(
    a: Sequence[Mark], b: Sequence[Mark], like: Callable[[Mark, Mark], float]
) -> float:
    """The sum over pairs, one of each list, that makes it largest (Kuhn 1955)."""
    if not a or not b:
        return 0.0
    # loaded by who compares answers only: it takes half a second and 40 MB
    from scipy.optimize import linear_sum_assignment

    table = [[like(one, two) for two in b] for one in a]
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(sum(table[x][y] for x, y in zip(rows, columns, strict=True)))


def things(
    said: Sequence[Sequence[Mark]], like: Callable[[Mark, Mark], float]
) -> list[list[Mark]]:
    """Each person's marks in groups: at most one of a person, all at least half alike.

    The most alike find each other first (agglomerative clustering, complete linkage).
    """
    every = [_Said(who, mark) for who, marks in enumerate(said) for mark in marks]
    alike = _alike(every, like)
    groups = [[at] for at in range(len(every))]
    group_of = list(range(len(every)))
    for a, b in sorted(alike, key=lambda pair: (-alike[pair], pair)):
        one, two = groups[group_of[a]], groups[group_of[b]]
        fit = all((min(x, y), max(x, y)) in alike for x in one for y in two)
        if group_of[a] == group_of[b] or not fit:
            continue
        groups[group_of[b]] = []
        one += two
        for each in two:
            group_of[each] = group_of[a]
    return [[every[at].mark for at in group] for group in groups if group]


def _alike(
    every: Sequence[_Said], like: Callable[[Mark, Mark], float]
) -> dict[tuple[int, int], float]:
    """How alike, for pairs of different people's marks that may be the same thing."""
    return {
        (a, b): alike
        for a, one in enumerate(every)
        for b, two in enumerate(every[a + 1 :], a + 1)
        if one.person != two.person and (alike := like(one.mark, two.mark)) >= _SAME
    }
