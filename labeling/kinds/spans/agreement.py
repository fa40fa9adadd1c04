"""How alike two people's marks are, and which marks a majority made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from labeling.kinds.spans.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    Mark = TypeVar("Mark", bound=Hashable)


def alike(a: Marks, b: Marks) -> float:
    """F1 of the spans that are exactly the same in offsets and label.

    Where one of the two has relations, the mean of that and of the relations' F1; a relation
    is the same when both ends and its label are.
    """
    spans = _f1(a.spans, b.spans)
    if not a.relations and not b.relations:
        return spans
    return (spans + _f1(a.relations, b.relations)) / 2


def settle(said: Sequence[Marks], among: int) -> Marks | None:
    """What more than half of `among` people marked.

    None while fewer than a strict majority answered, or while some mark was made by exactly
    half of them: then neither it nor its absence has a majority.
    """
    if len(said) * 2 <= among:
        return None
    spans = _majority((each.spans for each in said), among)
    relations = _majority((each.relations for each in said), among)
    if spans is None or relations is None:
        return None
    # Whoever made a relation marked its ends: they stand whenever it does.
    return Marks(spans, relations)


def _f1(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    both = len(set(a) & set(b))
    return 2 * both / (len(a) + len(b)) if a or b else 1.0


def _majority(each: Iterable[Iterable[Mark]], among: int) -> frozenset[Mark] | None:
    votes = Counter(mark for one in each for mark in one)
    if any(count * 2 == among for count in votes.values()):
        return None
    return frozenset(mark for mark, count in votes.items() if count * 2 > among)
