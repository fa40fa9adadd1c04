"""Checks a tree as a schema has it: nodes `{id, name, description?, children?}`, nested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling.kinds.base import Problem
from labeling.kinds.wording import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labeling.kinds.base import Json

DEEPEST = 10
MOST_NODES = 20_000
_KEYS = ("id", "name", "description", "children")
_LONGEST_NAME = 200
_LONGEST_DESCRIPTION = 2000
# of a tree that is wrong all over
_MOST_TOLD = 50


def check_tree(tree: Json) -> list[Problem]:
    """What is wrong with a tree, each with its path (`tree[0].children[2].id`)."""
    if not isinstance(tree, list) or not tree:
        return [Problem("tree", "must be a list of at least one node")]
    found: list[Problem] = []
    first: dict[str, str] = {}
    for count, (path, node, depth) in enumerate(_nodes("tree", tree, 1), start=1):
        if count > MOST_NODES:
            return [*found, Problem("tree", f"must have at most {MOST_NODES} nodes")]
        found += [problem.under(path) for problem in _check_node(node, depth)]
        id_ = node.get("id") if isinstance(node, dict) else None
        if isinstance(id_, str) and first.setdefault(id_, path) != path:
            found.append(Problem(f"{path}.id", f"“{id_[:64]}” is already {first[id_]}"))
        if len(found) >= _MOST_TOLD:
            return found
    return found


def _nodes(path: str, nodes: Json, depth: int) -> Iterator[tuple[str, Json, int]]:
    for at, node in enumerate(nodes if isinstance(nodes, list) else []):
        yield f"{path}[{at}]", node, depth
        if isinstance(node, dict) and depth < DEEPEST:
            yield from _nodes(f"{path}[{at}].children", node.get("children"), depth + 1)


def _check_node(node: Json, depth: int) -> list[Problem]:
    if not isinstance(node, dict):
        return [Problem("", 'must be an object such as {"id": "cat", "name": "Cat"}')]
    found = [
        Problem(str(key)[:64], f"is not known; a node has {', '.join(_KEYS)}")
        for key in node
        if key not in _KEYS
    ]
    checks = [
        ("id", wrong_with_id(node.get("id"))),
        ("name", wrong_with_text(node.get("name"), longest=_LONGEST_NAME)),
        ("children", _wrong_with_children(node.get("children"), depth)),
    ]
    if text := node.get("description"):
        wrong = wrong_with_text(text, longest=_LONGEST_DESCRIPTION)
        checks.append(("description", wrong))
    return found + [Problem(key, wrong) for key, wrong in checks if wrong]


def _wrong_with_children(children: Json, depth: int) -> str | None:
    if children is None:
        return None
    if not isinstance(children, list) or not children:
        return "must be a list of at least one node; leave it out for a leaf"
    return f"a tree has at most {DEEPEST} levels" if depth >= DEEPEST else None
