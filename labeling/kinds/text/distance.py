"""Levenshtein distance with whole rows as bits: 10,000 characters in a fraction of a second.

Hyyrö, A bit-vector algorithm for computing Levenshtein and Damerau edit distances (2003).
"""

from __future__ import annotations

from collections import defaultdict


def levenshtein(a: str, b: str) -> int:
    """The fewest characters inserted, deleted or replaced that make `b` of `a`."""
    a, b = _without_common_ends(a, b)
    if not a or not b:
        return len(a) or len(b)
    where: dict[str, int] = defaultdict(int)
    for at, letter in enumerate(a):
        where[letter] |= 1 << at
    every, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    # bits of the places where a column grows, or shrinks, downwards
    grows, shrinks, distance = every, 0, len(a)
    for letter in b:
        same = where.get(letter, 0)
        diagonal = (((same & grows) + grows) ^ grows) | same | shrinks
        right = shrinks | (every & ~(diagonal | grows))
        left = grows & diagonal
        distance += bool(right & last) - bool(left & last)
        right = (right << 1) | 1
        grows = every & ((left << 1) | ~(diagonal | right))
        shrinks = every & right & diagonal
    return distance


def _without_common_ends(a: str, b: str) -> tuple[str, str]:
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]
