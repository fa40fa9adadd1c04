"""Orders that may have ties: how alike two are, and which one most people agree with."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labeling.kinds.base import Json

Places: TypeAlias = dict[str, int]


def ranks(value: Json) -> list[list[str]]:
    """A value with every rank written as a list."""
    given = value if isinstance(value, list) else []
    return [
        [str(each) for each in rank] if isinstance(rank, list) else [str(rank)]
        for rank in given
    ]


def places(value: Json) -> Places:
    """Each item's place, counted from 0; items of one rank have the same."""
    return {each: at for at, rank in enumerate(ranks(value)) for each in rank}


def likeness(a: Places, b: Places) -> float:
    """Kendall's tau-b (Kendall 1945, The treatment of ties in ranking problems), 0 to 1."""
    pairs = [(_sign(a, x, y), _sign(b, x, y)) for x, y in combinations(sorted(a), 2)]
    if all(one == two for one, two in pairs):
        return 1.0
    untied = math.prod(sum(pair[side] != 0 for pair in pairs) for side in (0, 1))
    if not untied:
        # one of them puts nothing before anything
        return 0.5
    tau = sum(one * two for one, two in pairs) / math.sqrt(untied)
    return (tau + 1) / 2


def majority(
    items: Sequence[str], said: Sequence[Places], *, among: int
) -> list[Json] | None:
    """The order in which a strict majority puts every pair (Condorcet), if there is one."""
    above = Counter(dict.fromkeys(items, 0))
    signs: dict[tuple[str, str], int] = {}
    for x, y in combinations(items, 2):
        sign, votes = _most_common([_sign(one, x, y) for one in said])
        if votes * 2 <= among:
            return None
        signs[x, y] = sign
        above[y if sign > 0 else x] += abs(sign)
    settled: Places = dict(above)
    # majorities may go round in a circle: a over b, b over c, c over a
    if any(_sign(settled, x, y) != sign for (x, y), sign in signs.items()):
        return None
    return [
        [item for item in items if settled[item] == place]
        for place in sorted(set(settled.values()))
    ]


def _sign(order: Places, x: str, y: str) -> int:
    """1 where x stands before y, -1 where after, 0 where beside."""
    return (order[x] < order[y]) - (order[x] > order[y])


def _most_common(signs: Sequence[int]) -> tuple[int, int]:
    return Counter(signs).most_common(1)[0] if signs else (0, 0)
