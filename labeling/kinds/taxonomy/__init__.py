"""Kind `taxonomy`: a node of a tree, or several. A value is its id, or a list of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds import sets
from labeling.kinds.base import Problem
from labeling.kinds.checks import check_switch
from labeling.kinds.kind import Kind
from labeling.kinds.taxonomy.likeness import likeness
from labeling.kinds.taxonomy.reading import check_tree
from labeling.kinds.taxonomy.tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question

_SHOWN = 64


class Taxonomy(Kind):
    """A node of a tree: a leaf, unless `leaves_only` is false; with `many`, one or more."""

    keys: ClassVar[frozenset[str]] = frozenset({"tree", "leaves_only", "many"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        switches = [*check_switch(question, "leaves_only")]
        switches += check_switch(question, "many")
        return switches + check_tree(question.get("tree"))

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if not question.settings.get("many"):
            if not isinstance(value, str):
                return [Problem("", "must be the id of a node, as text")]
            wrong = _wrong(question, value)
            return [Problem("", wrong)] if wrong else []
        found = sets.check_ids(value, lambda each: _wrong(question, each))
        return found or ([] if value else [Problem("", "must name at least one node")])

    def normal(self, question: Question, value: Json) -> Json:
        if not isinstance(value, list):
            return value
        place = tree_of(question).places
        return [*sorted(sets.ids(value), key=place.__getitem__)]

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return likeness(tree_of(question), _nodes(a), _nodes(b))

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        tree = tree_of(question)
        leaf = next(node for node in tree.places if node not in tree.branches)
        return [leaf] if question.settings.get("many") else leaf

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        if not question.settings.get("many"):
            return super().settle(question, values, among=among)
        settled = sets.settle(values, among=among)
        return self.normal(question, [*settled]) if settled else None


def _nodes(value: Json) -> set[str]:
    return {value} if isinstance(value, str) else sets.ids(value)


def _wrong(question: Question, node: str) -> str | None:
    tree = tree_of(question)
    if node not in tree.places:
        return f"“{node[:_SHOWN]}” is not in the tree of this question"
    if question.settings.get("leaves_only", True) and node in tree.branches:
        return f"“{node[:_SHOWN]}” has nodes below it; name one of them"
    return None
