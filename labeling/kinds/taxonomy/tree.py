"""The tree of a question, laid out so that each node is found at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question


@dataclass(frozen=True, slots=True)
class Tree:
    """Each node's place in the tree's order and its parent; and which have children."""

    places: Mapping[str, int]
    parents: Mapping[str, str]
    branches: frozenset[str]

    def path(self, node: str) -> list[str]:
        """The node and all above it, the root first."""
        path = [node]
        while parent := self.parents.get(path[-1]):
            path.append(parent)
        return path[::-1]


# a question's tree is read once, however many answers there are to it
@lru_cache(maxsize=64)
def tree_of(question: Question) -> Tree:
    places: dict[str, int] = {}
    parents: dict[str, str] = {}
    _collect(question.settings.get("tree"), "", places, parents)
    return Tree(places, parents, frozenset(parents.values()))


def _collect(
    nodes: Json, parent: str, places: dict[str, int], parents: dict[str, str]
) -> None:
    for node in nodes if isinstance(nodes, list) else []:
        if not isinstance(node, dict):
            continue
        id_ = str(node["id"])
        places[id_] = len(places)
        if parent:
            parents[id_] = parent
        _collect(node.get("children"), id_, places, parents)
