"""How alike nodes of a tree are: by the part of the way from the root that they share.

Wu & Palmer (1994), Verb semantics and lexical selection: 2·depth(lca) / (depth a + depth b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labeling.kinds.taxonomy.tree import Tree


def likeness(tree: Tree, a: set[str], b: set[str]) -> float:
    """The mean, over the nodes of both, of the likeness to the other's most alike node."""
    if not a or not b:
        return float(a == b)
    best = [max(_of_two(tree, one, two) for two in b) for one in sorted(a)]
    best += [max(_of_two(tree, one, two) for one in a) for two in sorted(b)]
    return sum(best) / len(best)


def _of_two(tree: Tree, a: str, b: str) -> float:
    one, two = tree.path(a), tree.path(b)
    shared = sum(x == y for x, y in zip(one, two, strict=False))
    return 2 * shared / (len(one) + len(two))
